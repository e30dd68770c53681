"""dbt's documentation of what was published: every table and column, its tests, and where it comes from.

One file that needs no network. A failure fails the run; what was published stays published. Without pages
(`NPS_PAGES=off`) there is none either.
"""

import shutil

import dagster as dg

from orchestration import dbt, environment, policy, progress, reports
from orchestration.events import PUBLISHED_COPY
from review.reports import MODELS


class DocumentationError(Exception):
    """dbt has not documented its models; the message is dbt's."""


def defs() -> dg.Definitions:
    """The documentation, downstream of the published copy; none where no pages are wanted."""
    if not environment.pages_are_wanted():
        return dg.Definitions()

    @dg.asset(
        key="documentation",
        deps=[PUBLISHED_COPY],
        group_name="published",
        kinds={"dbt"},
        pool=policy.WRITER_POOL,
        description="dbt's documentation of the models, as one file; and the page that leads to everything.",
    )
    def documentation() -> dg.MaterializeResult:  # type: ignore[type-arg]
        progress.report("publish", "documenting the models")
        home = environment.home()
        write(home)
        reports.overview(home)
        return dg.MaterializeResult(metadata={"path": dg.MetadataValue.path(str(home.reports / MODELS))})

    return dg.Definitions(assets=[documentation])


def write(home: environment.Home) -> None:
    """Write the file, from the parsed project and the columns of the working file.

    Raises DocumentationError.
    """
    folder = dbt.target()
    done = dbt.run(["--quiet", "docs", "generate", "--no-compile", "--static"], manifest=dbt.parsed())
    if not done.success:
        raise DocumentationError(f"dbt has not documented its models: {done.exception}")
    home.reports.mkdir(parents=True, exist_ok=True)
    shutil.move(folder / "static_index.html", home.reports / MODELS)
    (folder / "index.html").unlink()  # of the form that needs a server
