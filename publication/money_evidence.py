"""The evidence behind a published figure of money: its ledger row, accounts, and the documents they paid by.

Belongs here: choosing figures of one table, collecting what is behind them from the ledger, the published
copy and the working file, and whether it is what was published. Does not belong here: counting again from raw
(`expectations`), or printing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from publication import content, ledger, money, money_ledger
from publication.evidence import EvidenceError, Table
from publication.hashing import LedgerError
from publication.money_restatements import TABLE as RESTATED
from publication.selection import FigureError

#: Accounts whose documents are listed one by one.
LISTED = 5


@dataclass(frozen=True)
class MoneyEvidence:
    """Figures as published; how many accounts have which part in them; of the first accounts the documents in
    force on the days they are looked at; how many looks there are, and documents behind them.

    `rows` are all rows behind the figures, `billed` all lines of their accounts, each value as text;
    `restated` what earlier publications said of the same figures and why it changed; `amounts` the columns
    that are in the reporting currency."""

    key: tuple[str, ...]
    figures: Table
    accounts: Table
    documents: Table
    looks: int
    lines: int
    rows: Table
    billed: Table
    restated: Table
    amounts: tuple[str, ...]


def collect(
    warehouse: Path, version: Path, books: Path, sequence: int, table: str, wanted: Mapping[str, str]
) -> MoneyEvidence:
    """The evidence for the figures of `table` with these members of its key, in the folder `version`.

    Raises ValueError for a table or column that there is not, FigureError if no figure has these members,
    LedgerError if the ledger has other figures, EvidenceError if the working file does not hold what is
    behind them, or documents that do not add up to what accounts paid.
    """
    if table not in money.KINDS:
        raise ValueError(f"there is no table of money {table!r}; choose one of {', '.join(money.KINDS)}")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {content.literal(version / content.DATABASE_NAME)} as copy (read_only)")
        relation = f"copy.main.{table}"
        names = money.columns(connection, relation)
        key = money.key(table, names)
        _choose(connection, relation, key, wanted)
        connection.register("booked", ledger.money(books, sequence))
        _as_booked(connection, table, key, names, books)
        try:
            connection.execute(f"attach {content.literal(warehouse)} as working (read_only)")
        except duckdb.IOException as error:
            raise EvidenceError(
                f"the working file {warehouse} cannot be read: it does not exist, or a refresh is writing;"
                " try again when the refresh has finished"
            ) from error
        rows = money.behind(table, key, money.segments(connection, relation, key))
        connection.execute(
            f"create temporary table behind as select * from ({rows})"
            f" semi join asked using ({', '.join(key)})"
        )
        _same_rows(connection, key, warehouse)
        looks, lines = _documented(connection)
        return MoneyEvidence(
            key,
            _table(connection, f"select * exclude (fingerprint) from asked order by {', '.join(key)}"),
            _table(connection, _ACCOUNTS),
            _table(connection, f"{_DOCUMENTS} order by all"),
            looks,
            lines,
            _table(connection, "select columns(*)::varchar from behind order by all"),
            _table(connection, _BILLED),
            _restated(connection, table, key),
            _amounts(connection, relation),
        )


def _choose(
    connection: duckdb.DuckDBPyConnection, relation: str, key: tuple[str, ...], wanted: Mapping[str, str]
) -> None:
    """`asked`: the chosen figures. Names what there is where a member is not published."""
    for name in wanted:
        if name not in key:
            raise ValueError(f"a figure is not told by {name!r}; write --of with one of {', '.join(key)}")
    where = "true"
    values: list[str] = []
    for name, member in wanted.items():
        known = connection.execute(
            f"select distinct cast({name} as varchar) from {relation} where {where} order by 1", values
        ).fetchall()
        if (member,) not in known:
            there = ", ".join(value for (value,) in known) or "nothing yet"
            raise FigureError(f"no such figure has {name} {member!r}; published: {there}")
        where, values = f"{where} and cast({name} as varchar) = ?", [*values, member]
    connection.execute(f"create temporary table asked as select * from {relation} where {where}", values)


def _as_booked(
    connection: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], names: list[str], books: Path
) -> None:
    """Check that the ledger has the figures as they are published; `asked` gets its fingerprints."""
    connection.execute(
        f"""
        create or replace temporary table asked as
        select asked.*, booked.fingerprint
        from asked
        left join booked
            on booked.table_name = '{table}' and booked.figure = {money_ledger.as_json(key, "asked")}
            and booked.published = {money_ledger.as_json(names[len(key) :], "asked")}
        """
    )
    missing = connection.execute(
        f"select {', '.join(key)} from asked where fingerprint is null order by all"
    ).fetchall()
    if missing:
        raise LedgerError(
            f"the ledger in {books} does not have the figure {table} {' '.join(map(str, missing[0]))} as it"
            " is published: it was published before money was in the ledger (the next publication has it),"
            " or changed since; restore it from a backup"
        )


def _same_rows(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...], warehouse: Path) -> None:
    named = ", ".join(key)
    different = connection.execute(
        f"""
        select {", ".join(f"asked.{name}" for name in key)}
        from asked
        left join (
            select {named}, cast({money_ledger.FINGERPRINT} as varchar) as found from behind group by all
        ) using ({named})
        where fingerprint <> coalesce(found, '0')
        """
    ).fetchall()
    if different:
        raise EvidenceError(
            f"{warehouse} no longer holds what is behind {' '.join(map(str, different[0]))}: a later build"
            " was stopped or is running; run `nps refresh` until it publishes, then audit again"
        )


def _documented(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many looks there are, and documents in force at them, which must be worth what is paid."""
    connection.execute(
        f"""
        create temporary table documented as
        select looks.*, lines.source, lines.document_id, lines.monthly_amount
        from (select distinct account_key, looked_on, paid from behind where paid is not null) as looks
        left join working.intermediate.int_revenue__recurring as lines
            on {_IN_FORCE}
        """
    )
    wrong = connection.execute(
        """
        select account_key, looked_on, any_value(paid), sum(monthly_amount)
        from documented
        group by account_key, looked_on
        having sum(monthly_amount) is null or abs(sum(monthly_amount) - any_value(paid)) > 0.000001
        order by all
        """
    ).fetchall()
    if wrong:
        account, day, paid, worth = wrong[0]
        raise EvidenceError(
            f"account {account} pays {paid} on {day}, but its documents in force are worth {worth or 0}:"
            f" `nps finance reconcile --account {account}` lists them"
        )
    [(looks, lines)] = connection.execute(
        "select count(distinct (account_key, looked_on)), count(distinct (source, document_id))"
        " from documented"
    ).fetchall()
    return looks, lines


def _restated(connection: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...]) -> Table:
    return _table(
        connection,
        f"""
        select restated.* from copy.main.{RESTATED} as restated
        semi join (select {money_ledger.as_json(key, "asked")} as figure from asked) using (figure)
        where table_name = '{table}'
        order by all
        """,
    )


def _amounts(connection: duckdb.DuckDBPyConnection, relation: str) -> tuple[str, ...]:
    described = connection.execute(f"describe {relation}").fetchall()
    return tuple(name for name, kind, *_ in described if kind.startswith("DECIMAL"))


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> Table:
    found = connection.execute(query)
    return Table(tuple(column[0] for column in found.description), found.fetchall())


_IN_FORCE = (
    "looks.account_key = lines.account_key"
    " and lines.recurring_from < looks.looked_on and lines.recurring_to >= looks.looked_on"
)
_ACCOUNTS = f"""
    select
        part, count(distinct account_key) as accounts,
        count(distinct (account_key, looked_on, content)) as looks,
        list_sort(list(distinct account_key))[:{LISTED}] as first_accounts
    from behind
    group by part
    order by part
"""
_BILLED = """
    select
        account_key, source, document_id, recurring_from::varchar as recurring_from,
        recurring_to::varchar as recurring_to, monthly_amount::varchar as monthly_amount
    from working.intermediate.int_revenue__recurring
    semi join (select account_key from behind where paid is not null) using (account_key)
    order by all
"""
_DOCUMENTS = f"""
    select account_key, looked_on, paid, source, document_id, monthly_amount
    from documented
    semi join (select distinct account_key from documented order by 1 limit {LISTED}) using (account_key)
"""
