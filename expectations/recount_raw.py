"""Raw answers, invitations, contacts and staff as plain Python, for the recount.

Reads what the vendors sent: Qualtrics' and Salesforce's own JSON, and the columns of files, whose headers
and date formats only their mapping knows.

Belongs here: what a raw record says. Does not belong here: which version is current (`recount_versions`),
what an answer is worth (`recount_rules`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any, NamedTuple

import duckdb
import orjson

from expectations.recount_versions import Raw, complete_loads, current

#: Where Qualtrics' answers carry what the survey's links gave them, unless a company names it otherwise.
EMBEDDED_DATA: Mapping[str, str] = {
    "event_at": "EventAt",
    "invitation_id": "InvitationId",
    "contact_id": "ContactId",
    "respondent_email": "Email",
}
_NOT_REAL = (1, 2, 8)  # Qualtrics' status of a preview, a test and spam
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Answer(NamedTuple):
    """One answer received. Times are microseconds since 1970 UTC; ids are trimmed and lower-case."""

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


class Invitation(NamedTuple):
    """What an invitation says about its answer: when it was sent, and to whom."""

    sent_at: int | None
    contact: str | None
    email: str | None


class Contact(NamedTuple):
    """A contact of the CRM and the contact it was merged into."""

    email: str | None
    merged_into: str | None


def identity(value: object) -> str | None:
    """An identifier as it is compared: without surrounding space, lower-case; None if nothing is left."""
    if value is None:
        return None
    return (value if isinstance(value, str) else str(value)).strip().lower() or None


def answers(
    connection: duckdb.DuckDBPyConnection, embedded_data: Mapping[str, str] = EMBEDDED_DATA
) -> list[Answer]:
    """The current version of every answer; `embedded_data` names Qualtrics' keys (column → key)."""
    keys = {**EMBEDDED_DATA, **embedded_data}
    of_files = (
        "survey_id, question_id, score, epoch_us(responded_at), epoch_us(started_at), epoch_us(event_at),"
        " invitation_id, contact_id, respondent_email, is_test"
    )
    found = current(
        connection,
        Raw(
            "qualtrics",
            "responses",
            "payload, survey_id, question_id",
            partial(
                _qualtrics_answer,
                keys["event_at"],
                keys["invitation_id"],
                keys["contact_id"],
                keys["respondent_email"],
            ),
            "qualtrics:{}".format,
        ),
        Raw("files", "surveys_responses", of_files, _file_answer, "files:{}".format),
    )
    return list(found.values())


def invitations(
    connection: duckdb.DuckDBPyConnection, wanted: Mapping[str, Container[str]]
) -> dict[str, dict[str, Invitation]]:
    """Source → invitation id → the invitation, current versions of those `wanted` (source → ids)."""
    of_files = "epoch_us(sent_at), contact_id, email"
    tables = (
        Raw("qualtrics", "invitations", "payload", _qualtrics_invitation, identity),
        Raw("files", "surveys_invitations", of_files, _file_invitation, identity),
    )
    return {table.vendor: current(connection, table, wanted=wanted.get(table.vendor, ())) for table in tables}


def contacts(connection: duckdb.DuckDBPyConnection) -> dict[str, Contact]:
    """Contact id → the contact, current versions."""
    return current(
        connection,
        Raw("salesforce", "contacts", "payload", _salesforce_contact, identity),
        Raw("files", "crm_contacts", "email, merged_into_id", _file_contact, identity),
    )


def staff_emails(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The e-mail addresses of the CRM's users."""
    users = current(connection, Raw("salesforce", "users", "payload", _salesforce_email, identity))
    return frozenset(email for email in users.values() if email)


def quarantined(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Source → answers in quarantine, of sources that have any."""
    counts: Counter[str] = Counter()
    for vendor, table in (("qualtrics", "responses"), ("files", "surveys_responses")):
        complete = complete_loads(connection, vendor, "quarantine")
        if complete:
            rows = connection.execute(f"select table_name, _dlt_load_id from raw_{vendor}.quarantine")
            counts[vendor] += sum(name == table and load in complete for name, load in rows.fetchall())
    return dict(+counts)


@cache
def _shared(text: str | None) -> str:
    """The identity of one of a few surveys or questions; the same string for all their answers."""
    return identity(text) or ""


def _qualtrics_answer(
    event_at: str, invitation: str, contact: str, email: str, key: str, row: tuple[Any, ...]
) -> Answer:
    _, _, _, _, payload, survey, question = row
    values = orjson.loads(payload)["values"]
    value = values.get
    score = value(question)
    return Answer(
        key,
        "qualtrics",
        _shared(survey),
        _shared(question),
        float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None,
        _moment(value("recordedDate")),
        _moment(value("startDate")),
        _moment(value(event_at)),
        identity(value(invitation)),
        identity(value(contact)),
        identity(value(email)),
        value("status") in _NOT_REAL,
    )


def _file_answer(key: str, row: tuple[Any, ...]) -> Answer:
    survey, question, score, responded_at, started_at, event_at, invitation, contact, email, is_test = row[4:]
    return Answer(
        key,
        "files",
        _shared(survey),
        _shared(question),
        score,
        responded_at,
        started_at,
        event_at,
        identity(invitation),
        identity(contact),
        identity(email),
        bool(is_test),
    )


def _qualtrics_invitation(_: str, row: tuple[Any, ...]) -> Invitation:
    sent = orjson.loads(row[4])
    contact = sent.get("contact") or {}
    return Invitation(
        _moment(sent.get("sentAt")), identity(sent.get("contactId")), identity(contact.get("email"))
    )


def _file_invitation(_: str, row: tuple[Any, ...]) -> Invitation:
    return Invitation(row[4], identity(row[5]), identity(row[6]))


def _salesforce_contact(_: str, row: tuple[Any, ...]) -> Contact:
    sent = orjson.loads(row[4])
    return Contact(identity(sent.get("Email")), identity(sent.get("MasterRecordId")))


def _salesforce_email(_: str, row: tuple[Any, ...]) -> str | None:
    return identity(orjson.loads(row[4]).get("Email"))


def _file_contact(_: str, row: tuple[Any, ...]) -> Contact:
    return Contact(identity(row[4]), identity(row[5]))


def _moment(text: str | None) -> int | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND
