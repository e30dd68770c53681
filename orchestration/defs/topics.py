"""What comments mention, as an asset beside the marts, which the published figures of topics are made of.

Belongs here: when comments are read. Does not belong here: which, and what is kept (`mentions.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from company import labels, taxonomy
from orchestration import clear_texts, environment, mentions, policy, progress

#: What models read; an asset each, since dbt knows them as sources.
TABLES = [dg.AssetKey(["topics", table]) for table in mentions.FOR_MODELS]


def defs() -> dg.Definitions:
    """The asset; a company that declares no topics has an empty one."""
    return dg.Definitions(assets=[topics_of_comments])


@dg.multi_asset(
    name="topics_of_comments",
    specs=[
        dg.AssetSpec(
            key,
            deps=[dg.AssetKey(["marts", "fct_survey_responses"])],
            group_name="topics",
            kinds={"duckdb"},
            description="What each comment mentions, by answer. No comment is published.",
        )
        for key in TABLES
    ],
    pool=policy.WRITER_POOL,
)
def topics_of_comments() -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Reads only what has not been read, and what the vault's key opens: without it, the rest stays."""
    company = environment.company()
    declared = taxonomy.declared(company)
    progress.report("build", "topics of comments")
    by = mentions.reader(company) if declared else ""
    home = environment.home()
    kept = mentions.keep(home.warehouse, declared, by, clear_texts.of(home), labels.read(company))
    for key in TABLES:
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "different comments": kept.comments,
                "read": kept.read,
                "forgotten": kept.forgotten,
                "not read": kept.unread,
                "notes": [*kept.said],
            },
        )
