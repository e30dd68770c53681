"""The copy in PostgreSQL of what is published, where the company's config has a section for it.

A failed copy fails the run and changes nothing for its readers; what was published stays published, and the
next refresh tries again.
"""

import dagster as dg

from company import publishing
from orchestration import environment, policy, progress
from orchestration.events import PUBLISHED_COPY
from publication import versions


def defs() -> dg.Definitions:
    """The copy, downstream of the published one; none where the company wants none."""
    if publishing.postgresql(environment.company()) is None:
        return dg.Definitions()

    @dg.asset(
        key="postgresql_copy",
        deps=[PUBLISHED_COPY],
        group_name="published",
        kinds={"postgresql"},
        pool=policy.WRITER_POOL,
        description="The published tables in the company's PostgreSQL, where readers see what is theirs.",
    )
    def postgresql_copy() -> dg.MaterializeResult:  # type: ignore[type-arg]
        from serving.postgresql import Reader, Target, copy

        said = publishing.postgresql(environment.company())
        folder = versions.current(environment.home().published)
        assert said is not None
        assert folder is not None  # this step comes after the one that published
        progress.report("copy", "PostgreSQL")
        readers = tuple(Reader(*limit) for limit in said.limits())
        report = copy(folder, Target(said.url, said.password, said.schema, said.keep, readers))
        return dg.MaterializeResult(metadata={"version": report.version, "kept": report.kept})

    return dg.Definitions(assets=[postgresql_copy])
