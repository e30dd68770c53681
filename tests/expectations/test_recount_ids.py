"""Two writings are one id, or not: in Python and in the engine alike."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.ids import as_customer, as_identity, customer, identity


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        (" Ann@Customer.example\r\n", "ann@customer.example"),
        ("\t0015g00000XyZ\xa0", "0015g00000xyz"),
        ("\u3000支店", "支店"),
        ("ΟΔΟΣ", "οδοσ"),
        ("İzmir", "izmir"),
        (" \t\n", None),
    ],
)
def test_an_id_is_compared_as_the_models_and_the_engine_compare_it(written: str, compared: str) -> None:
    assert identity(written) == compared
    with duckdb.connect() as connection:
        found = connection.execute(f"select {as_identity('id')} from (select ? as id)", [written]).fetchone()
    assert found == (compared or "",)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("001M000000qfPyS", "001M000000qfPySIAU"),
        ("003M000000aBcDE", "003M000000aBcDEIA0"),
        ("001ABCDEFGHIJKL", "001ABCDEFGHIJKLY55"),
        ("\t001000000000000 ", "001000000000000AAA"),
    ],
)
def test_the_short_form_of_a_customer_is_its_long_one(short: str, long: str) -> None:
    assert customer(short) == customer(long) == long.lower()


def test_the_case_of_a_short_form_tells_customers_apart() -> None:
    assert len({customer(text) for text in ("001M000000qfPyS", "001M000000qfPys", "001M000000QfPyS")}) == 3


@pytest.mark.parametrize("other", ["005M000000qfPyS", "001M000000qfPy", "001M000000qf-yS", "001M000000qfPyé"])
def test_what_is_no_short_form_compares_as_any_id(other: str) -> None:
    assert customer(f" {other} ") == other.lower()


@settings(deadline=None)
@given(
    st.lists(
        st.from_regex("[ \\t]?00[0-4][0-9A-Za-z]{11,16}\\s?", fullmatch=True)
        | st.text(max_size=20)
        | st.none(),
        max_size=20,
    )
)
def test_the_engine_compares_customers_alike(written: list[str | None]) -> None:
    with duckdb.connect() as connection:
        connection.register("given", pa.table({"id": pa.array(written, pa.string())}))
        found = connection.execute(f"select nullif({as_customer('id')}, '') from given").fetchall()
    assert [key for (key,) in found] == [customer(text) for text in written]
