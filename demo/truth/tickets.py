"""How many tickets an account had before a moment, from what was simulated.

Belongs here: whose a ticket is, when it was open. Does not belong here: answers, scores (`judged.py`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from demo.company import World
from demo.truth.known import Known, current, tidy

_RECENT = timedelta(days=90)
_OVER = ("solved", "closed", "deleted")


@dataclass
class Case:
    """A ticket: when it was opened, and from when on it was open or not."""

    opened: datetime
    turns: list[tuple[datetime, bool]] = field(default_factory=list)

    def is_open(self, moment: datetime) -> bool:
        """Whether it was open just before a moment."""
        before = [is_open for since, is_open in self.turns if since < moment]
        return bool(before) and before[-1]


class Tickets:
    """The tickets of each account (tidy id of the survivor), as a support tool shows them at a clock."""

    def __init__(self, world: World, clock: datetime) -> None:
        shown = int(clock.replace(tzinfo=UTC).timestamp()) - 60  # it holds back what is younger than a minute
        known = Known(world, shown + 60)
        home = {
            row["organization_id"]: known.account.get(tidy(row["account_id"]) or "")
            for row in world.organizations.to_pylist()
        }
        asks = {row["requester_id"]: row for row in world.requesters.to_pylist()}
        self.of_account: dict[str, list[Case]] = defaultdict(list)
        cases: dict[int, Case] = {}
        for row in current(world.tickets, "ticket_id", shown).to_pylist():
            who = asks[row["requester_id"]]
            contact = known.contact.get(tidy(who["contact_id"]) or "")
            contact = contact or known.contact_by_email.get(tidy(who["email"]) or "")
            account = home.get(row["organization_id"]) or known.contact_account.get(contact or "")
            cases[row["ticket_id"]] = Case(row["created_at"])
            if account:
                self.of_account[account].append(cases[row["ticket_id"]])
        for row in current(world.ticket_events, "event_id", shown).to_pylist():
            turn = row["visible_at"], row["new_status"] not in _OVER
            cases[row["ticket_id"]].turns.append(turn)

    def before(self, account: str, moment: datetime) -> tuple[int, int, str]:
        """Tickets open just before a moment, those opened in the 90 days before it, and their band."""
        theirs = self.of_account.get(account, [])
        recent = sum(moment - _RECENT <= case.opened < moment for case in theirs)
        still_open = sum(case.is_open(moment) for case in theirs)
        return still_open, recent, "none" if not recent else "1-2" if recent < 3 else "3 or more"
