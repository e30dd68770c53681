"""Two tables of the same key, compared column by column inside the engine.

Belongs here: what counts as equal. Does not belong here: where either table comes from.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

NEARLY = 1e-9
"""Doubles may differ by so much, relative to their size, or in absolute terms below 1."""


def differences(
    connection: duckdb.DuckDBPyConnection,
    one: str,
    other: str,
    key: Sequence[str],
    *,
    alike: Sequence[str] | None = None,
) -> dict[str, int]:
    """In how many rows each column of `one` differs; under "rows" how many rows only one of the tables has.

    `one` and `other` are tables or subqueries; `alike` limits the columns. Text, whole numbers and dates have
    to be the same, doubles nearly; null is only like null. No column of the key may be null.
    """
    described = connection.execute(f"describe select * from {one}").fetchall()
    columns = {name: kind for name, kind, *_ in described if alike is None or name in alike}
    if missing := set(key) - {name for name, *_ in described}:
        raise ValueError(f"{one} has no {', '.join(sorted(missing))}")
    same = {
        name: f"abs(one.{name} - other.{name}) <= {NEARLY} * greatest(1, abs(other.{name}))"
        f" or (one.{name} is null and other.{name} is null)"
        if kind in ("DOUBLE", "FLOAT")
        else f"one.{name} is not distinct from other.{name}"
        for name, kind in columns.items()
        if name not in key
    }
    matched = f"(one.{key[0]} is not null and other.{key[0]} is not null)"
    tallies = [f"count(*) filter (where not {matched})"]
    tallies += [
        f"count(*) filter (where {matched} and not coalesce({test}, false))" for test in same.values()
    ]
    on = " and ".join(f"one.{name} = other.{name}" for name in key)
    [found] = connection.execute(
        f"select {', '.join(tallies)} from (select * from {one}) as one"
        f" full outer join (select * from {other}) as other on {on}"
    ).fetchall()
    return {name: rows for name, rows in zip(("rows", *same), found, strict=True) if rows}
