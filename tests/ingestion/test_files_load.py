"""The inbox to raw_files, through dlt and the warehouse: once, again, changed, back, and stopped."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.errors import FinalLoadError
from ingestion.load import LoadReport, load_source

HEADER = "response_id,score,responded_at\n"
TABLES = {
    "surveys_responses",
    "surveys_invitations",
    "surveys_erasures",
    "crm_accounts",
    "crm_contacts",
    "crm_branches",
    "billing_subscriptions",
    "billing_invoices",
    "billing_movements",
}
Drop = Callable[[str, str | bytes], Path]


@pytest.fixture
def drop(home: Path) -> Drop:
    """Puts a file into the inbox that looks as if it had been there for a while."""

    def put(place: str, content: str | bytes) -> Path:
        path = home / "inbox" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (1_600_000_000 + len(content), 1_600_000_000 + len(content)))
        return path

    return put


def ask(home: Path, sql: str) -> list[Any]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(f"use raw_files; {sql}").fetchall()


def current(home: Path, table: str, key: str, value: str) -> dict[str, Any]:
    """The current version of each record, by the contract's order."""
    return dict(
        ask(
            home,
            f"select {key}, {value} from {table} qualify row_number() over (partition by record_id "
            "order by version_at desc nulls last, _dlt_load_id desc, position desc) = 1",
        )
    )


def loaded(report: LoadReport, table: str = "surveys_responses") -> tuple[int, int]:
    return report.rows[table], report.quarantined[table]


def test_all_tables_exist_with_an_empty_inbox(home: Path) -> None:
    report = load_source("files")
    assert set(report.rows) == TABLES
    for table in TABLES | {"quarantine"}:
        assert ask(home, f"select count(*) from {table}") == [(0,)]


def test_versions_come_once_and_the_last_delivered_is_current(home: Path, drop: Drop) -> None:
    first = HEADER + "R1,9,2024-03-01\nR2,3,2024-03-01\nR3,ten,2024-03-01\nR3b\n"
    drop("surveys/responses/a.csv", first)
    assert loaded(load_source("files")) == (2, 2)
    assert loaded(load_source("files")) == (0, 0), "an unchanged file is skipped"

    drop("surveys/responses/a.csv", first + "R4,1,2024-03-01\n")
    assert loaded(load_source("files")) == (1, 0), "only what is new in a file that grew"

    drop("surveys/responses/b.csv", HEADER + "R1,0,2024-03-01\n")
    assert loaded(load_source("files")) == (1, 0)
    assert current(home, "surveys_responses", "response_id", "score") == {"R1": 0, "R2": 3, "R4": 1}

    drop("surveys/responses/c.csv", HEADER + "R1,9,2024-03-01\nR2,3,2024-03-01\n")
    assert loaded(load_source("files")) == (1, 0), "back to an earlier content is a new version"
    assert current(home, "surveys_responses", "response_id", "score") == {"R1": 9, "R2": 3, "R4": 1}
    versions = ask(
        home, "select version_id = content_hash, version_at is null from surveys_responses order by position"
    )
    assert ask(
        home,
        "select count(*) from surveys_responses where (version_at is null) <> (version_id = content_hash)",
    ) == [(0,)]
    assert len(versions) == 5

    drop("surveys/responses/d.csv", HEADER + "R1,5,2024-03-01\nR1,9,2024-03-01\n")
    assert loaded(load_source("files")) == (2, 0)
    assert current(home, "surveys_responses", "response_id", "score")["R1"] == 9
    drop("surveys/responses/d.csv", HEADER + "R1,5,2024-03-01\nR1,9,2024-03-01\n\n")
    assert loaded(load_source("files")) == (0, 0), (
        "a delivery that repeats what is known and ends in the latest"
    )


def test_an_older_version_that_comes_late_stays_older(home: Path, drop: Drop) -> None:
    header = "account_id,updated_at,name\n"
    drop("crm/accounts/2.csv", header + "A,2024-02-01,new\n")
    load_source("files")
    drop("crm/accounts/1.csv", header + "A,2024-01-01,old\nB,2024-01-01,b\n")
    assert loaded(load_source("files"), "crm_accounts") == (2, 0)
    assert current(home, "crm_accounts", "account_id", "name") == {"A": "new", "B": "b"}
    drop("crm/accounts/3.csv", header + "A,2024-01-01,old\nA,2024-02-01,renamed\n")
    assert loaded(load_source("files"), "crm_accounts") == (1, 0)
    assert current(home, "crm_accounts", "account_id", "name")["A"] == "renamed"
    drop("crm/accounts/4.csv", header + "A,2024-02-01,new\n")
    assert loaded(load_source("files"), "crm_accounts") == (1, 0)
    assert current(home, "crm_accounts", "account_id", "name")["A"] == "new"


def test_a_corrected_mapping_is_read_anew(home: Path, drop: Drop) -> None:
    drop("surveys/responses/a.csv", HEADER + "R1,9,02/03/2024\n")
    drop("surveys/responses/a.toml", 'date_order = "mdy"')
    load_source("files")
    drop("surveys/responses/a.toml", 'date_order = "dmy"')
    assert loaded(load_source("files")) == (1, 0)
    assert str(current(home, "surveys_responses", "response_id", "responded_at::date")["R1"]) == "2024-03-02"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("surveys/responses/b.csv", 'required columns "response_id", "score", "responded_at" are missing'),
        ("surveys/responses/b.docx", "format is not supported"),
        ("survey/responses/b.csv", "nothing is read from here"),
        ("crm/accounts/b.csv", 'required columns "account_id", "updated_at" are missing'),
    ],
)
def test_a_file_that_cannot_be_understood_stops_the_load(
    home: Path, drop: Drop, place: str, message: str
) -> None:
    drop("surveys/responses/a.csv", HEADER + "R1,9,2024-03-01\n")
    wrong = drop(place, "x,y\n1,2\n")
    with pytest.raises(FinalLoadError, match=message):
        load_source("files")
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        assert warehouse.execute(
            "select count(*) from duckdb_tables() where table_name = 'surveys_responses'"
        ).fetchall() == [(0,)]
    wrong.unlink()
    if place.startswith("survey/"):
        wrong.parent.rmdir()
        wrong.parent.parent.rmdir()
    assert loaded(load_source("files")) == (1, 0), "what was in order is loaded by the next run"
    assert not list((home / "scratch").iterdir())


def test_files_that_are_being_written_are_left_alone(
    home: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv.part", "b.tmp", ".c.csv", "~$d.xlsx"):
        drop(f"surveys/responses/{name}", "unfinished")
    growing = drop("surveys/responses/e.csv", HEADER + "R1,9,2024-03-01\n")
    os.utime(growing)

    def somebody_writes(_: float) -> None:
        growing.write_text(growing.read_text() + "R2,9,2024")

    monkeypatch.setattr("ingestion.files.inbox._SETTLED_SECONDS", 60.0)  # also where the machine is slow
    monkeypatch.setattr("ingestion.files.inbox.time.sleep", somebody_writes)
    assert load_source("files").received["surveys_responses"] == 0


def test_a_french_retailers_survey(home: Path, drop: Drop) -> None:
    answers = [
        '"","client","nps","explication","CaTicket"',
        '"1",17,10,"Très bon accueil, à refaire",12.85',
        '"2",18,NA,NA,3.5',
        '"3",19,7,"Caisse fermée ""encore""",8',
    ]
    drop("surveys/responses/enquete.csv", "\r\n".join(answers).encode("latin-1"))
    drop(
        "surveys/responses/enquete.toml",
        """
        encoding = "latin-1"
        null_tokens = ["", "NA"]

        [columns]
        response_id = "client"
        score = "nps"
        comment = "explication"

        [defaults]
        responded_at = "2014-11-01T00:00:00Z"
        """,
    )
    assert loaded(load_source("files")) == (3, 0)
    assert ask(
        home, "select response_id, score, comment, payload from surveys_responses order by position"
    ) == [
        (
            "17",
            10.0,
            "Très bon accueil, à refaire",
            '{"column_1":"1","client":"17","nps":"10","explication":"Très bon accueil, à refaire",'
            '"CaTicket":"12.85"}',
        ),
        ("18", None, None, '{"column_1":"2","client":"18","nps":"NA","explication":"NA","CaTicket":"3.5"}'),
        (
            "19",
            7.0,
            'Caisse fermée "encore"',
            '{"column_1":"3","client":"19","nps":"7","explication":"Caisse fermée \\"encore\\"",'
            '"CaTicket":"8"}',
        ),
    ]


_LOAD_ON_A_FULL_DISK = """
import resource, signal, sys
from ingestion import load
# Writing past the limit fails like a full disk does, in Python and inside the engines alike.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
build, size = load.build_source, int(sys.argv[1])

def build_then_fill(*asked):
    source = build(*asked)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return source

load.build_source = build_then_fill
try:
    load.load_source("files")
except load.LoadError as error:
    sys.exit(f"error: {error}")
"""


@pytest.mark.parametrize(
    ("size", "message"),
    [
        pytest.param(100_000, "Error writing bytes to file", id="while rows are held"),
        pytest.param(
            9_000_000,
            "Could not write file .*warehouse.duckdb",
            id="while they are loaded",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_disk_that_fills_loses_nothing(home: Path, drop: Drop, size: int, message: str) -> None:
    drop("surveys/responses/a.csv", HEADER + "R1,9,2024-03-01\nR2\n")
    load_source("files")
    before = ask(home, "select * from surveys_responses")
    rows = "".join(f"R{at},{at % 11},2024-03-01\n" for at in range(2, 40_000))
    drop("surveys/responses/b.csv", HEADER + rows + "bad\n")
    full = subprocess.run(
        [sys.executable, "-c", _LOAD_ON_A_FULL_DISK, str(size)],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "NPS_HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert full.returncode == 1
    assert re.match(f"error: files: .*{message}", full.stderr.splitlines()[-1])
    finished = "_dlt_load_id in (select load_id from _dlt_loads where status = 0)"
    assert ask(home, f"select * from surveys_responses where {finished}") == before

    assert loaded(load_source("files")) == (39_998, 1)
    counts = "select count(*), count(distinct record_id), sum(score) from surveys_responses"
    assert ask(home, counts) == [(39_999, 39_999, 9 + sum(at % 11 for at in range(2, 40_000)))]
    assert ask(home, "select count(*) from quarantine") == [(2,)]
    assert not list((home / "scratch").iterdir())
