"""Detects ids that start again in each file. Two files whose common ids belong to different moments are not
versions of each other, and loading both would hide one behind the other.

Works on `offered`, `known` and `files`; each record is compared with the file before that has it.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb

_EXAMPLES = 3
_IS_ANY_OTHER = """
select 1
where
  (select count(*) from files) > 1
  or exists (select 1 from known where not is_withdrawn and file_name not in (select file_name from files))
"""


@dataclass(frozen=True)
class Restart:
    """Of the ids that a file shares with an earlier one, how many belong to another moment there.

    `examples`: record id, the moment here, the moment there.
    """

    file_name: str
    other: str
    shared: int
    moved: int
    examples: tuple[tuple[str, datetime, datetime], ...]


def restarts(db: duckdb.DuckDBPyConnection) -> Restart | None:
    """The first delivered file of which more than half of the shared ids have another moment."""
    if not db.execute(_IS_ANY_OTHER).fetchone():
        return None
    found = db.execute(
        f"""
        with told as (
          select
            record_id, file_name, min(moment) as first_moment, max(moment) as last_moment,
            '' as load_id, min(position) as place, true as is_delivered
          from offered
          group by record_id, file_name
          union all
          select record_id, file_name, min(moment), max(moment), max(load_id), 0, false
          from known
          where not is_withdrawn and file_name not in (select file_name from files)
          group by record_id, file_name
        ),

        neighbours as (
          select
            record_id, file_name, first_moment, last_moment, is_delivered,
            lag(file_name) over by_record as other,
            lag(first_moment) over by_record as other_first,
            lag(last_moment) over by_record as other_last
          from told
          window by_record as (partition by record_id order by is_delivered, load_id, place)
        ),

        compared as (
          select
            *,
            first_moment not in (other_first, other_last) and last_moment not in (other_first, other_last)
              as is_moved
          from neighbours
          where is_delivered and other is not null
        ),

        pairs as (
          select
            file_name, other, count(*) as shared, count(*) filter (where is_moved) as moved,
            min(struct_pack(record_id, first_moment, other_first), {_EXAMPLES}) filter (where is_moved)
              as examples
          from compared
          group by file_name, other
        )

        select file_name, other, shared, moved, examples from pairs
        where 2 * moved > shared
        order by file_name, other
        limit 1
        """
    ).fetchall()
    for file_name, other, shared, moved, examples in found:
        listed = tuple((each["record_id"], each["first_moment"], each["other_first"]) for each in examples)
        return Restart(file_name, other, shared, moved, listed)
    return None
