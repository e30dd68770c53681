"""Which readings of files no guard has seen yet, as the loader has written them down.

Belongs here: `raw_files.intake`. Does not belong here: the files themselves, or what was read from them.
"""

from __future__ import annotations

from typing import NamedTuple

import duckdb


class FileLoad(NamedTuple):
    """What the loader says of one reading of a file. `offset`: a row's number is its position less this."""

    table: str
    file: str
    file_hash: str
    received: int
    landed: int
    known: int
    repeated: int
    quarantined: int
    left_out: int
    offset: int
    load_id: str


def unseen(connection: duckdb.DuckDBPyConnection, seen_through: str) -> list[FileLoad]:
    """The latest reading of each file, where it is of a load after `seen_through`."""
    rows = connection.execute(
        """
        with finished as (
          select
            i.*,
            row_number() over (partition by table_name, file_name order by _dlt_load_id desc) as place
          from raw_files.intake as i
          where _dlt_load_id in (select load_id from raw_files._dlt_loads where status = 0)
        )

        select
          table_name, file_name, file_hash, received, landed, known, repeated, quarantined, left_out,
          position_offset, _dlt_load_id
        from finished
        where place = 1 and _dlt_load_id > ?
        order by table_name, file_name
        """,
        [seen_through],
    ).fetchall()
    return [FileLoad(*row) for row in rows]
