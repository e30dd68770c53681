"""The guard of money: figures of revenue, recounted from the documents, stand before the publication too.

Belongs here: the check. Does not belong here: how it counts (`expectations.recount.finance`).
"""

from __future__ import annotations

import dagster as dg

from expectations.recount import finance
from ingestion import registry
from orchestration import environment, policy, progress, vendors
from orchestration.defs.guard import RECOUNTED, SHOWN_EXAMPLES, sentence


def defs() -> dg.Definitions:
    """The check, on the table without which nothing is published."""
    return dg.Definitions(asset_checks=[money_recounted])


@dg.asset_check(
    asset=RECOUNTED,
    name="recount_of_money",
    blocking=True,
    pool=policy.WRITER_POOL,
    description="Every figure of money, counted again from the documents in plain Python.",
)
def money_recounted() -> dg.AssetCheckResult:
    """Any difference stops the publication."""
    progress.report("guard", "recounting money")
    warehouse = environment.home().warehouse
    again = finance.recount(warehouse, environment.pin_as_of(), registry.names(), sources=vendors.enabled())
    differences = finance.compare(again, warehouse)
    return dg.AssetCheckResult(
        passed=not differences,
        description="; ".join(map(sentence, differences[:SHOWN_EXAMPLES]))
        or f"{len(again.months)} account months, {len(again.balances)} balances,"
        f" {len(again.outcomes)} windows and {len(again.associations)} associations agree",
        metadata={
            "account months": len(again.months),
            "balances": len(again.balances),
            "windows": len(again.outcomes),
            "associations": len(again.associations),
            "differences": len(differences),
        },
    )
