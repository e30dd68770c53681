"""The comparison of two tables finds what it is there to find."""

from __future__ import annotations

import duckdb
import pytest

from tests.comparison import differences


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("select 1", {}),
        ("update other set figure = figure * (1 + 1e-10)", {}),
        ("update other set figure = figure * (1 + 1e-8) where id = 'a'", {"figure": 1}),
        ("update other set figure = null where id = 'a'", {"figure": 1}),
        ("update other set figure = 0 where id = 'c'", {"figure": 1}),
        ("update other set answers = answers + 1", {"answers": 2}),
        ("update other set word = 'x'", {"word": 3}),
        ("delete from other where id = 'b'", {"rows": 1}),
        ("insert into other select 'd', 1, 2, 'x'", {"rows": 1}),
        ("update other set id = 'd' where id = 'a'", {"rows": 2}),
    ],
)
def test_every_difference_is_found_in_its_column(change: str, found: dict[str, int]) -> None:
    with duckdb.connect() as connection:
        for table in ("one", "other"):
            connection.execute(
                f"create table {table} as from (values ('a', 12.5::double, 3, 'u'), ('b', -0.5, 4, 'v'),"
                " ('c', null, null, null)) as t (id, figure, answers, word)"
            )
        connection.execute(change)
        assert differences(connection, "one", "other", ["id"]) == found
