"""Two writings are one id, or not: in Python and in the engine alike."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import definition
from expectations.recount import answers, recount
from expectations.recount.ids import as_customer, as_identity, customer, identity
from expectations.recount.sample import Sample
from expectations.recount.versions import RawRecords


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


#: Where the CRM of `whole_warehouse` keeps accounts and contacts, and where else they are named.
KEPT = ("crm_accounts.record_id", "crm_accounts.account_id", "crm_contacts.record_id")
NAMED = (
    *("crm_accounts.merged_into_id", "crm_contacts.merged_into_id", "crm_contacts.account_id"),
    *("billing_invoices.account_id", "surveys_invitations.contact_id", "surveys_erasures.contact_id"),
    *("surveys_responses.account_id", "surveys_responses.contact_id"),
)
AS_OF = date(2026, 5, 1)


def short(prefix: str, number: int) -> str:
    """An id in Salesforce's short form; any two of them differ by nothing but case."""
    letters = enumerate("abcdefghijkl")
    return prefix + "".join(letter.upper() if number >> place & 1 else letter for place, letter in letters)


def reduce(connection: duckdb.DuckDBPyConnection, way: str) -> None:
    """Leave answers one way to their customers, and let there be merges and a contact's erasure."""
    others = {"account_id": "AccountId", "contact_id": "ContactId", "invitation_id": "InvitationId"}
    del others[way]
    for column, key in others.items():
        connection.execute(f"update raw_files.surveys_responses set {column} = null")
        connection.execute(f"update raw_qualtrics.responses set {column} = null")
        connection.execute(
            "update raw_qualtrics.responses set payload = json_merge_patch(payload, ?)",
            [f'{{"values":{{"{key}":null}}}}'],
        )
    connection.execute("update raw_files.crm_accounts set merged_into_id = 'A6' where record_id = 'A5'")
    connection.execute("update raw_files.crm_contacts set merged_into_id = 'C200' where record_id = 'C100'")
    connection.execute(
        "update raw_files.surveys_erasures set response_id = null, contact_id = 'C50' where record_id = 'E17'"
    )


def rename(connection: duckdb.DuckDBPyConnection, kept_short: bool) -> None:
    """Give all accounts and contacts Salesforce's ids: of one form in the CRM, of the other elsewhere."""
    ids = {f"a{number}": short("001", number) for number in range(50)}
    ids |= {f"c{number}": short("003", number) for number in range(901)}
    forms = {old: (new, customer(new)) if kept_short else (customer(new), new) for old, new in ids.items()}
    old, kept, named = zip(*((old, *both) for old, both in forms.items()), strict=True)
    connection.register("forms", pa.table({"old": old, "kept": kept, "named": named}))
    places = [(f"raw_files.{place}", "kept") for place in KEPT] + [(f"raw_files.{p}", "named") for p in NAMED]
    places += [(f"raw_qualtrics.{table}.contact_id", "named") for table in ("responses", "invitations")]
    for place, form in places:
        table, column = place.rsplit(".", 1)
        connection.execute(
            f"update {table} set {column} = forms.{form} from forms where lower({column}) = forms.old"
        )
    for table, name in (("responses", "AccountId"), ("responses", "ContactId"), ("invitations", "contactId")):
        connection.execute(
            f"update raw_qualtrics.{table} as sent set payload = replace(payload,"
            f" '\"{name}\":\"' || forms.old || '\"', '\"{name}\":\"' || forms.named || '\"')"
            f" from forms where contains(sent.payload, '\"{name}\":\"' || forms.old || '\"')"
        )
    connection.unregister("forms")


def figures(warehouse: Path) -> dict[object, tuple[str, ...]]:
    found = recount(warehouse, AS_OF).figures
    names = sorted(found.numbers)
    return {
        key: tuple(str(found.numbers[name][place]) for name in names) for place, key in enumerate(found.keys)
    }


@pytest.mark.many
@pytest.mark.parametrize("way", ["account_id", "contact_id", "invitation_id"])
@pytest.mark.parametrize("kept_short", [False, True])
def test_a_company_is_the_same_by_either_form(warehouse: Path, kept_short: bool, way: str) -> None:
    with duckdb.connect(warehouse) as connection:
        reduce(connection, way)
    before = figures(warehouse)
    with duckdb.connect(warehouse) as connection:
        rename(connection, kept_short)
        inputs = (RawRecords(connection), definition.versions(), AS_OF)
        # An erased answer is found for a sample by what the marts call erased, and these do not.
        whole, half = answers.everything(*inputs, None, True).answers, Sample.of(0.5)
        some = {row for row in answers.everything(*inputs, half, True).answers if row.disposition != "erased"}
        assert (
            some == {row for row in whole if half.holds(row.person) and row.disposition != "erased"} != set()
        )
    assert figures(warehouse) == before
