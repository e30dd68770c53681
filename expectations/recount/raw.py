"""Raw answers, invitations, contacts, staff and erasures as plain Python, for the recount.

Belongs here: what a raw record of surveys and persons says. Does not belong here: where a source has it
(`vendors`), which version is current (`versions`), accounts (`crm`), what an answer is worth (`rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

from expectations.declaring import Asked
from expectations.raw_tables import (
    ANSWER_TABLES,
    CONTACT_TABLES,
    INVITATION_TABLES,
    USER_TABLES,
    unread,
)
from expectations.recount import nobody
from expectations.recount.arrivals import never_arrived
from expectations.recount.ids import as_identity, customer, identity, trimmed
from expectations.recount.nobody import known
from expectations.recount.versions import Among, RawRecords, Table, tables
from expectations.vendors import declared

_ANSWER = (
    *("survey_id", "question_id", "score", "responded_at", "started_at", "event_at", "invitation_id"),
    *("contact_id", "respondent_email", "is_test", "response_id", "account_id", "branch_id", "channel"),
    "person_id",
)
_INVITATION = (
    *("sent_at", "contact_id", "email", "survey_id", "status", "account_id", "branch_id", "channel"),
    "reached_at",
)
_CONTACT = ("email", "merged_into_id", "account_id", "is_deleted", "created_at")
_USER = ("email", "user_type", "name", "branch_id", "is_active")
_ERASURE = ("requested_at", "source", "response_id", "contact_id", "email", "person_id")


class Answer(NamedTuple):
    """One answer received. Times are microseconds since 1970 UTC; ids are trimmed, lower-case, of
    somebody.

    `email` is as given; `address` is the same where it can be one person's. `carried` are the declared
    dimensions that answers carry.
    """

    key: str
    source: str
    survey: str
    question: str
    score: float | None
    responded_at: int | None
    started_at: int | None
    event_at: int | None
    invitation: str | None
    contact: str | None
    email: str | None
    is_test: bool
    response: str | None = None
    account: str | None = None
    branch: str | None = None
    channel: str | None = None
    person: str | None = None
    is_on_another_scale: bool = False
    carried: tuple[str | None, ...] = ()

    @property
    def address(self) -> str | None:
        """The e-mail where it names one person."""
        return nobody.address(self.email)


class Invitation(NamedTuple):
    """What an invitation says: when it was sent, to whom, about what, and whether it arrived."""

    sent_at: int | None
    contact: str | None
    email: str | None
    survey: str = ""
    is_bounced: bool = False
    account: str | None = None
    branch: str | None = None
    channel: str | None = None
    carried: tuple[str | None, ...] = ()


class Contact(NamedTuple):
    """A contact of the CRM, the contact it was merged into, and whose contact it is."""

    email: str | None
    merged_into: str | None
    account: str | None = None
    source: str = ""
    contact_id: str = ""
    is_deleted: bool = False
    created_at: int | None = None


class User(NamedTuple):
    """A user of the CRM; customers and partners who may log in are no staff."""

    source: str
    user_id: str
    email: str | None
    name: str | None
    branch: str | None
    is_active: bool
    is_staff: bool


class Erasure(NamedTuple):
    """A request to be forgotten: which answers, given before when; a source limits it to that source."""

    requested_at: int
    source: str | None
    response: str | None
    contact: str | None
    email: str | None
    person: str | None = None


def answers(records: RawRecords, sampled: Mapping[str, Iterable[str]] | None = None) -> list[Answer]:
    """The current version of every answer.

    With `sampled` (source → record ids, as identities), of those records only.
    """
    found: list[Answer] = []
    for vendor, table in ANSWER_TABLES.items():
        questions = declared()[vendor].questions if vendor in declared() else None
        read = partial(_answer, questions(records) if questions else None, vendor)
        among = None if sampled is None else Among("record_id", sampled.get(vendor, ()), as_identity)
        columns = (*_ANSWER, *records.dimensions.carried("answer"))
        of_source = Table(vendor, table, columns, read, f"{vendor}:{{}}".format)
        found += records.current(of_source, among=among).values()
    return found


def invitations(
    records: RawRecords, wanted: Mapping[str, Iterable[str]] | None = None
) -> dict[str, dict[str, Invitation]]:
    """Source → invitation id → the invitation, current versions; of those `wanted` (source → ids) only."""
    columns = (*_INVITATION, *records.dimensions.carried("answer"))
    return {
        table.vendor: records.current(
            table,
            among=None if wanted is None else Among("record_id", wanted.get(table.vendor, ()), as_identity),
        )
        for table in tables(INVITATION_TABLES, columns, _invitation, identity)
    }


def contacts(records: RawRecords) -> dict[str, Contact]:
    """Contact id → the contact, current versions."""
    keys = {vendor: records.own_key(vendor) for vendor in CONTACT_TABLES}
    return records.current(
        *(
            Table(vendor, table, _CONTACT, partial(_contact, vendor, keys[vendor]), keys[vendor])
            for vendor, table in CONTACT_TABLES.items()
        )
    )


def users(records: RawRecords) -> dict[str, User]:
    """User id → the user, current versions."""
    return records.current(*tables(USER_TABLES, _USER, _user, identity))


def erasures(records: RawRecords) -> list[Erasure]:
    """Every request to be forgotten, in its current version."""
    of_files = tables({"files": "surveys_erasures"}, _ERASURE, _erasure, identity)
    return list(records.current(*of_files).values())


def received(records: RawRecords) -> int:
    """How many versions of answers raw holds, in any load."""
    return sum(
        records.count(vendor, table, "true")
        for vendor, table in ANSWER_TABLES.items()
        if records.columns(vendor, table)
    )


def quarantined(records: RawRecords) -> dict[str, int]:
    """Source → answers in quarantine, of sources that have any."""
    counts = {
        vendor: records.count(
            vendor, "quarantine", f"table_name = '{table}' and not {unread(vendor, 'quarantine')}"
        )
        for vendor, table in ANSWER_TABLES.items()
        if records.columns(vendor, "quarantine")
    }
    return {vendor: count for vendor, count in counts.items() if count}


@cache
def _shared(text: str | None) -> str | None:
    """The identity of one of a few surveys, questions or channels; the same string for all answers."""
    return identity(text)


@cache
def _given(text: str | None) -> str | None:
    """A member as the vendor writes it, without surrounding space."""
    return None if text is None else trimmed(text) or None


def _answer(questions: Asked | None, vendor: str, key: str, row: tuple[Any, ...]) -> Answer:
    survey, question, score, responded_at, started_at, event_at, invitation = row[4:11]
    contact, email, is_test, response, account, branch, channel, person, *carried = row[11:]
    survey, question, is_on_another_scale = _shared(survey) or "", _shared(question) or "", False
    if questions and isinstance(
        score, dict
    ):  # all values of a response, of which the question says what its own mean
        asked = questions(survey, question, row[1])
        score, is_on_another_scale = asked.score(row[0], score), not asked.is_zero_to_ten
    return Answer(
        key,
        vendor,
        survey,
        question,
        score,
        responded_at,
        started_at,
        event_at,
        known(identity(invitation)),
        known(customer(contact)),
        identity(email),
        bool(is_test),
        identity(response),
        known(customer(account)),
        identity(branch),
        _shared(channel),
        known(identity(person)),
        is_on_another_scale,
        tuple(map(_given, carried)),
    )


def _invitation(_: str, __: str, row: tuple[Any, ...]) -> Invitation:
    sent_at, contact, email, survey, status, account, branch, channel, reached_at, *carried = row[4:]
    return Invitation(
        sent_at,
        known(customer(contact)),
        nobody.address(identity(email)),
        _shared(survey) or "",
        not reached_at and never_arrived(status),
        known(customer(account)),
        identity(branch),
        _shared(channel),
        tuple(map(_given, carried)),
    )


def _user(source: str, _: str, row: tuple[Any, ...]) -> User:
    email, user_type, name, branch, is_active = row[4:]
    return User(
        source,
        trimmed(row[0]),
        identity(email),
        _given(name),
        identity(branch),
        is_active is None or bool(is_active),
        (identity(user_type) or "standard") == "standard",
    )


def _contact(source: str, own: Callable[[object], str | None], _: str, row: tuple[Any, ...]) -> Contact:
    email, merged_into, account, is_deleted, created_at = row[4:]
    return Contact(
        identity(email), own(merged_into), own(account), source, trimmed(row[0]), bool(is_deleted), created_at
    )


def _erasure(_: str, __: str, row: tuple[Any, ...]) -> Erasure:
    requested_at, source, response, contact, email, person = row[4:]
    return Erasure(
        requested_at,
        identity(source),
        identity(response),
        known(customer(contact)),
        nobody.address(identity(email)),
        known(identity(person)),
    )
