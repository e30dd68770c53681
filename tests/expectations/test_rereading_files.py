"""What a file's second reading finds: any value, row or count of the loader that is not the file's."""

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from expectations.file_tables import FILE_TABLES
from expectations.rereading.chunks import Share
from tests.expectations.read_twice import read_twice
from tests.ingestion.one_file import HEADER, TABLES, load, sheet_bytes

ANSWERS = (
    "response_id,score,responded_at,comment,is_test,region\n"
    'R1,9,2024-03-01T10:00:00.25+02:00,"two\nlines, ""and"" marks",yes,NA\n'
    "R2,x,2024-03-01,,,\n"
    "too,few\n"
    "R4,,2024-03-02 09:30,plain,0,\n"
)
RAW = "raw_files.surveys_responses"


def said(folder: Path, content: bytes | str, **given: Any) -> list[str]:
    return [str(difference) for difference in read_twice(folder, content, **given)]


def test_what_is_the_same_is_passed(tmp_path: Path) -> None:
    assert said(tmp_path, ANSWERS) == []


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("record_id", "'relationship:R9:nps'", "loaded relationship:R9:nps, read again relationship:R1:nps"),
        ("response_id", "'R9'", "loaded R9, read again R1"),
        ("score", "9.000000000000002", "loaded 9.000000000000002, read again 9.0"),
        ("score", "null", "loaded None, read again 9.0"),
        (
            "responded_at",
            "responded_at + interval 1 microsecond",
            "loaded 1709280000250001, read again 1709280000250000",
        ),
        ("comment", "trim(comment, '\"')", None),
        ("comment", "'two lines'", 'loaded two lines, read again two\nlines, "and" marks'),
        ("is_test", "false", "loaded False, read again True"),
        ("channel", "'web'", "loaded web, read again None"),
        ("survey_id", "'other'", "loaded other, read again relationship"),
    ],
)
def test_a_value_of_each_kind_that_was_changed(
    tmp_path: Path, column: str, value: str, told: str | None
) -> None:
    found = said(tmp_path, ANSWERS, change=f"update {RAW} set {column} = {value} where position = 1")
    assert found == ([f"answers.csv, row 1, column {column}: {told}"] if told else [])


@pytest.mark.parametrize(
    ("table", "content", "column", "value"),
    [
        (
            "crm_branches",
            "branch_id,name,opened_on,closed_on\nB1,North,2020-01-02,9999-12-31\n",
            "opened_on",
            "'2020-02-01'",
        ),
        (
            "billing_invoices",
            "invoice_id,account_id,issued_at,status,net_amount,currency,updated_at\n"
            "I1,A1,2024-01-01T00:00:00Z,paid,12.34565,EUR,2024-01-01T00:00:00Z\n",
            "net_amount",
            "12.3456",
        ),
    ],
)
def test_days_and_amounts(tmp_path: Path, table: str, content: str, column: str, value: str) -> None:
    given: dict[str, Any] = {"content": content, "table": TABLES[table]}
    if table == "crm_branches":
        given["content"] = content.replace("9999-12-31", "")
    assert said(tmp_path, **given) == []
    [told] = said(tmp_path, **given, change=f"update raw_files.{table} set {column} = {value}")
    assert told.startswith(f"answers.csv, row 1, column {column}: loaded ")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            f"delete from {RAW} where position = 4",
            [
                "answers.csv: loaded 2 rows by its own count, read again 1 are in raw",
                "answers.csv, row 4: loaded no row, read again a row that can be read",
            ],
        ),
        (
            f"insert into {RAW} select * replace (5 as position) from {RAW} where position = 4",
            [
                "answers.csv: loaded 2 rows by its own count, read again 3 are in raw",
                "answers.csv, row 5: loaded a row, read again no such row",
            ],
        ),
        (
            "delete from raw_files.quarantine where position = 3",
            [
                "answers.csv: loaded 2 rows in quarantine by its own count, read again 1 are in raw",
                "answers.csv, row 3: loaded no row in quarantine, read again a row that cannot be read",
            ],
        ),
        (
            "update raw_files.quarantine set position = 4 where position = 2",
            [
                "answers.csv, row 4: loaded a row in quarantine, read again a row that can be read",
                "answers.csv, row 2: loaded no row in quarantine, read again a row that cannot be read",
            ],
        ),
        (
            f"update {RAW} set position = 2 where position = 4",
            [
                "answers.csv, row 2: loaded a row, read again a row that cannot be read",
                "answers.csv, row 4: loaded no row, read again a row that can be read",
            ],
        ),
    ],
)
def test_a_row_that_is_missing_or_too_many(tmp_path: Path, change: str, told: list[str]) -> None:
    found = said(tmp_path, ANSWERS, change=change)
    assert [sentence for sentence in found if "payload" not in sentence] == told


def test_two_rows_that_changed_places(tmp_path: Path) -> None:
    found = said(tmp_path, ANSWERS, change=f"update {RAW} set position = 5 - position")
    assert "answers.csv, row 1, column response_id: loaded R4, read again R1" in found
    assert "answers.csv, row 4, column score: loaded 9.0, read again None" in found


def test_a_payload_that_is_not_the_cells(tmp_path: Path) -> None:
    change = f"update {RAW} set payload = replace(payload, 'two', 'tow') where position = 1"
    [told] = said(tmp_path, ANSWERS, change=change)
    assert told.startswith("answers.csv, row 1, column payload: loaded ")
    line = '{"response_id": "R1", "score": 9, "responded_at": "2024-03-01T00:00:00Z"}'
    change = f"update {RAW} set payload = replace(payload, '9', '8')"
    [told] = said(tmp_path, line, name="a.jsonl", change=change)
    assert told.startswith("a.jsonl, row 1, column payload: loaded ")


def test_a_number_of_records_that_is_not_the_files(tmp_path: Path) -> None:
    found = said(tmp_path, ANSWERS, received=5)
    assert found == ["answers.csv: loaded 5 records, 0 left out, read again 4 records, 0 left out"]


def test_a_row_that_raw_has_from_an_earlier_load_is_no_difference(tmp_path: Path) -> None:
    earlier = f"update {RAW} set _dlt_load_id = 'earlier', position = 77 where position = 4"
    assert said(tmp_path, ANSWERS, change=earlier, landed=1) == []
    otherwise = f"{earlier}; update {RAW} set score = 3 where position = 77"
    assert said(tmp_path, ANSWERS, change=otherwise, landed=1) == [
        "answers.csv, row 4: loaded no row, read again a row that can be read"
    ]


MAPPINGS = [
    'date_order = "dmy"\ntimezone = "Europe/Paris"\ndecimal = ","\ndelimiter = ";"\nheader_row = 2\n'
    '[columns]\nresponse_id = "@row"\nresponded_at = "when"\n[scores]\n"very likely" = 10\n',
    'encoding = "utf-16"\nnull_tokens = ["k.A."]\n[defaults]\nchannel = "shop"\n',
]
SHAPES = [
    "the title\nwhen;score;x\n31/03/2024 01:30;9,5;1\n31/03/2024 02:30;very likely;2\n\n"
    "1.3.2024 2:30 pm; 7 ;3\n",
    HEADER + "R1,k.A.,2024-01-01T00:00Z\nR2,9,2024-01-01T00:00+01:30\n",
]


@pytest.mark.parametrize(("mapping", "content"), zip(MAPPINGS, SHAPES, strict=True))
def test_the_mapping_is_followed(tmp_path: Path, mapping: str, content: str) -> None:
    encoded = content.encode("utf-16" if "utf-16" in mapping else "utf-8")
    assert said(tmp_path, encoded, mapping=mapping) == []


def test_workbooks_json_lines_and_parquet(tmp_path: Path) -> None:
    moment = dt.datetime(2024, 3, 1, 10, 30, 0, 250_000)
    header = ["response_id", "score", "responded_at", "comment"]
    rows: list[list[Any]] = [
        ["R1", 9, moment, 1.5],
        [],
        ["R2", None, moment, True],
        ["R3", "x", moment, None],
    ]
    columns = {
        "response_id": [1, 2],
        "score": [0.1, None],
        "responded_at": pa.array([moment, moment], pa.timestamp("ns", "Europe/Paris")),
        "comment": pa.array([b"a", None], pa.binary()).cast(pa.string()),
    }
    parquet = io.BytesIO()
    pq.write_table(pa.table(columns), parquet)
    lines = (
        '{"response_id": "R1", "score": 9.50, "responded_at": "2024-03-01T10:00:00Z", "more": {"a": [1]}}\n\n'
        '[1]\n{"response_id": 7, "score": "8", "responded_at": "2024-03-01T10:00:00Z", "comment": "é"}\n'
    )
    for name, content in (
        ("a.xlsx", sheet_bytes(header, *rows)),
        ("a.jsonl", lines.encode()),
        ("a.parquet", parquet.getvalue()),
    ):
        folder = tmp_path / name
        folder.mkdir()
        assert said(folder, content, name=name) == []
        [*_, told] = said(folder, content, name=name, change=f"update {RAW} set score = 1 where position = 1")
        assert told.startswith(f"{name}, row 1, column score: loaded 1.0, read again ")


def test_a_sample_is_read_and_everything_is_counted(tmp_path: Path) -> None:
    lines = "".join(f"R{at},{at % 11},2024-03-01T00:00:00Z\n" for at in range(1, 2001))
    chosen = Share.of(0.25, "answers.csv").chosen(range(1, 2001)).tolist()
    assert 400 < len(chosen) < 600
    other = next(number for number in range(1, 2001) if number not in chosen)
    change = f"update {RAW} set score = 77 where position = {{}}"
    assert said(tmp_path, HEADER + lines, share=0.25, change=change.format(other)) == []
    [told] = said(tmp_path, HEADER + lines, share=0.25, change=change.format(chosen[0]))
    assert f"row {chosen[0]}, column score" in told
    [told] = said(tmp_path, HEADER + lines, share=0.25, received=1999)
    assert "read again 2000 records" in told


def test_the_tables_are_those_of_the_loader_column_for_column() -> None:
    """A column that only the loader knows would be read once."""
    assert {
        name: (set(table.columns), set(table.filled), table.key, set(table.one_of))
        for name, table in FILE_TABLES.items()
    } == {
        name: (
            {column.name for column in table.columns},
            {column.name for column in table.columns if column.required},
            table.spec.record_id,
            set(table.one_of),
        )
        for name, table in TABLES.items()
    }


_INVOICES = "invoice_id,account_id,issued_at,status,net_amount,currency,updated_at\n" + "".join(
    f"I{at},A,2025-01-01,{status},1,EUR,2025-01-01\n"
    for at, status in enumerate(("Paid", "written_off", "Bezahlt", "refunded", " VOID "))
)
_MOVEMENTS = "movement_id,account_id,moved_at,kind,mrr_amount,currency\n" + "".join(
    f"M{at},A,2025-01-01,{kind},1,EUR\n" for at, kind in enumerate(("New", "", "upsell", "Kündigung"))
)


@pytest.mark.parametrize(
    ("table", "content", "mapping", "change"),
    [
        ("billing_invoices", _INVOICES, '[statuses]\nBezahlt = "paid"\n', "status = 'void'"),
        ("billing_movements", _MOVEMENTS, '[statuses]\n"Kündigung" = "churn"\n', "kind = 'churn'"),
    ],
)
def test_unknown_words_are_refused_and_their_own_are_translated(
    tmp_path: Path, table: str, content: str, mapping: str, change: str
) -> None:
    assert said(tmp_path, content, mapping=mapping, table=TABLES[table]) == []
    broken = f"update raw_files.{table} set {change} where position = 1"
    assert len(said(tmp_path, content, mapping=mapping, table=TABLES[table], change=broken)) == 1


def test_an_id_of_blanks_alone_is_none_to_both_hands(tmp_path: Path) -> None:
    content = 'account_id,updated_at\nA1,2024-03-01\n"\t",2024-03-01\n" \t\n",2024-03-01\n\u00a0,2024-03-01\n'
    accounts = TABLES["crm_accounts"]
    rows, rejects = load(tmp_path, content, name="accounts.csv", table=accounts)
    assert [row["record_id"] for row in rows] == ["A1"]
    assert {(reject["reason"], reject["detail"]) for reject in rejects} == {
        ("missing_required", 'column "account_id" is required and has no value')
    }
    assert read_twice(tmp_path, content, name="accounts.csv", table=accounts) == []
    lost = "insert into raw_files.crm_accounts select * replace ('\t' as record_id, '\t' as account_id)"
    assert read_twice(
        tmp_path, content, name="accounts.csv", table=accounts, change=f"{lost} from raw_files.crm_accounts"
    )
