"""What comments mention, as an asset beside the marts; no comment and nothing of a person is published.

Belongs here: when comments are read. Does not belong here: which, and what is kept (`mentions.py`).
"""

from __future__ import annotations

import dagster as dg

from company import taxonomy
from orchestration import environment, mentions, policy, progress

MENTIONS = dg.AssetKey(["topics", "mentions"])


def defs() -> dg.Definitions:
    """The asset; a company that declares no topics has an empty one."""
    return dg.Definitions(assets=[topics_of_comments])


@dg.asset(
    key=MENTIONS,
    deps=[dg.AssetKey(["marts", "fct_survey_responses"])],
    group_name="topics",
    kinds={"duckdb"},
    pool=policy.WRITER_POOL,
    description="The topics that each comment mentions, and by which words. Internal: nothing publishes it.",
)
def topics_of_comments() -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Reads only what has not been read."""
    company = environment.company()
    declared = taxonomy.declared(company)
    progress.report("build", "topics of comments")
    by = mentions.reader(company) if declared else ""
    kept = mentions.keep(environment.home().warehouse, declared, by)
    return dg.MaterializeResult(
        metadata={
            "different comments": kept.comments,
            "read": kept.read,
            "forgotten": kept.forgotten,
            "notes": [*kept.said],
        }
    )
