"""An e-mail address as a branch is found in its file and column, and no message repeats it."""

from pathlib import Path

import duckdb
import pytest

from expectations import addresses
from expectations.dimensions import governed
from expectations.offending_rows import without_addresses
from vault.tokens import Tokens


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        columns = ", ".join(f"null::varchar as {name}" for name in governed().names)
        connection.execute(f"""
            create schema marts; create schema raw_files; create schema raw_salesforce;
            create table marts.fct_survey_responses as select true as is_counted, {columns} from range(4);
            create table raw_files.surveys_responses as
                select 'r' || range as record_id, '{{}}' as payload, 'B1' as branch_id,
                    'ann@x.example' as respondent_email, 'march.csv' as file_name
                from range(9);
            create table raw_salesforce.branches as
                select 'b' || range as record_id, '{{}}' as payload, 'North' as region from range(2);
            create table raw_files.intake as select 'march.csv' as file_name, 'ann@x.example' as region;
        """)
    return path


def told(warehouse: Path, *statements: str) -> list[str]:
    with duckdb.connect(str(warehouse)) as connection:
        for statement in statements:
            connection.execute(statement)
    found = addresses.places(warehouse)
    assert "ann" not in "".join(found), "a message repeats an address"
    return found


def test_no_address_is_no_line(warehouse: Path) -> None:
    assert told(warehouse) == []


def test_the_file_the_column_and_the_records_are_named(warehouse: Path) -> None:
    assert told(
        warehouse,
        "update marts.fct_survey_responses set branch = 'ann@x.example'",
        "update raw_files.surveys_responses set branch_id = ' Ann@X.example ' where record_id <> 'r3'",
    ) == [
        "branch of 4 answers is an address: files surveys_responses, file march.csv, column branch_id: "
        "8 rows, records r0, r1, r2 and 5 more"
    ]


def test_a_vendors_table_is_named_too(warehouse: Path) -> None:
    assert told(
        warehouse,
        "update marts.fct_survey_responses set region = 'ann@x.example' where rowid = 1",
        "update raw_salesforce.branches set region = 'ann@x.example' where record_id = 'b1'",
    ) == ["region of 1 answers is an address: salesforce branches, column region: 1 rows, records b1"]


def test_an_address_that_is_in_no_column_is_told_as_such(warehouse: Path) -> None:
    [line] = told(warehouse, "update marts.fct_survey_responses set plan = 'ann@x.example'")
    assert line == "plan of 4 answers is an address: in no column of raw: a model or a mapping makes them"


def test_the_token_of_an_address_is_an_address(warehouse: Path) -> None:
    token = Tokens(bytes(32)).email("ann@x.example")
    assert told(
        warehouse,
        f"update marts.fct_survey_responses set branch = '{token}'",
        f"update raw_files.surveys_responses set branch_id = '{token}' where record_id = 'r3'",
    ) == [
        "branch of 4 answers is an address: files surveys_responses, file march.csv, column branch_id: "
        "1 rows, records r3"
    ]


def test_no_example_that_is_kept_with_the_results_repeats_an_address() -> None:
    token, version = Tokens(bytes(32)).email("ann@x.example"), "0123456789abcdef@2026-11-30T10:00:00.5Z"
    assert without_addresses(f"of ann@x.example, {token}") == "of [address], [address]"
    assert [without_addresses(each) for each in (version, 3, None)] == [version, 3, None]
