"""Requests to be forgotten: which wait, and carrying them out while no refresh runs.

Belongs here: what a refresh, the ledger and the file of requests have to do with an erasure. Does not belong
here: erasing itself (`erasure`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

import duckdb

from erasure import carrying, redaction
from erasure.carrying import Outcome, Wanted
from erasure.finding import find
from erasure.persons import Named
from orchestration import environment, instance, unchanged
from orchestration.environment import ConfigurationError, Home
from orchestration.sealed import InVault
from publication import ledger

_REQUESTS: Final = f"""
    select record_id, requested_at, source, response_id, contact_id, email, person_id
    from raw_files.{redaction.REQUESTS}
    where _dlt_load_id in (select load_id from raw_files._dlt_loads where status = 0)
        and not starts_with(file_name, '{carrying.PREFIX}')
        and not contains(payload, '"{redaction.MARK}"')
    qualify row_number() over (partition by record_id order by _dlt_load_id desc, position desc) = 1
    order by requested_at, record_id
"""


@dataclass(frozen=True)
class Request:
    """A row of the file of requests that was not carried out. Moments are UTC."""

    erasure_id: str
    requested_at: datetime
    source: str | None
    named: Named


def waiting(home: Home) -> list[Request]:
    """The requests of the file that are due and were not carried out. Raises duckdb.Error."""
    if not home.warehouse.exists():
        return []
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        there = connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'raw_files' and table_name = ?",
            [redaction.REQUESTS],
        ).fetchone()
        rows = connection.execute(_REQUESTS).fetchall() if there else []
    due = _end_of_data()
    return [
        Request(record, moment.astimezone(UTC), source, _named(response, contact, email, person))
        for record, moment, source, response, contact, email, person in rows
        if moment.astimezone(UTC) < due
    ]


def wanted(home: Home, named: Named, requests: bool, keep_inbox: bool) -> tuple[Wanted | None, list[str]]:
    """Whom the command line names, or the file of requests; and why some of the file are left.

    Raises:
        ConfigurationError: nobody is named, or both.
    """
    if not requests:
        return by_name(named, keep_inbox), []
    if named.all():
        raise ConfigurationError("--requests names everybody by itself; leave out the others")
    return by_requests(home, keep_inbox)


def by_name(named: Named, keep_inbox: bool = False) -> Wanted:
    """A request of today, for whom the command line names. Raises ConfigurationError for nobody."""
    if not named.all():
        raise ConfigurationError(
            "name whom to forget: --contact, --email or --response; --requests for the file"
        )
    last = _end_of_data() - timedelta(seconds=1)
    return Wanted(named, min(datetime.now(UTC), last), keep_inbox=keep_inbox)


def by_requests(home: Home, keep_inbox: bool = False) -> tuple[Wanted | None, list[str]]:
    """All requests of the file that wait, as one (None where none does), and why others are left.

    A request that is limited to a source, or whose person has answered since, does not ask for all that is
    held to go: carrying it out would not be what was asked for.
    """
    requests, left = [], []
    for request in waiting(home):
        if request.source is not None:
            left.append(
                f"the request {request.erasure_id} is limited to {request.source}: its answers count no"
                " more, and stay in raw; remove its source to have all of the person removed"
            )
        elif since := _answered_since(home, request):
            left.append(
                f"who made the request {request.erasure_id} has answered {since} times since, which it"
                " does not cover; let the file say a later requested_at if they ask again, and refresh"
            )
        else:
            requests.append(request)
    if not requests:
        return None, left
    names = [request.named for request in requests]
    named = Named(
        frozenset().union(*(each.contacts for each in names)),
        frozenset().union(*(each.emails for each in names)),
        frozenset().union(*(each.responses for each in names)),
        frozenset().union(*(each.persons for each in names)),
    )
    made = by_name(named, keep_inbox)
    latest = max(request.requested_at for request in requests)
    ids = tuple(f"request:{request.erasure_id}" for request in requests)
    return replace(made, requested_at=max(made.requested_at, latest), requests=ids), left


def preview(home: Home, wanted: Wanted) -> Outcome:
    """What would be erased. Raises ConfigurationError as `carry`."""
    with instance.alone(home):
        _refuse_unread(home)
        return carrying.looked_at(home.path, wanted, InVault(home))


def carry(home: Home, wanted: Wanted) -> Outcome:
    """Erase; the next refresh builds everything anew.

    Raises:
        ConfigurationError: a refresh is running, or loads wait to be read again.
        LedgerError, ErasureError, OSError, duckdb.Error: it did not end; the same call again goes on.
    """
    with instance.alone(home):
        _refuse_unread(home)
        chain = ledger.verify(home.ledger)
        unchanged.forget(home)
        return carrying.carry(home.path, wanted, chain.head, InVault(home))


def remarks(home: Home) -> list[str]:
    """What a refresh says of erasures: requests that wait, and what was interrupted."""
    told = []
    if waits := sum(request.source is None for request in waiting(home)):
        told.append(
            f"{waits} requests to be forgotten wait: their answers count no more, and what they said is still"
            " in raw; `nps erase --requests` removes it"
        )
    told += [
        f"an erasure that began at {began} did not end: give the same command again"
        for began in carrying.interrupted(home.path)
    ]
    return told


def _refuse_unread(home: Home) -> None:
    """The guard compares new loads with their files: it must have done so before those change."""
    if not home.warehouse.exists():
        raise ConfigurationError(f"{home.warehouse} is not there: nothing was loaded here")
    seen = dict(json.loads(home.read_again.read_text("utf-8"))) if home.read_again.is_file() else {}
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        for (schema,) in connection.execute(
            "select schema_name from duckdb_tables() where table_name = '_dlt_loads'"
            " and starts_with(schema_name, 'raw_') order by all"
        ).fetchall():
            [(newest,)] = connection.execute(
                f"select coalesce(max(load_id), '') from {schema}._dlt_loads where status = 0"
            ).fetchall()
            if newest > seen.get(schema.removeprefix("raw_"), ""):
                raise ConfigurationError(
                    f"{schema} has loads that the guard has not read again; refresh first, so that what is"
                    " erased was received right"
                )


def _answered_since(home: Home, request: Request) -> int:
    """How many answers of whom a request names the last build counts as not covered by it."""
    found = find(home.warehouse, request.named, InVault(home))
    keys = [
        f"{source}:{record}"
        for (source, table), records in found.records.items()
        if table in ("responses", "surveys_responses")
        for record in records
    ]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        built = connection.execute(
            "select 1 from duckdb_tables() where schema_name = 'marts'"
            " and table_name = 'fct_survey_responses'"
        ).fetchone()
        if not built:
            return 0
        [(since,)] = connection.execute(
            "select count(*) from marts.fct_survey_responses where disposition <> 'erased'"
            " and responded_at >= ? and answer_key in (select unnest(?))",
            [request.requested_at.replace(tzinfo=None), keys],
        ).fetchall()
    return int(since)


def _named(response: str | None, contact: str | None, email: str | None, person: str | None) -> Named:
    def one(name: str | None) -> frozenset[str]:
        return frozenset([name] if name and name.strip() else [])

    return Named(contacts=one(contact), emails=one(email), responses=one(response), persons=one(person))


def _end_of_data() -> datetime:
    return datetime.combine(environment.as_of(), time(), UTC)
