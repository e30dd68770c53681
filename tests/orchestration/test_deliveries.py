"""`nps sources` and the end of a refresh: file by file and kind by kind, with an example and what to do."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from orchestration import shortfall
from orchestration.cli import app

_LOADED = """
    create schema raw_files;
    create table raw_files._dlt_loads as
    select * from (values ('1', 0, timestamptz '2026-01-01 05:00:00Z'),
        ('2', 0, timestamptz '2026-01-02 05:00:00Z'),
        ('3', 1, timestamptz '2026-01-03 05:00:00Z')) as loads (load_id, status, inserted_at);
    create table raw_files.intake as
    select *, 0 as left_out from (values
        ('surveys_responses', 'a.csv', 1000, 600, 0, 0, 400, 0, '1'),
        ('surveys_responses', 'a.csv', 1000, 397, 600, 1, 2, 398, '2'),
        ('crm_accounts', 'acc.csv', 50, 50, 0, 0, 0, 0, '1'),
        ('crm_accounts', 'acc.csv', 7, 7, 0, 0, 0, 0, '3')
    ) as files
        (table_name, file_name, received, landed, known, repeated, quarantined, withdrawn, _dlt_load_id);
    create table raw_files.quarantine as
    select 'surveys_responses' as table_name, 'a.csv' as origin, n as position, '1' as _dlt_load_id,
        case when n = 9 then 'bad_timestamp' else 'wrong_type' end as reason,
        case when n = 9 then 'responded_at is "9/13/21"; give century = 1950'
            else 'score is "' || n || '"' end as detail,
        'h' || n as original_hash
    from range(1, 401) as rows(n);
    create table raw_files.withdrawals as
    select 'surveys_responses' as table_name, 'a.csv' as origin, 'h' || n as original_hash,
        '2' as _dlt_load_id
    from range(1, 401) as rows(n) where n not in (9, 17, 18);
"""


@pytest.fixture
def warehouse(state: Path) -> Path:
    state.mkdir()
    with duckdb.connect(str(state / "warehouse.duckdb")) as connection:
        connection.execute(_LOADED)
    return state / "warehouse.duckdb"


def test_each_file_is_shown_as_it_was_read_last(warehouse: Path) -> None:
    shown = CliRunner().invoke(app, ["sources"]).output.splitlines()
    rows = {line.split()[0]: line.split() for line in shown if ".csv" in line and "such as" not in line}
    assert rows == {
        "a.csv": [
            "a.csv",
            "surveys_responses",
            "2026-01-02",
            "05:00",
            "1,000",
            "397",
            "600",
            "1",
            "3",
            "0",
            "398",
        ],
        "acc.csv": ["acc.csv", "crm_accounts", "2026-01-01", "05:00", "50", "50", "0", "0", "0", "0", "0"],
    }
    [files] = [line for line in shown if line.startswith("files ") and "yes" in line]
    assert files.endswith("2 wrong_type, 1 bad_timestamp")


def test_each_reason_of_each_file_has_an_example_and_its_remedy(warehouse: Path) -> None:
    shown = CliRunner().invoke(app, ["sources"]).output
    assert 'wrong_type, 2 × in a.csv, such as row 17: score is "17"' in shown
    assert (
        'bad_timestamp, 1 × in a.csv, such as row 9: responded_at is "9/13/21"; give century = 1950' in shown
    )


def test_what_was_not_joined_or_read_is_one_line_each(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.audit_unmatched as
            select * from (values
                ('files', 'answers', 'account', 1200, 34, 10, 'a9'),
                ('files', 'answers', 'contact', 1200, 0, 10, null),
                ('files', 'answers', 'employee', 20, 20, 0, 'u1'),
                ('files', 'answers', 'dimension branch', 1200, 1200, 0, 'b7'),
                ('files', 'invitations', 'status', 9, 2, 0, 'i4'),
                ('stripe', 'revenue_documents', 'account', 40, 3, 10, 'none, on in_1')
            ) as rows (source, records, kind, total, unknown_count, known_records, example);
            create schema staging;
            create table staging.stg_sources__quarantined_records as
            select 'files' as source, 'surveys_responses' as table_name, reason, 'a.csv' as origin,
                n as load_position, '1' as load_id, 'score is "' || n || '"' as detail
            from (values ('wrong_type', 5), ('wrong_type', 3), ('bad_timestamp', 9)) as rows (reason, n)
            """
        )
    assert shortfall.lines(path) == (
        "files answers: 34 of 1,200 account ids are unknown, such as a9",
        "files answers: all 1,200 have no branch although they have ids for it, such as b7",
        "files answers: 20 have the id of an employee, but none was ever loaded, such as u1",
        "files invitations: 2 of 9 have an unknown status, such as that of i4",
        "stripe revenue documents: 3 of 40 have no known account, such as none, on in_1",
        'files surveys_responses: 2 in quarantine as wrong_type, such as a.csv, row 3: score is "3"',
        'files surveys_responses: 1 in quarantine as bad_timestamp, such as a.csv, row 9: score is "9"',
    )
