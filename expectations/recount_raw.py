"""Raw answers, invitations, contacts and staff as plain Python, for the recount.

Reads what the vendors sent: Qualtrics' and Salesforce's own JSON, and the columns of files, whose headers
and date formats only their mapping knows. Loads that never ended are not read; of every record only the
current version counts. The queries only fetch; nothing is filtered, joined or calculated by the engine.

Belongs here: what a raw record says. Does not belong here: what it is worth (`recount_rules`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

import duckdb
import orjson

#: Where Qualtrics' answers carry what the survey's links gave them, unless a company names it otherwise.
EMBEDDED_DATA: Mapping[str, str] = {
    "event_at": "EventAt",
    "invitation_id": "InvitationId",
    "contact_id": "ContactId",
    "respondent_email": "Email",
}
_BATCH = 50_000
_NOT_REAL = (1, 2, 8)  # Qualtrics' status of a preview, a test and spam
T = TypeVar("T")
_Rank: TypeAlias = tuple[float, str, int]


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
    return (str(value).strip().lower() or None) if value is not None else None


def answers(
    connection: duckdb.DuckDBPyConnection, embedded_data: Mapping[str, str] = EMBEDDED_DATA
) -> list[Answer]:
    """The current version of every answer; `embedded_data` names Qualtrics' keys (column → key)."""
    keys = {**EMBEDDED_DATA, **embedded_data}
    columns = (
        "survey_id, question_id, score, {responded_at}, {started_at}, {event_at}, invitation_id,"
        " contact_id, respondent_email, is_test"
    )
    times = ("responded_at", "started_at", "event_at")
    found = _current(
        connection,
        _Raw(
            "qualtrics",
            "responses",
            "survey_id, question_id",
            partial(_qualtrics_answer, keys),
            _of_vendor("qualtrics"),
        ),
        _Raw("files", "surveys_responses", _timed(columns, times), _file_answer, _of_vendor("files")),
    )
    return [answer._replace(key=key) for key, answer in found.items()]


def invitations(connection: duckdb.DuckDBPyConnection) -> dict[str, Invitation]:
    """`source:invitation id` → the invitation, current versions."""
    columns = _timed("{sent_at}, contact_id, email", ("sent_at",))
    return _current(
        connection,
        _Raw("qualtrics", "invitations", "", _qualtrics_invitation, lambda i: f"qualtrics:{identity(i)}"),
        _Raw("files", "surveys_invitations", columns, _file_invitation, lambda i: f"files:{identity(i)}"),
    )


def contacts(connection: duckdb.DuckDBPyConnection) -> dict[str, Contact]:
    """Contact id → the contact, current versions."""
    return _current(
        connection,
        _Raw("salesforce", "contacts", "", _salesforce_contact, identity),
        _Raw("files", "crm_contacts", "email, merged_into_id", _file_contact, identity),
    )


def staff_emails(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The e-mail addresses of the CRM's users."""
    users = _Raw("salesforce", "users", "", lambda row: identity(orjson.loads(row[0]).get("Email")), identity)
    return frozenset(email for email in _current(connection, users).values() if email)


def quarantined(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Source → answers in quarantine, of sources that have any."""
    counts: Counter[str] = Counter()
    for vendor, table in (("qualtrics", "responses"), ("files", "surveys_responses")):
        complete = _complete_loads(connection, vendor, "quarantine")
        if complete:
            rows = connection.execute(f"select table_name, _dlt_load_id from raw_{vendor}.quarantine")
            counts[vendor] += sum(name == table and load in complete for name, load in rows.fetchall())
    return dict(+counts)


class _Raw(NamedTuple, Generic[T]):
    """A raw table, the columns to fetch beside the payload, how to read a row, and what its key is."""

    vendor: str
    table: str
    columns: str
    read: Callable[[tuple[Any, ...]], T]
    key: Callable[[str], str | None]


def _current(connection: duckdb.DuckDBPyConnection, *tables: _Raw[T]) -> dict[str, T]:
    """Key → what is read of the current version: the last by version_at, load, position."""
    best: dict[str, tuple[_Rank, T]] = {}
    for table in tables:
        for record_id, rank, row in _versions(connection, table):
            key = table.key(record_id)
            if key is not None and (key not in best or rank > best[key][0]):
                best[key] = (rank, table.read(row))
    return {key: record for key, (_, record) in best.items()}


def _versions(
    connection: duckdb.DuckDBPyConnection, table: _Raw[Any]
) -> Iterator[tuple[str, _Rank, tuple[Any, ...]]]:
    """Every version of completed loads: record id, rank among versions, (payload, *columns)."""
    complete = _complete_loads(connection, table.vendor, table.table)
    if not complete:
        return
    rows = connection.execute(
        f"select record_id, _dlt_load_id, position, extract(epoch from version_at), payload"
        f"{', ' + table.columns if table.columns else ''} from raw_{table.vendor}.{table.table}"
    )
    while batch := rows.fetchmany(_BATCH):
        for record_id, load_id, position, version_at, *row in batch:
            if load_id in complete:
                moment = float("-inf") if version_at is None else version_at
                yield record_id, (moment, load_id, position), tuple(row)


def _complete_loads(connection: duckdb.DuckDBPyConnection, vendor: str, table: str) -> set[str]:
    """The vendor's loads that ended; none where it has no such table."""
    there = connection.execute(
        "select count(*) from information_schema.tables where table_schema = ? and table_name = ?",
        [f"raw_{vendor}", table],
    ).fetchone()
    if not there or not there[0]:
        return set()
    loads = connection.execute(f"select load_id, status from raw_{vendor}._dlt_loads").fetchall()
    return {load_id for load_id, status in loads if status == 0}


def _of_vendor(vendor: str) -> Callable[[str], str]:
    return lambda record_id: f"{vendor}:{record_id}"


def _qualtrics_answer(keys: Mapping[str, str], row: tuple[Any, ...]) -> Answer:
    payload, survey, question = row
    values = orjson.loads(payload)["values"]
    score = values.get(question)
    return Answer(
        key="",
        source="qualtrics",
        survey=identity(survey) or "",
        question=identity(question) or "",
        score=float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None,
        responded_at=_moment(values.get("recordedDate")),
        started_at=_moment(values.get("startDate")),
        event_at=_moment(values.get(keys["event_at"])),
        invitation=identity(values.get(keys["invitation_id"])),
        contact=identity(values.get(keys["contact_id"])),
        email=identity(values.get(keys["respondent_email"])),
        is_test=values.get("status") in _NOT_REAL,
    )


def _file_answer(row: tuple[Any, ...]) -> Answer:
    _, survey, question, score, responded_at, started_at, event_at, invitation, contact, email, is_test = row
    return Answer(
        key="",
        source="files",
        survey=identity(survey) or "",
        question=identity(question) or "",
        score=score,
        responded_at=_microseconds(responded_at),
        started_at=_microseconds(started_at),
        event_at=_microseconds(event_at),
        invitation=identity(invitation),
        contact=identity(contact),
        email=identity(email),
        is_test=bool(is_test),
    )


def _qualtrics_invitation(row: tuple[Any, ...]) -> Invitation:
    sent = orjson.loads(row[0])
    contact = sent.get("contact") or {}
    return Invitation(
        _moment(sent.get("sentAt")), identity(sent.get("contactId")), identity(contact.get("email"))
    )


def _file_invitation(row: tuple[Any, ...]) -> Invitation:
    return Invitation(_microseconds(row[1]), identity(row[2]), identity(row[3]))


def _salesforce_contact(row: tuple[Any, ...]) -> Contact:
    sent = orjson.loads(row[0])
    return Contact(identity(sent.get("Email")), identity(sent.get("MasterRecordId")))


def _file_contact(row: tuple[Any, ...]) -> Contact:
    return Contact(identity(row[1]), identity(row[2]))


def _timed(columns: str, times: tuple[str, ...]) -> str:
    return columns.format(**{name: f"extract(epoch from {name})" for name in times})


def _microseconds(seconds: float | None) -> int | None:
    # A double holds the microseconds of our time; rounding gives them back exactly.
    return None if seconds is None else round(seconds * 1e6)


def _moment(text: str | None) -> int | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1e6)
