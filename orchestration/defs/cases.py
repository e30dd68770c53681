"""The log of cases as assets, laid out before the models of cases and added to once all was published; and
the guard of cases, which stands between.

Belongs here: when. Does not belong here: what the log holds (`cases.py`), or how the guard determines cases
(`expectations.recount.cases`).
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import duckdb

from expectations.recount import cases as again
from orchestration import cases, environment, outgoing, policy, progress, reading_back
from orchestration.defs.guard import SHOWN_EXAMPLES
from orchestration.events import PUBLISHED_COPY

#: What models read; an asset each, since dbt knows them as sources.
TABLES = [dg.AssetKey(["follow_up", table]) for table in cases.TABLES]


def defs() -> dg.Definitions:
    """Both assets and the check; a company without rules of following up has an empty log."""
    return dg.Definitions(assets=[log_of_cases, case_log], asset_checks=[cases_recounted])


@dg.multi_asset(
    name="log_of_cases",
    specs=[
        dg.AssetSpec(
            key,
            deps=[dg.AssetKey(["marts", "fct_survey_responses"])],
            group_name="follow_up",
            kinds={"duckdb"},
            description="What the log of cases holds, for the models.",
        )
        for key in TABLES
    ],
    pool=policy.WRITER_POOL,
)
def log_of_cases() -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """What earlier refreshes said, and what people told since, here or in the CRM."""
    home = environment.home()
    found = reading_back.keep(home, outgoing.targets(environment.company()))
    cases.lay_out(home.warehouse, home.cases)
    for key in TABLES:
        yield dg.MaterializeResult(asset_key=key, metadata=found)


@dg.asset_check(
    asset=dg.AssetKey(["marts", "fct_follow_up_cases"]),
    additional_deps=[dg.AssetKey(["marts", "fct_follow_up_answers"])],
    name="recount_of_cases",
    blocking=True,
    pool=policy.WRITER_POOL,
    description="Every case, determined again from the company's rules in plain Python.",
)
def cases_recounted() -> dg.AssetCheckResult:
    """Any difference stops the publication, and nothing of it gets into the log."""
    progress.report("guard", "recounting cases")
    with duckdb.connect(str(environment.home().warehouse), read_only=True) as connection:
        differences = [*again.differences(connection)]
    return dg.AssetCheckResult(
        passed=not differences,
        description="; ".join(differences[:SHOWN_EXAMPLES]) or "every answer has the case that it deserves",
        metadata={"differences": len(differences)},
    )


@dg.asset(
    key=dg.AssetKey(["follow_up", "kept"]),
    deps=[PUBLISHED_COPY],
    group_name="follow_up",
    pool=policy.WRITER_POOL,
    description="Versions of cases that are new, added to the log once the guard has let them pass.",
)
def case_log() -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Nothing that the guard has stopped gets into the log."""
    progress.report("tell", "log of cases")
    home = environment.home()
    kept = cases.keep(home.warehouse, home.cases)
    return dg.MaterializeResult(
        metadata={
            "cases": kept.cases,
            "new versions": kept.new_versions,
            "open": kept.open,
            "owner missing": kept.owner_missing,
            "branches without a calendar": [*kept.without_calendar],
        }
    )
