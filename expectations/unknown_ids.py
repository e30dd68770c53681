"""Ids that are delivered and that no record knows, counted from raw.

Belongs here: which raw column delivers which kind of id, and who knows it. Does not belong here: how many may
be unknown (`limits`), or what an answer becomes without its account (`recount`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb

from expectations.raw_tables import (
    ACCOUNT_TABLES,
    ANSWER_TABLES,
    BRANCH_TABLES,
    CONTACT_TABLES,
    INVITATION_TABLES,
    USER_TABLES,
    unread,
)
from expectations.recount.ids import as_customer, as_identity
from expectations.recount.nobody import as_known

#: Kind of id → how it is compared, and the raw tables whose record ids are known.
_KNOWN: Mapping[str, tuple[Callable[[str], str], Mapping[str, str]]] = {
    "account": (as_customer, ACCOUNT_TABLES),
    "contact": (as_customer, CONTACT_TABLES),
    "branch": (as_identity, BRANCH_TABLES),
    "employee": (as_identity, USER_TABLES),
}


#: Kinds whose ids are a CRM's own where there are several.
_OF_CRMS = ("account", "contact")


class _Delivered(NamedTuple):
    """Raw tables of records, how their own ids compare, and column → kind of the ids they deliver."""

    records: str
    tables: Mapping[str, str]
    own_id: Callable[[str], str]
    columns: Mapping[str, str]


_ANSWERED = {
    "account_id": "account",
    "contact_id": "contact",
    "branch_id": "branch",
    "employee_id": "employee",
}
_DELIVERED = (
    _Delivered("answers", ANSWER_TABLES, str, _ANSWERED),
    _Delivered("invitations", INVITATION_TABLES, as_identity, _ANSWERED),
    _Delivered(
        "accounts",
        ACCOUNT_TABLES,
        as_customer,
        {"parent_account_id": "account", "branch_id": "branch", "owner_id": "employee"},
    ),
    _Delivered("contacts", CONTACT_TABLES, as_customer, {"account_id": "account"}),
)


class Unknown(NamedTuple):
    """Of `total` records that deliver an id of the kind, `unknown` have one that nobody knows."""

    source: str
    records: str
    kind: str
    total: int
    unknown: int
    example: str | None


def unknown_ids(connection: duckdb.DuckDBPyConnection, vendors: Sequence[str]) -> Iterator[Unknown]:
    """Per source that is on, records and kind; only kinds of which there is any record.

    Raises duckdb.Error.
    """
    known = [kind for kind in _KNOWN if _remember(connection, kind, vendors)]
    crms = _crms(connection, vendors)
    for delivered in _DELIVERED:
        tables = _there(connection, delivered.tables, vendors)
        if not tables:
            continue
        _current(connection, delivered, tables, crms)
        for column, kind in delivered.columns.items():
            if kind in known:
                yield from _counted(connection, delivered.records, column, kind)
    if "account" in known:
        yield from _without_account(connection)


def _remember(connection: duckdb.DuckDBPyConnection, kind: str, vendors: Sequence[str]) -> bool:
    """Keeps the known ids of a kind in a temporary table; False where there are none."""
    compared, tables = _KNOWN[kind]
    crms = _crms(connection, vendors) if kind in _OF_CRMS else []
    connection.execute(f"create or replace temp table known_{kind} (id varchar)")
    for vendor, table in _there(connection, tables, vendors):
        connection.execute(
            f"insert into known_{kind}"
            f" select distinct {_own(crms, vendor, compared('record_id'))} from {loaded(vendor, table)}"
        )
    if kind in _OF_CRMS and len(crms) > 1:  # by the id alone, those that one CRM alone knows
        connection.execute(
            f"""
            insert into known_{kind}
            select name from (
                select distinct id, id[position(':' in id) + 1:] as name from known_{kind}
                where split_part(id, ':', 1) in ({", ".join(f"'{crm}'" for crm in crms)})
            )
            where name not in (select id from known_{kind})
            group by name
            having count(*) = 1
            """
        )
    [(there,)] = connection.execute(f"select count(*) from known_{kind}").fetchall()
    return bool(there)


def _current(
    connection: duckdb.DuckDBPyConnection,
    delivered: _Delivered,
    tables: Sequence[tuple[str, str]],
    all_crms: Sequence[str],
) -> None:
    """The current version of every record that is not erased, with the ids it delivers; null where none."""
    versions = []
    crms = all_crms if delivered.records in {"accounts", "contacts"} else []
    for vendor, table in tables:
        there = _columns(connection, vendor, table)
        written = {
            name: _own(crms, vendor, name, kind) if name in there else "null::varchar"
            for name, kind in delivered.columns.items()
        }
        ids = ", ".join(f"{value} as {name}" for name, value in written.items())
        versions.append(
            f"select '{vendor}' as source, record_id,"
            f" {_own(crms, vendor, delivered.own_id('record_id'))} as own_id, version_at,"
            f" _dlt_load_id, position, {ids} from {loaded(vendor, table)}"
        )
    # An answer or invitation is its source's; an account or contact is one whoever sends it.
    of_a_source = "source, " if delivered.records in {"answers", "invitations"} else ""
    connection.execute(
        f"""
        create or replace temp table delivering as
        select * from ({" union all ".join(versions)})
        where source || ':' || record_id not in (
            select answer_key from marts.fct_survey_responses where disposition = 'erased'
        )
        qualify row_number() over (
            partition by {of_a_source}own_id
            order by version_at desc nulls last, _dlt_load_id desc, position desc
        ) = 1
        """
    )


def _counted(
    connection: duckdb.DuckDBPyConnection, records: str, column: str, kind: str
) -> Iterator[Unknown]:
    compared, _ = _KNOWN[kind]
    found = connection.execute(
        f"""
        with given as (
            select source, {as_known(compared(column))} as id, min({column}) as written, count(*) as times
            from delivering
            group by all
        )
        select source, sum(times)::bigint, coalesce(sum(times) filter (known.id is null), 0)::bigint,
            min(written) filter (known.id is null)
        from given
        left join (select distinct id from known_{kind}) as known on given.id = known.id
        where given.id <> ''
        group by source
        order by source
        """
    ).fetchall()
    for source, total, unknown, example in found:
        yield Unknown(source, records, kind, total, unknown, example)


def _without_account(connection: duckdb.DuckDBPyConnection) -> Iterator[Unknown]:
    """Revenue that is nobody's; what became of each document is the recount's to prove."""
    found = connection.execute(
        """
        select source, count(*), count(*) filter (account_key is null),
            min(document_id) filter (account_key is null)
        from intermediate.int_revenue__recognised
        group by source
        order by source
        """
    ).fetchall()
    for source, total, unknown, example in found:
        yield Unknown(source, "revenue_documents", "account", total, unknown, example)


def _there(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, str], vendors: Sequence[str]
) -> list[tuple[str, str]]:
    """Those tables of vendors that are on and have sent something: one that is off leaves its own behind."""
    return [
        (vendor, table)
        for vendor, table in tables.items()
        if vendor in vendors and _columns(connection, vendor, table)
    ]


def _crms(connection: duckdb.DuckDBPyConnection, vendors: Sequence[str]) -> list[str]:
    """The CRMs whose accounts are there."""
    return [vendor for vendor, _ in _there(connection, ACCOUNT_TABLES, vendors) if vendor != "files"]


def _own(crms: Sequence[str], vendor: str, column: str, kind: str = "account") -> str:
    """An id in a CRM's record, which is its own where there are several CRMs; as SQL."""
    if len(crms) < 2 or vendor == "files" or kind not in _OF_CRMS:
        return column
    return f"'{vendor}:' || {as_customer(column)}"


def loaded(vendor: str, table: str) -> str:
    """The rows of a raw table that are read."""
    return f"(select * from raw_{vendor}.{table} where not {unread(vendor, table)})"


def _columns(connection: duckdb.DuckDBPyConnection, vendor: str, table: str) -> set[str]:
    found = connection.execute(
        "select column_name from information_schema.columns where table_schema = ? and table_name = ?",
        [f"raw_{vendor}", table],
    ).fetchall()
    return {name for (name,) in found}
