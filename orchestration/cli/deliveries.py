"""`nps sources`, file by file: what the last reading of each brought, and which rows are bad.

Belongs here: files. Does not belong here: vendors, or how much is too much (`limits`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
from rich.console import Console
from rich.table import Table

from publication.wording import count

_LAST = """
    with ended as (select load_id, inserted_at from raw_files._dlt_loads where status = 0),
    readings as (
        select intake.*, ended.inserted_at,
            sum(withdrawn) over (partition by table_name, file_name) as withdrawn_ever,
            row_number() over (partition by table_name, file_name order by load_id desc) as place
        from raw_files.intake
        inner join ended on intake._dlt_load_id = ended.load_id
    )
    select table_name, file_name, received, landed, known, repeated, left_out, withdrawn_ever::bigint,
        inserted_at
    from readings
    where place = 1
    order by table_name, file_name
"""
_REASONS = """
    select table_name, origin, reason, count(*), arg_min(position, position), arg_min(detail, position)
    from raw_files.quarantine as quarantine
    where not exists (
        select 1 from raw_files.withdrawals as gone
        inner join raw_files._dlt_loads as loads on gone._dlt_load_id = loads.load_id and loads.status = 0
        where gone.table_name = quarantine.table_name and gone.origin = quarantine.origin
            and gone.original_hash = quarantine.original_hash
    )
    group by all
    order by table_name, origin, count(*) desc, reason
"""


@dataclass(frozen=True)
class Wrong:
    """Rows of a file in quarantine for one reason; `row` and `detail` describe the first."""

    reason: str
    rows: int
    row: int
    detail: str


@dataclass(frozen=True)
class Delivery:
    """A file at its last reading; `withdrawn` counts what all its readings have withdrawn."""

    table: str
    file: str
    received: int
    landed: int
    known: int
    repeated: int
    left_out: int
    withdrawn: int
    read_at: datetime
    wrong: tuple[Wrong, ...]


def read(connection: duckdb.DuckDBPyConnection) -> list[Delivery]:
    """Every file ever read, with its rows now in quarantine."""
    tables = {
        name
        for (name,) in connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'raw_files'"
        ).fetchall()
    }
    if not {"intake", "withdrawals", "quarantine", "_dlt_loads"} <= tables:
        return []
    wrong: dict[tuple[str, str], list[Wrong]] = {}
    for table, file, *rest in connection.execute(_REASONS).fetchall():
        wrong.setdefault((table, file), []).append(Wrong(*rest))
    files = connection.execute(_LAST).fetchall()
    return [Delivery(*(*file, tuple(wrong.get((file[0], file[1]), ())))) for file in files]


def write(deliveries: list[Delivery], console: Console) -> None:
    """One line per file, then one per reason with its first row and the remedy."""
    if not deliveries:
        return
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("file", "table", "last read (UTC)"):
        shown.add_column(heading, overflow="fold")
    for heading in ("received", "new", "known", "repeated", "quarantined", "left out", "withdrawn"):
        shown.add_column(heading, justify="right")
    for each in deliveries:
        shown.add_row(
            each.file,
            each.table,
            f"{each.read_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            *map(
                count,
                (
                    *(each.received, each.landed, each.known, each.repeated),
                    *(sum(wrong.rows for wrong in each.wrong), each.left_out, each.withdrawn),
                ),
            ),
        )
    console.print()
    console.print(shown)
    for line in lines(deliveries):
        console.print(line, style="dim", markup=False, soft_wrap=True)


def lines(deliveries: list[Delivery]) -> Iterator[str]:
    """What is wrong: one line per file and reason."""
    for each in deliveries:
        for wrong in each.wrong:
            first = f"row {wrong.row}: {wrong.detail}"
            yield f"{wrong.reason}, {count(wrong.rows)} × in {each.file}, such as {first}"


def by_reason(deliveries: list[Delivery]) -> dict[str, int]:
    """Quarantined rows of all files, by reason."""
    totals: Counter[str] = Counter()
    for each in deliveries:
        totals.update({wrong.reason: wrong.rows for wrong in each.wrong})
    return dict(totals.most_common())
