"""Tickets of support tools, and those that an answer's account had before the answer.

Written from docs/contracts/answers.md ("Tickets"). Belongs here: whose a ticket is, what held when it was
opened, how many came before an answer. Does not belong here: accounts and contacts themselves (`crm`, `raw`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from expectations.raw_tables import ORGANIZATION_TABLES, REQUESTER_TABLES, TICKET_EVENT_TABLES, TICKET_TABLES
from expectations.recount.coding import rows_as_table
from expectations.recount.crm import Crm
from expectations.recount.identities import Identities
from expectations.recount.ids import customer, identity, trimmed
from expectations.recount.members import Members
from expectations.recount.sample import Sample
from expectations.recount.versions import RawRecords, Table

_MINUTE = 60_000_000
_DAYS_90 = 90 * 86_400_000_000
_NEVER = 2**63 - 1
#: Where a ticket is not open.
_ENDED = frozenset({"solved", "closed", "deleted"})
_TICKET = (
    *("ticket_id", "organization_id", "requester_id", "account_id", "contact_id", "requester_email"),
    *("priority", "channel", "status", "opened_at", "first_reply_minutes", "first_replied_at", "solved_at"),
    *("reopen_count", "is_deleted"),
)


class Ticket(NamedTuple):
    """A row of `fct_support_tickets`; moments in microseconds."""

    ticket_key: str
    source: str
    ticket_id: str
    account_key: str | None
    contact_key: str | None
    branch_key: str | None
    plan: str | None
    lifecycle_stage: str | None
    priority: str | None
    channel: str | None
    status: str | None
    opened_at: int
    first_replied_at: int | None
    solved_at: int | None
    reopen_count: int
    is_deleted: bool


class BeforeAnswer(NamedTuple):
    """A row of `fct_answer_tickets`."""

    answer_key: str
    tickets_open: int
    tickets_90d: int
    tickets_90d_band: str


class _Change(NamedTuple):
    """A change of a ticket's status, in the order of which a ticket's changes come."""

    at: int
    load: str
    position: int
    ticket: str
    status: str


class _Answer(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    @property
    def responded_at(self) -> int | None: ...


def of_answers(
    records: RawRecords,
    customers: Crm,
    people: Identities,
    answers: Iterable[_Answer],
    sample: Sample | None,
) -> list[Members]:
    """The tickets and what answers of accounts know of them; nothing where no support tool is on."""
    if not any(records.columns(vendor, table) for vendor, table in TICKET_TABLES.items()):
        return []
    found = read(records, customers, people)
    key, *others = Ticket._fields
    columns = (f"epoch_us({name}) as {name}" if name.endswith("_at") else name for name in others)
    of_persons = "" if sample is None else f" where {sample.condition('person_key')}"
    chosen = f"select answer_key from marts.fct_survey_responses{of_persons}"
    return [
        Members(
            "fct_support_tickets",
            rows_as_table(Ticket, iter(found)),
            f"select {key}, {', '.join(columns)} from marts.fct_support_tickets",
            (key,),
        ),
        Members(
            "fct_answer_tickets",
            rows_as_table(BeforeAnswer, _before(answers, found, _open_spans(records, found))),
            f"select {', '.join(BeforeAnswer._fields)} from marts.fct_answer_tickets"
            f" where answer_key in ({chosen})",
            BeforeAnswer._fields[:1],
        ),
    ]


def read(records: RawRecords, customers: Crm, people: Identities) -> list[Ticket]:
    """Every ticket, in its current version."""
    organizations = _current(records, ORGANIZATION_TABLES, ("account_id",), str)
    requesters = _current(records, REQUESTER_TABLES, ("contact_id", "email"), str)
    tickets = _current(records, TICKET_TABLES, _TICKET, identity)
    found = []
    for key, values in tickets.items():
        given = dict(zip(_TICKET, values, strict=True))
        source = key.partition(":")[0]
        contact_id, email = requesters.get(f"{source}:{given['requester_id']}", (None, None))
        (of_organization,) = organizations.get(f"{source}:{given['organization_id']}", (None,))
        contact = _contact(people, given["contact_id"], contact_id, given["requester_email"] or email)
        named = map(customer, (given["account_id"], of_organization))
        own = next((each for each in named if each in people.accounts), None)
        account, opened = people.account_of(own, contact), given["opened_at"]
        minutes = given["first_reply_minutes"]
        found.append(
            Ticket(
                key,
                source,
                trimmed(given["ticket_id"]),
                account,
                contact,
                identity(customers.attribute(account, "branch_id", opened)),
                customers.attribute(account, "plan", opened),
                customers.attribute(account, "lifecycle_stage", opened),
                identity(given["priority"]),
                identity(given["channel"]),
                identity(given["status"]),
                opened,
                given["first_replied_at"] if minutes is None else opened + int(minutes) * _MINUTE,
                given["solved_at"],
                int(given["reopen_count"] or 0),
                bool(given["is_deleted"]) or given["status"] == "deleted",
            )
        )
    return found


def _current(
    records: RawRecords, of: Mapping[str, str], columns: tuple[str, ...], own: Callable[[str], str | None]
) -> dict[str, tuple[Any, ...]]:
    """`source:id` → the columns of the current version."""

    def key(vendor: str, record: str) -> str | None:
        name = own(record)
        return None if name is None else f"{vendor}:{name}"

    def values(_key: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
        return row[4:]

    named = [Table(vendor, table, columns, values, partial(key, vendor)) for vendor, table in of.items()]
    return records.current(*named)


def _contact(people: Identities, own: object, requesting: object, email: object) -> str | None:
    """The surviving contact: the ticket's own, else the requester's, else that of the address."""
    for each in map(customer, (own, requesting)):
        if each in people.survivors:
            return people.survivors[each]
    address = identity(email)
    return None if address is None else people.by_email.get(address)


def _open_spans(records: RawRecords, tickets: Iterable[Ticket]) -> dict[str, list[tuple[int, int]]]:
    """Ticket → when it was open, in half-open spans."""
    changes: dict[str, list[_Change]] = defaultdict(list)
    columns = ("ticket_id", "status", "child_events", "changed_at")
    for vendor, table in TICKET_EVENT_TABLES.items():
        events = Table(vendor, table, columns, partial(_change, vendor), str)
        for change in records.current(events).values():
            changes[change.ticket].append(change)
    return {ticket.ticket_key: list(_spans(ticket, sorted(changes[ticket.ticket_key]))) for ticket in tickets}


def _change(vendor: str, _key: str, row: tuple[Any, ...]) -> _Change | None:
    """What an event did to the status; the last of its child events that set it holds."""
    _, load, _, position, ticket, status, children, at = row
    told = [child["status"] for child in children or () if child.get("status")]
    after = identity(told[-1] if told else status)
    return None if after is None else _Change(at, load, position, f"{vendor}:{identity(ticket)}", after)


def _spans(ticket: Ticket, changes: Sequence[_Change]) -> Iterator[tuple[int, int]]:
    if changes:
        stages = [(change.at, change.status) for change in changes]
    elif ticket.solved_at is None:
        stages = [(ticket.opened_at, ticket.status or "")]
    else:
        stages = [(ticket.opened_at, "open"), (ticket.solved_at, ticket.status or "")]
    for (since, status), (until, _) in pairwise([*stages, (_NEVER, "")]):
        if status not in _ENDED:
            yield since, until


def _before(
    answers: Iterable[_Answer], tickets: Iterable[Ticket], spans: Mapping[str, Sequence[tuple[int, int]]]
) -> Iterator[BeforeAnswer]:
    of_account: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        of_account[ticket.account_key or ""].append(ticket)
    for answer in answers:
        if answer.account is not None and answer.responded_at is not None:
            theirs, at = of_account[answer.account], answer.responded_at
            recent = sum(at - _DAYS_90 <= ticket.opened_at < at for ticket in theirs)
            still_open = sum(
                any(since < at <= until for since, until in spans[ticket.ticket_key]) for ticket in theirs
            )
            band = "none" if recent == 0 else "1-2" if recent <= 2 else "3 or more"
            yield BeforeAnswer(answer.key, still_open, recent, band)
