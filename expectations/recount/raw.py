"""Raw answers, invitations, contacts, staff and erasures as plain Python, for the recount.

Reads what the vendors sent: Qualtrics' and Salesforce's own JSON, and the columns of files, whose headers
and date formats only their mapping knows.

Belongs here: what a raw record of surveys and persons says. Does not belong here: which version is current
(`versions`), accounts (`crm`), what an answer is worth (`rules`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

import duckdb
import orjson

from expectations.raw_tables import ANSWER_TABLES, INVITATION_TABLES
from expectations.recount import nobody, questions
from expectations.recount.arrivals import never_arrived
from expectations.recount.ids import as_identity, customer, identity
from expectations.recount.nobody import known
from expectations.recount.versions import Among, Raw, current, is_there, rows

#: Where Qualtrics' answers carry what the survey's links gave them, unless a company names it otherwise.
EMBEDDED_DATA: Mapping[str, str] = {
    "event_at": "EventAt",
    "invitation_id": "InvitationId",
    "account_id": "AccountId",
    "contact_id": "ContactId",
    "respondent_email": "Email",
    "branch_id": "BranchId",
}
_NOT_REAL = 1 | 2 | 8 | 256  # the flags in Qualtrics' status of a preview, a test, spam and the synthetic
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Answer(NamedTuple):
    """One answer received. Times are microseconds since 1970 UTC; ids are trimmed, lower-case, of
    somebody.

    `email` is as given; `address` is the same where it can be one person's.
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


class Contact(NamedTuple):
    """A contact of the CRM, the contact it was merged into, and whose contact it is."""

    email: str | None
    merged_into: str | None
    account: str | None = None


class Erasure(NamedTuple):
    """A request to be forgotten: which answers, given before when; a source limits it to that source."""

    requested_at: int
    source: str | None
    response: str | None
    contact: str | None
    email: str | None
    person: str | None = None


def answers(
    connection: duckdb.DuckDBPyConnection,
    embedded_data: Mapping[str, str] = EMBEDDED_DATA,
    sampled: Mapping[str, Iterable[str]] | None = None,
) -> list[Answer]:
    """The current version of every answer; `embedded_data` names Qualtrics' keys (column → key).

    With `sampled` (source → record ids, as identities), of those records only.
    """
    keys = {**EMBEDDED_DATA, **embedded_data}
    of_files = (
        "survey_id, question_id, score, epoch_us(responded_at), epoch_us(started_at), epoch_us(event_at),"
        " invitation_id, contact_id, respondent_email, is_test, response_id, account_id, branch_id,"
        " channel, person_id"
    )
    tables = (
        Raw(
            "qualtrics",
            ANSWER_TABLES["qualtrics"],
            "payload, survey_id, question_id",
            partial(
                _qualtrics_answer, tuple(keys[column] for column in EMBEDDED_DATA), questions.read(connection)
            ),
            "qualtrics:{}".format,
        ),
        Raw("files", ANSWER_TABLES["files"], of_files, _file_answer, "files:{}".format),
    )
    found: list[Answer] = []
    for table in tables:
        among = None if sampled is None else Among("record_id", sampled.get(table.vendor, ()), as_identity)
        found += current(connection, table, among=among).values()
    return found


def invitations(
    connection: duckdb.DuckDBPyConnection, wanted: Mapping[str, Iterable[str]] | None = None
) -> dict[str, dict[str, Invitation]]:
    """Source → invitation id → the invitation, current versions; of those `wanted` (source → ids) only."""
    of_files = "epoch_us(sent_at), contact_id, email, survey_id, status, account_id, branch_id"
    tables = (
        Raw(
            "qualtrics", INVITATION_TABLES["qualtrics"], "payload, survey_id", _qualtrics_invitation, identity
        ),
        Raw("files", INVITATION_TABLES["files"], of_files, _file_invitation, identity),
    )
    return {
        table.vendor: current(
            connection,
            table,
            among=None if wanted is None else Among("record_id", wanted.get(table.vendor, ()), as_identity),
        )
        for table in tables
    }


def contacts(connection: duckdb.DuckDBPyConnection) -> dict[str, Contact]:
    """Contact id → the contact, current versions."""
    return current(
        connection,
        Raw("salesforce", "contacts", "payload", _salesforce_contact, customer),
        Raw("files", "crm_contacts", "email, merged_into_id, account_id", _file_contact, customer),
    )


def staff_emails(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The e-mail addresses of the company's own people among the CRM's users."""
    users = current(connection, Raw("salesforce", "users", "payload", _salesforce_email, identity))
    return frozenset(email for email in users.values() if email)


def erasures(connection: duckdb.DuckDBPyConnection) -> list[Erasure]:
    """Every request to be forgotten, in its current version."""
    columns = "epoch_us(requested_at), source, response_id, contact_id, email, person_id"
    return list(
        current(connection, Raw("files", "surveys_erasures", columns, _file_erasure, identity)).values()
    )


def received(connection: duckdb.DuckDBPyConnection) -> int:
    """How many versions of answers raw holds, in any load."""
    total = 0
    for vendor, table in ANSWER_TABLES.items():
        if is_there(connection, vendor, table):
            found = connection.execute(f"select count(*) from raw_{vendor}.{table}").fetchone()
            total += found[0] if found else 0
    return total


def quarantined(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Source → answers in quarantine, of sources that have any."""
    counts: Counter[str] = Counter()
    for vendor, table in ANSWER_TABLES.items():
        found = rows(connection, vendor, "quarantine", "table_name", version_at="null")
        counts[vendor] += sum(row[4] == table for row in found)
    return dict(+counts)


@cache
def _shared(text: str | None) -> str | None:
    """The identity of one of a few surveys, questions or channels; the same string for all answers."""
    return identity(text)


def _qualtrics_answer(
    embedded: tuple[str, ...], known_questions: questions.Questions, key: str, row: tuple[Any, ...]
) -> Answer:
    event_at, invitation, account, contact, email, branch = embedded
    record, load, _, _, payload, survey, question = row
    sent = orjson.loads(payload)
    value = sent["values"].get
    asked = known_questions.asked(_shared(survey) or "", _shared(question) or "", load)
    # in a loop the record's id says which round: R_1:2_QID1
    score = value(record.rpartition(":")[2] + asked.ending)
    if asked.meant is not None and isinstance(score, int | float):
        score = asked.meant.get(score, score)
    return Answer(
        key,
        "qualtrics",
        _shared(survey) or "",
        _shared(question) or "",
        float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None,
        moment(value("recordedDate")),
        moment(value("startDate")),
        moment(value(event_at)),
        known(identity(value(invitation))),
        known(customer(value(contact))),
        identity(value(email)),
        int(value("status") or 0) & _NOT_REAL > 0,
        identity(sent.get("responseId")),
        known(customer(value(account))),
        identity(value(branch)),
        _shared(value("distributionChannel")),
        is_on_another_scale=not asked.is_zero_to_ten,
    )


def _file_answer(key: str, row: tuple[Any, ...]) -> Answer:
    survey, question, score, responded_at, started_at, event_at, invitation, contact, email, is_test = row[
        4:14
    ]
    response, account, branch, channel, person = row[14:]
    return Answer(
        key,
        "files",
        _shared(survey) or "",
        _shared(question) or "",
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
    )


def _qualtrics_invitation(_: str, row: tuple[Any, ...]) -> Invitation:
    sent = orjson.loads(row[4])
    contact = sent.get("contact") or {}
    reached = sent.get("openedAt") or sent.get("responseStartedAt") or sent.get("responseCompletedAt")
    return Invitation(
        moment(sent.get("sentAt")),
        known(customer(sent.get("contactId"))),
        nobody.address(identity(contact.get("email"))),
        _shared(row[5]) or "",
        not reached and never_arrived(sent.get("status")),
        channel=_shared(sent.get("distributionChannel")),
    )


def _file_invitation(_: str, row: tuple[Any, ...]) -> Invitation:
    sent_at, contact, email, survey, status, account, branch = row[4:]
    return Invitation(
        sent_at,
        known(customer(contact)),
        nobody.address(identity(email)),
        _shared(survey) or "",
        never_arrived(status),
        known(customer(account)),
        identity(branch),
    )


def _salesforce_contact(_: str, row: tuple[Any, ...]) -> Contact:
    sent = orjson.loads(row[4])
    return Contact(
        identity(sent.get("Email")), customer(sent.get("MasterRecordId")), customer(sent.get("AccountId"))
    )


def _salesforce_email(_: str, row: tuple[Any, ...]) -> str:
    """A user's address; none of a customer or partner who may log in."""
    sent = orjson.loads(row[4])
    is_own = (identity(sent.get("UserType")) or "standard") == "standard"
    return (identity(sent.get("Email")) or "") if is_own else ""


def _file_contact(_: str, row: tuple[Any, ...]) -> Contact:
    return Contact(identity(row[4]), customer(row[5]), customer(row[6]))


def _file_erasure(_: str, row: tuple[Any, ...]) -> Erasure:
    requested_at, source, response, contact, email, person = row[4:]
    return Erasure(
        requested_at,
        identity(source),
        identity(response),
        known(customer(contact)),
        nobody.address(identity(email)),
        known(identity(person)),
    )


def moment(text: str | None) -> int | None:
    """An ISO moment as microseconds since 1970 UTC; without a zone it is UTC."""
    if not text:
        return None
    parsed = datetime.fromisoformat(text)
    return ((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
