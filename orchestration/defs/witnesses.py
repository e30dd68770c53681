"""After a publication, its head goes to each witness that the company's config names.

What a witness lacks is added each time. One that cannot be reached is asked again, and then fails the run,
after all others were told: what was published stays published, and the next refresh tells it. One that saw
another head is an alarm, and is not asked again.
"""

import dagster as dg

from company import witnessing
from orchestration import environment, policy, progress, witnesses
from orchestration.events import PUBLISHED_COPY


def defs() -> dg.Definitions:
    """The witnesses, downstream of the published copy; none where the company names none."""
    if not witnessing.witnesses(environment.company()):
        return dg.Definitions()

    @dg.asset(
        key="witnesses",
        deps=[PUBLISHED_COPY],
        group_name="published",
        pool=policy.WRITER_POOL,
        description="The ledger's head, kept outside: in file stores, and time-stamped by authorities.",
    )
    def told(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        progress.report("tell", "witnesses")
        report = witnesses.tell(environment.home().heads, witnessing.witnesses(environment.company()))
        if report.differ:
            raise dg.Failure("; ".join(report.differ), allow_retries=False)
        if report.unreached:
            error = witnesses.NotToldError(
                f"published, but not told to {'; '.join(report.unreached)}; the next refresh tries again"
            )
            raise policy.load_again(context.retry_number) from error
        return dg.MaterializeResult(metadata={"told": report.told})

    return dg.Definitions(assets=[told])
