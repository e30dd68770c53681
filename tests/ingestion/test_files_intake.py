"""Every record of a file is counted: new, known, repeated or in quarantine; and ids mean one thing only."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ingestion import warehouse
from ingestion.errors import FinalLoadError, LoadMismatchError
from ingestion.files import source, versions
from ingestion.files.choice import choose_sql
from ingestion.files.intake import Intake, intake_table
from ingestion.files.mapping import Mapping
from ingestion.files.readers import open_reading
from ingestion.files.tables import FILE_TABLES
from ingestion.files.versions import Delivery
from tests.ingestion.inbox import HEADER, Inbox


@pytest.fixture
def inbox(home: Path) -> Inbox:
    return Inbox(home)


def test_every_row_is_counted_once(inbox: Inbox) -> None:
    inbox.drop(
        "a.csv", HEADER + "R1,9,2025-01-01\nR1,9,2025-01-01\nR2,5,2025-01-01\nR2,6,2025-01-01\n" + "x\n" * 3
    )
    report = inbox.load()
    assert inbox.intake() == (7, 3, 0, 1, 3, 0)
    assert report.remarks == [
        "a.csv: 2 rows share their id with a later row of the file; the later row counts"
    ]
    assert inbox.current() == [("R1", 9.0), ("R2", 6.0)]
    inbox.drop("b.csv", HEADER + "R1,9,2025-01-01\nR3,5,2025-01-01\nx\n")
    inbox.load()
    assert inbox.intake() == (3, 1, 1, 0, 1, 0)
    offset = inbox.intake("position_offset")[0]
    assert offset == 0, "the only file of its load"


def test_alike_texts_are_a_quarantine_row_each_whatever_is_inserted(inbox: Inbox) -> None:
    inbox.drop("a.csv", HEADER + "x\nx\n")
    inbox.load()
    before = inbox.ask("select original_hash from quarantine order by all")
    inbox.drop("a.csv", HEADER + "y\nx\nR1,9,2025-01-01\nx\nx\n")
    inbox.load()
    assert inbox.quarantine() == ["y", "x", "x", "x"]
    assert set(before) < set(inbox.ask("select original_hash from quarantine"))
    assert inbox.ask("select count(distinct original_hash) from quarantine") == [(4,)]
    assert inbox.intake() == (5, 1, 2, 0, 2, 0)


def test_a_row_number_follows_from_position_and_offset(inbox: Inbox) -> None:
    inbox.drop("a.csv", HEADER + "R1,9,2025-01-01\nbad\n")
    inbox.drop("b.csv", HEADER + "S1,9,2025-01-01\nS2,9,2025-01-01\n")
    inbox.load()
    assert inbox.ask(
        "select response_id, position - position_offset from surveys_responses"
        " inner join intake using (file_name, _dlt_load_id) order by 1"
    ) == [("R1", 1), ("S1", 1), ("S2", 2)]


def test_a_row_that_is_lost_takes_the_load_back(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever drops a row between the reader and raw."""
    inbox.drop("a.csv", HEADER + "R1,9,2025-01-01\nR1,8,2025-01-01\nR2,9,2025-01-01\n")
    with monkeypatch.context() as patch:
        patch.setattr(versions, "choose_sql", lambda now: choose_sql(now) + " and record_id not like '%R2%'")
        with pytest.raises(LoadMismatchError, match="surveys_responses received 3 records, but landed 2"):
            inbox.load()
    assert inbox.ask("select count(*) from _dlt_loads where status = 0") == [(0,)]

    def one_more(files: list[Intake]) -> pa.Table:
        return intake_table([replace(file, received=file.received + 1) for file in files])

    with monkeypatch.context() as patch:
        patch.setattr(source, "intake_table", one_more)
        with pytest.raises(
            LoadMismatchError, match=r"a.csv \(surveys_responses\) gave 4 records, of which 3"
        ):
            inbox.load()
    assert inbox.ask("select count(*) from _dlt_loads where status = 0") == [(0,)]
    inbox.load()
    assert len(inbox.current()) == 2


def test_one_row_read_by_two_mappings_is_two_versions(inbox: Inbox) -> None:
    for name, column in (("x", "s15"), ("y", "s16")):
        inbox.drop(f"{name}.csv", "id,s15,s16\nA1,9,2\n")
        inbox.drop(
            f"{name}.toml",
            f'[columns]\nresponse_id = "id"\nscore = "{column}"\n[defaults]\nresponded_at = "2025-01-01"',
        )
    inbox.load()
    assert inbox.ask(
        "select score, count(distinct version_id) from surveys_responses group by 1 order by 1"
    ) == [
        (2.0, 1),
        (9.0, 1),
    ]
    assert inbox.ask("select count(distinct version_id) from surveys_responses") == [(2,)]
    assert inbox.current() == [("A1", 2.0)], "the later file counts"
    assert inbox.ask("select received, landed from intake") == [(1, 1), (1, 1)]


@pytest.mark.parametrize("at_once", [True, False])
def test_ids_that_begin_again_in_each_file_are_refused(inbox: Inbox, at_once: bool) -> None:
    inbox.drop("w1.csv", HEADER + "".join(f"{at},{at},2024-05-0{at}\n" for at in range(1, 6)))
    if not at_once:
        inbox.load()
    inbox.drop("w2.csv", HEADER + "".join(f"{at},10,2025-05-0{at}\n" for at in range(1, 5)))
    with pytest.raises(FinalLoadError) as refused:
        inbox.load()
    message = str(refused.value)
    assert "w2.csv: 4 of the 4 ids that it shares with w1.csv belong to another responded_at there" in message
    assert '"1" (2025-05-01 00:00 here, 2024-05-01 00:00 there)' in message
    assert 'response_id = ["@file", "response_id"]' in message
    assert "deliver it under that name" in message


def test_a_few_answers_that_moved_are_edits(inbox: Inbox) -> None:
    inbox.drop("a.csv", HEADER + "".join(f"{at},{at},2024-05-0{at}\n" for at in range(1, 6)))
    inbox.load()
    inbox.drop("b.csv", HEADER + "1,1,2024-05-01\n2,2,2024-05-02\n3,9,2024-06-03\n4,4,2024-07-01\n")
    inbox.load()
    assert ("3", 9.0) in inbox.current()


def test_an_older_warehouse_without_these_tables_is_compared(inbox: Inbox) -> None:
    """Its files are all read again, and what raw has of them is known."""
    inbox.drop("a.csv", HEADER + "R1,9,2025-01-01\n")
    inbox.load()
    with duckdb.connect(str(warehouse.working_file())) as connection:
        for table in ("intake", "withdrawals", "shared_versions"):
            connection.execute(f"drop table raw_files.{table}")
        connection.execute("alter table raw_files.surveys_responses drop column device_id")
    reading = open_reading(inbox.home / "inbox/surveys/responses/a.csv", Mapping())
    with Delivery(FILE_TABLES[0], inbox.home, "2") as delivery:
        delivery.add(inbox.home / "inbox/surveys/responses/a.csv", reading, Mapping())
        assert delivery.versions(warehouse.working_file(), "raw_files").count == 0
        assert (delivery.files[0].received, delivery.files[0].known) == (1, 1)
