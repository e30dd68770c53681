"""After a publication, tasks for the cases that it brought, in the targets that the company has switched on.

What the fast lane told meanwhile is compared with what the refresh says, and what it needs next is kept.
What cannot be written now waits in the outbox and fails nothing that was published; a target that takes
nothing, tasks that died, a difference, and a status that nobody has named fail this step, so that somebody
is told.
"""

from __future__ import annotations

import dagster as dg

from orchestration import environment, outgoing, policy, progress, reading_back
from orchestration.fast import snapshot
from outbox.outcomes import UnsentError

#: What fails once is tried again so long within a refresh; after that the next sending tries it.
PATIENCE_SECONDS = 20.0
SHOWN = 5


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
        differing = outgoing.compare(home, targets)
        wanted = outgoing.bring_up(home, targets)
        snapshot.write(home, snapshot.dbt_target(home), environment.pin_as_of())
        sent = dict(outgoing.send_all(home, targets, PATIENCE_SECONDS))
        troubles = [
            f"{name}: {each.problem or f'{each.died} tasks were refused for good (nps outbox dead)'}"
            for name, each in sent.items()
            if each.problem or each.died
        ]
        troubles += [
            f"the fast lane told case {key} otherwise ({', '.join(names)}); the refresh holds"
            for key, names in differing.items()
        ]
        troubles += reading_back.unknown(home, targets)
        if troubles:
            raise UnsentError(f"tasks need a look: {'; '.join(troubles[:SHOWN])}; what waits is tried again")
        return dg.MaterializeResult(
            metadata={
                **{f"{name}: wanted": number for name, number in wanted.items()},
                **{f"{name}: written": each.written for name, each in sent.items()},
                **{f"{name}: waiting": each.waiting for name, each in sent.items()},
            }
        )

    return dg.Definitions(assets=[tasks])
