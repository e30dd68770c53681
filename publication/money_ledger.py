"""The figures of money of a publication in the ledger: links of its chain before the first score.

    ledger/00000001.money.parquet   one file per publication that has any, never changed, one row per figure

A row holds sequence, as-of, table, key, what is published of the figure (JSON, each value as text, null where
it is not shown) and a fingerprint of the rows behind it. Its content is the JSON array of these six as text.
The file is written before that of the scores, whose chain goes on from its last row.

Belongs here: rows, their hashes, the file's name. Does not belong here: the order of files (`ledger`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from publication import money
from publication.content import SCHEMA
from publication.hashing import LedgerError, content_hash, row_hash

CONTENT = ("sequence", "as_of", "table_name", "figure", "published", "fingerprint")
COLUMNS = (*CONTENT, "previous_hash", "row_hash")

#: Of the rows behind a figure, in any order.
FINGERPRINT = "sum(md5_number_lower(part || '|' || content))"
#: The rows of a publication without money.
NONE = pa.schema(
    [
        (name, pa.int64() if name == "sequence" else pa.date32() if name == "as_of" else pa.string())
        for name in COLUMNS
    ]
).empty_table()


def file_name(sequence: int) -> str:
    """The file of a publication."""
    return f"{sequence:08}.money.parquet"


def figures(connection: duckdb.DuckDBPyConnection, catalog: str) -> pa.Table:
    """Every published figure of money of a working file, in order. Raises duckdb.Error."""
    queries = [_figures(connection, catalog, table) for table in money.published(connection, catalog)]
    none = "select '' as table_name, '' as figure, '' as published, '' as fingerprint where false"
    return connection.execute(
        f"select * from ({' union all '.join(queries) or none}) order by table_name, figure"
    ).to_arrow_table()


def chained(rows: pa.Table, sequence: int, as_of: date, previous_hash: str) -> pa.Table:
    """The rows of one publication: its figures with sequence, as-of and the chain from `previous_hash`."""
    whole = rows.add_column(0, "sequence", pa.array([sequence] * rows.num_rows, pa.int64()))
    whole = whole.add_column(1, "as_of", pa.array([as_of] * rows.num_rows, pa.date32()))
    hashes = [previous_hash]
    for digest in _digests(whole):
        hashes.append(row_hash(hashes[-1], digest))
    return whole.append_column("previous_hash", pa.array(hashes[:-1], pa.string())).append_column(
        "row_hash", pa.array(hashes[1:], pa.string())
    )


def head_of(rows: pa.Table, previous_hash: str) -> str:
    """The last hash of these rows; without any, the hash before them."""
    return str(rows.column("row_hash")[-1]) if rows.num_rows else previous_hash


def checked(name: str, rows: pa.Table, sequence: int, head: str) -> str:
    """The last hash of a file, after verifying that every row follows from the one before it."""
    if rows.column_names != [*COLUMNS]:
        raise LedgerError(
            f"{name} has the columns {rows.column_names}, not {[*COLUMNS]}: restore it from a backup"
        )
    said = zip(rows.column("previous_hash").to_pylist(), rows.column("row_hash").to_pylist(), strict=True)
    sequences = rows.column("sequence").to_pylist()
    for index, (digest, (previous, own)) in enumerate(zip(_digests(rows), said, strict=True)):
        if previous != head or own != row_hash(head, digest) or sequences[index] != sequence:
            raise LedgerError(
                f"the chain breaks in {name} at row {index + 1} ({rows.column('table_name')[index]}"
                f" {rows.column('figure')[index]}): it was changed, or a row before is missing; restore the"
                " file from a backup"
            )
        head = own
    return head


def _digests(rows: pa.Table) -> list[str]:
    columns = [pc.cast(rows.column(name), pa.string()).to_pylist() for name in CONTENT]
    return [content_hash(values) for values in zip(*columns, strict=True)]


def _figures(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> str:
    relation = f"{catalog}.{SCHEMA}.{table}"
    names = money.columns(connection, relation)
    key = money.key(table, names)
    behind = money.behind(table, key, money.segments(connection, relation, key), catalog)
    return f"""
        select
            '{table}' as table_name,
            {as_json(key, "figures")} as figure,
            {as_json(names[len(key) :], "figures")} as published,
            cast(coalesce(prints.fingerprint, 0) as varchar) as fingerprint
        from {relation} as figures
        left join (
            select {", ".join(key)}, {FINGERPRINT} as fingerprint
            from ({behind})
            group by all
        ) as prints using ({", ".join(key)})
    """


def as_json(names: Sequence[str], relation: str) -> str:
    """An expression: these columns of a relation as a JSON object, each value as text."""
    pairs = ", ".join(f"'{name}', cast({relation}.{name} as varchar)" for name in names)
    return f"cast(json_object({pairs}) as varchar)"
