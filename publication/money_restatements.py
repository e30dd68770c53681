"""Which figures of money changed although their as-of or period is the same, and why.

A figure is restated if a later publication has it with other values, or made of other rows. Causes come from
what was loaded since: billing's documents, and the answers, merges and attributes of `causes`, by the
accounts behind the figure. Where no such account is behind it any more, because it went to another figure,
the causes of the table's other restated figures are named, with 0 accounts.

Belongs here: comparing the money of two publications. Does not belong here: the ledger (`money_ledger`), or
scores (`restatements`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from math import isclose

import duckdb
import pyarrow as pa

from publication import causes, content, money, money_ledger
from publication.restatements import Earlier, in_both

TABLE = "revenue_restatements"
DESCRIPTIONS = {
    "": "Published figures of money that changed although as-of or period is the same: one row per restating"
    " publication, figure and cause. Grows with every publication",
    "sequence": "The publication that restated the figure",
    "previous_sequence": "The publication it is compared with",
    "table_name": "The published table it is in",
    "figure": "Its key there, as JSON",
    "cause": "document (billing sent or changed one), or a cause of restatements; definition where"
    " only that changed; undetermined where nothing that was loaded since explains it",
    "accounts": "How many accounts behind it are concerned; 0 where none of them is behind it any more",
    "previously": "What was published of it then, as JSON; null where it was not there",
    "published": "What is published of it now, as JSON; null where it is not there",
}
_SCHEMA = pa.schema(
    [
        (name, pa.int64() if name in ("sequence", "previous_sequence", "accounts") else pa.string())
        for name in DESCRIPTIONS
        if name
    ]
)
_TOLERANCE = 1e-9


def since(
    connection: duckdb.DuckDBPyConnection,
    earlier: Earlier | None,
    later: pa.Table,
    sequence: int,
    as_of: date,
) -> pa.Table:
    """What publication `sequence` restates, on a connection with the working file attached as `working`.

    `later` are its figures of money as in the ledger. Raises duckdb.Error if the working file cannot be read.
    """
    changed = [] if earlier is None else [*_changed(earlier.money, later, earlier.as_of, as_of)]
    if earlier is None or not changed:
        return _SCHEMA.empty_table()
    connection.register("changed_money", pa.Table.from_pylist(changed, _CHANGED))
    _reasons(connection, earlier)
    _behind(connection, sorted({str(row["table_name"]) for row in changed}))
    left_over = "undetermined" if _same_definition(connection, earlier) else "definition"
    return (
        connection.execute(
            f"""
        with direct as (
            select table_name, figure, cause, count(distinct account_key) as accounts
            from money_behind
            inner join money_reasons using (account_key)
            group by all
        ),

        elsewhere as (
            select distinct table_name, cause from direct
        ),

        untraced as (
            select distinct cause from money_reasons where account_key is null
        ),

        unexplained as (
            select table_name, figure from changed_money
            anti join direct using (table_name, figure)
        ),

        indirect as (
            select table_name, figure, cause from unexplained inner join elsewhere using (table_name)
            union
            select table_name, figure, cause from unexplained cross join untraced
        ),

        explained as (
            select * from direct
            union all
            select *, 0 from indirect
            union all
            select table_name, figure, '{left_over}', 0 from unexplained
            anti join indirect using (table_name, figure)
        )

        select
            cast({sequence} as bigint) as sequence, cast({earlier.sequence} as bigint) as previous_sequence,
            table_name, figure, cause, accounts, previously, published
        from explained
        inner join changed_money using (table_name, figure)
        """
        )
        .to_arrow_table()
        .cast(_SCHEMA)
    )


#: What is hidden now and was not then is no restatement, and is not told again.
_HIDDEN = (None, "withheld", "suppressed_for_others")
_CHANGED = pa.schema([(name, pa.string()) for name in ("table_name", "figure", "previously", "published")])


def _changed(earlier: pa.Table, later: pa.Table, then: date, now: date) -> Iterator[dict[str, str | None]]:
    """Figures that both publications have, with other values or made of other rows."""
    before, after = _by_figure(earlier), _by_figure(later)
    in_both = {table for table, _ in before} & {table for table, _ in after}
    for each in sorted({*before, *after}):
        table, figure = each
        if table not in in_both or not money.KINDS[table].is_same(json.loads(figure), then, now):
            continue
        was, is_ = before.get(each), after.get(each)
        if was is None or is_ is None or was[1] != is_[1] or _differ(was[0], is_[0]):
            yield {
                "table_name": table,
                "figure": figure,
                "previously": was[0] if was else None,
                "published": is_[0] if is_ else None,
            }


def _by_figure(rows: pa.Table) -> dict[tuple[str, str], tuple[str, str]]:
    columns = (rows.column(name).to_pylist() for name in ("table_name", "figure", "published", "fingerprint"))
    return {(table, figure): (shown, prints) for table, figure, shown, prints in zip(*columns, strict=True)}


def _differ(was: str, is_: str) -> bool:
    """Whether values differ by more than the order of a sum could make."""
    if was == is_:
        return False
    before, after = json.loads(was), json.loads(is_)
    return before.keys() != after.keys() or any(not _alike(before[name], after[name]) for name in before)


def _alike(was: str | None, is_: str | None) -> bool:
    if was == is_ or is_ in _HIDDEN:
        return True
    try:
        return isclose(float(was or ""), float(is_ or ""), rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    except ValueError:
        return False


def _behind(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """`money_behind`: the changed figures and the accounts behind them now."""
    queries = []
    for table in tables:
        relation = f"working.{content.SCHEMA}.{table}"
        key = money.key(table, money.columns(connection, relation))
        rows = money.behind(table, key, money.segments(connection, relation, key))
        queries.append(
            f"select distinct '{table}' as table_name, {money_ledger.as_json(key, 'rows_behind')} as figure,"
            f" account_key from ({rows}) as rows_behind"
        )
    connection.execute(
        f"create or replace temporary table money_behind as select * from ({' union all '.join(queries)})"
        " semi join changed_money using (table_name, figure)"
    )


def _reasons(connection: duckdb.DuckDBPyConnection, earlier: Earlier) -> None:
    """`money_reasons`: account and cause of what has come since; no account where it is not known now."""
    connection.execute("create or replace temporary table money_reasons (account_key varchar, cause varchar)")
    if earlier.answers is None or earlier.published_at is None:
        return
    scores = money.columns(connection, f"working.{content.SCHEMA}.nps_scores")
    split_by = in_both(earlier.figures.column_names, scores)
    causes.of_answers(connection, earlier.answers, earlier.published_at, split_by)
    connection.execute(
        """
        insert into money_reasons
        select distinct received.account_key, states.cause
        from changed_states as states
        inner join changed_answers using (answer)
        left join working.marts.fct_survey_responses as received
            on changed_answers.answer_id = md5(received.answer_key)
        union
        select survivor_key, 'merge' from merged_since
        """
    )
    since_then = f"timestamptz '{earlier.published_at.isoformat()}'"
    documents = _documents(connection, since_then)
    connection.execute(f"insert into money_reasons select account_key, 'document' from ({documents})")


def _documents(connection: duckdb.DuckDBPyConnection, since: str) -> str:
    """Accounts of billing's records (raw tables with a currency) that came or were withdrawn since; null for
    a record that is no document any more, such as a void one."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_columns()"
        " where database_name = 'working' and starts_with(schema_name, 'raw_') and column_name = 'currency'"
        " order by all"
    ).fetchall()
    come = [
        f"select '{schema.removeprefix('raw_')}' as source, lower(trim(records.record_id)) as record_id"
        f" from working.{schema}.{table} as records"
        f" inner join working.{schema}._dlt_loads as loads on records._dlt_load_id = loads.load_id"
        f" where loads.status = 0 and loads.inserted_at > {since}"
        for schema, table in tables
    ]
    if ("raw_files", "billing_invoices") in tables or ("raw_files", "billing_subscriptions") in tables:
        come.append(
            "select 'files', lower(trim(records.record_id)) from working.raw_files.withdrawals as records"
            " inner join working.raw_files._dlt_loads as loads on records._dlt_load_id = loads.load_id"
            f" where starts_with(table_name, 'billing_') and loads.inserted_at > {since}"
        )
    if not come:
        return "select cast(null as varchar) as account_key where false"
    return f"""
        with come as ({" union ".join(come)}),
        documents as (
            select
                source, lower(invoice_id) as invoice_id, lower(split_part(document_id, ':', 1)) as record_id,
                coalesce(account_key, given_account_key) as account_key
            from working.intermediate.int_revenue__recognised
        ),
        told as (
            select source, record_id, account_key from documents
            union
            select source, invoice_id, account_key from documents
        )
        select distinct told.account_key
        from come
        left join told on come.source = told.source and come.record_id = told.record_id
    """


def _same_definition(connection: duckdb.DuckDBPyConnection, earlier: Earlier) -> bool:
    """Whether the definition, floors and tiers with it, is told as it was."""
    if earlier.folder is None:
        return True
    file = content.literal(content.parquet_file(earlier.folder, "metric_definitions"))
    [(different,)] = connection.execute(
        f"select count(*) from (from working.{content.SCHEMA}.metric_definitions"
        f" except from read_parquet({file}))"
    ).fetchall()
    return not different
