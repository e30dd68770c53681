"""After a publication, tasks for the cases that it brought, in the targets that the company has switched on.

What cannot be written now waits in the outbox and fails nothing that was published; a target that takes
nothing, and tasks that died, fail this step, so that somebody is told.
"""

from __future__ import annotations

import dagster as dg

from orchestration import environment, outgoing, policy, progress
from outbox.outcomes import UnsentError

#: What fails once is tried again so long within a refresh; after that the next sending tries it.
PATIENCE_SECONDS = 20.0


def defs() -> dg.Definitions:
    """The tasks, downstream of the log of cases; none where the company has said nothing of an outbox."""
    if not outgoing.targets(environment.company()):
        return dg.Definitions()

    @dg.asset(
        key=dg.AssetKey(["follow_up", "tasks"]),
        deps=[dg.AssetKey(["follow_up", "kept"])],
        group_name="follow_up",
        pool=policy.WRITER_POOL,
        description="A task for each case, in the CRM or wherever the company wants it.",
    )
    def tasks() -> dg.MaterializeResult:  # type: ignore[type-arg]
        progress.report("tell", "tasks")
        home, targets = environment.home(), outgoing.targets(environment.company())
        wanted = outgoing.bring_up(home, targets)
        sent = dict(outgoing.send_all(home, targets, PATIENCE_SECONDS))
        troubles = [
            f"{name}: {each.problem or f'{each.died} tasks were refused for good (nps outbox dead)'}"
            for name, each in sent.items()
            if each.problem or each.died
        ]
        if troubles:
            raise UnsentError(f"tasks are not all written: {'; '.join(troubles)}; what waits is tried again")
        return dg.MaterializeResult(
            metadata={
                **{f"{name}: wanted": number for name, number in wanted.items()},
                **{f"{name}: written": each.written for name, each in sent.items()},
                **{f"{name}: waiting": each.waiting for name, each in sent.items()},
            }
        )

    return dg.Definitions(assets=[tasks])
