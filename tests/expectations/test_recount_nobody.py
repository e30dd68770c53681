"""What the recount takes for nobody: the same in Python and in the engine, and no more than that."""

from __future__ import annotations

import duckdb
import pytest

from expectations.recount.nobody import address, as_address, as_known, known

NO_ID = (
    *(
        "0",
        "000",
        "0.0",
        "-1",
        "-99",
        "-",
        "--",
        "?",
        "n/a",
        "#n/a",
        "n.a.",
        "na",
        "none",
        "(none)",
        "<null>",
    ),
    *("unknown", "not available", "not_provided", "${e://field/contactid}", "{{contact.id}}", "anonymous"),
    "00000000-0000-0000-0000-000000000000",
)
IDS = ("1", "10", "a0", "0a", "5-3", "none-7", "unknown co", "naomi", "nonesuch", "-1a", "клиент")
NO_ADDRESS = (
    *("anonymous", "none", "n/a", "@", "a@", "@b.example", "noreply@b.example", "No-Reply@b.example".lower()),
    *("anonymous@b.example", "do_not.reply@b.example", "${m://email@x}"),
)
ADDRESSES = ("a@b", "ann@b.example", "noreply.ann@b.example", "na@b.example", '"a@b"@c.example')


@pytest.fixture
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize("text", [*NO_ID, *IDS])
def test_an_id_that_names_nobody(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    expected = None if text in NO_ID else text
    assert known(text) == expected
    assert engine.execute(f"select {as_known('id')} from (select ? as id)", [text]).fetchall() == [
        (expected,)
    ]


@pytest.mark.parametrize("text", [*NO_ADDRESS, *ADDRESSES])
def test_an_address_that_is_nobodys(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    expected = None if text in NO_ADDRESS else text
    assert address(text) == expected
    found = engine.execute(f"select {as_address('email')} from (select ? as email)", [text]).fetchall()
    assert found == [(expected,)]


def test_nothing_stays_nothing() -> None:
    assert known(None) is None
    assert address(None) is None
