"""Encodings, compression, JSON lines, Parquet and XLSX: the same rows from each."""

import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from ingestion.files.errors import FileNotUnderstoodError
from tests.ingestion.one_file import HEADER, load, sheet_bytes


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "cp850", "utf-16", "utf-16-le", "shift_jis"])
def test_declared_encodings(tmp_path: Path, encoding: str) -> None:
    word = "東京" if encoding == "shift_jis" else "déçu"
    text = "response_id,score,responded_at,comment\n" + f"R1,9,2024-03-01,{word}\n"
    [row], rejects = load(tmp_path, text.encode(encoding), f'encoding = "{encoding}"')
    assert (row["comment"], rejects) == (word, [])


def test_compressed_and_tab_separated(tmp_path: Path) -> None:
    tabbed = HEADER.replace(",", "\t") + "R1\t9\t2024-03-01\n"
    [row], _ = load(tmp_path, gzip.compress(tabbed.encode()), name="a.tsv.gz")
    assert row["score"] == 9.0
    with pytest.raises(FileNotUnderstoodError, match="truncated or damaged"):
        load(tmp_path, gzip.compress(HEADER.encode() * 9)[:-9], name="a.csv.gz")


def test_json_lines(tmp_path: Path) -> None:
    lines = [
        '{"response_id": "R1", "score": 9, "responded_at": "2024-03-01T00:00:00Z", "a/b~c": "é"}',
        '{"response_id": "R2", "score": null, "responded_at": "2024-03-01"}',
        '{"response_id": "R3", "score": 9',
        "[1]",
        '{"response_id": "R5", "score": "ten", "responded_at": "2024-03-01"}',
        '{"score": 1, "responded_at": "2024-03-01"}',
    ]
    rows, rejects = load(tmp_path, "\n".join(lines), '[columns]\ncomment = "a/b~c"', "a.jsonl")
    assert [(row["response_id"], row["score"], row["comment"]) for row in rows] == [
        ("R1", 9.0, "é"),
        ("R2", None, None),
    ]
    assert rows[0]["payload"] == lines[0]
    assert [(reject["reason"], reject["original_text"]) for reject in rejects] == [
        ("malformed_json", lines[2]),
        ("bad_row_shape", lines[3]),
        ("wrong_type", lines[4]),
        ("missing_required", lines[5]),
    ]


def test_a_line_of_json_with_bytes_that_are_no_text_is_kept_with_them(tmp_path: Path) -> None:
    lines = b'{"response_id": "R1", "score": 9, "responded_at": "2024-03-01"}\n{"comment": "d\xe9"}\n'
    [row], [reject] = load(tmp_path, lines, name="a.jsonl")
    assert row["response_id"] == "R1"
    assert (reject["reason"], reject["position"]) == ("undecodable", 2)
    assert reject["original_text"] == '{"comment": "d\\xe9"}'


def test_parquet_with_types(tmp_path: Path) -> None:
    moment = datetime(2024, 7, 1, 10)
    table = pa.table(
        {
            "response_id": pa.array([1, 2]),
            "score": pa.array([9.0, None]),
            "responded_at": pa.array([moment, moment], pa.timestamp("ns")),
            "event_at": pa.array([moment, None], pa.timestamp("us", "UTC")),
            "is_test": [True, None],
        }
    )
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    rows, rejects = load(tmp_path, buffer.getvalue(), 'timezone = "Europe/Paris"', "a.parquet")
    assert rejects == []
    assert [(row["response_id"], row["score"], row["is_test"]) for row in rows] == [
        ("1", 9.0, True),
        ("2", None, None),
    ]
    assert rows[0]["responded_at"] == datetime(2024, 7, 1, 8, tzinfo=UTC)
    assert rows[0]["event_at"] == datetime(2024, 7, 1, 10, tzinfo=UTC)
    nested = io.BytesIO()
    pyarrow.parquet.write_table(table.append_column("tags", pa.array([["a"], ["b"]])), nested)
    with pytest.raises(FileNotUnderstoodError, match='column "tags" holds list'):
        load(tmp_path, nested.getvalue(), name="b.parquet")


def test_a_sheet_with_real_dates_and_numbers(tmp_path: Path) -> None:
    header = ["response_id", "score", "responded_at"]
    content = sheet_bytes(
        ["Our survey"], header, [17, 9, datetime(2024, 3, 1, 10)], ["R2", "NA", "2024-03-01"]
    )
    rows, rejects = load(tmp_path, content, "header_row = 2", "a.xlsx")
    assert rejects == []
    assert [(row["response_id"], row["score"]) for row in rows] == [("17", 9.0), ("R2", None)]
    assert rows[0]["responded_at"] == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert json.loads(rows[0]["payload"]) == {
        "response_id": "17",
        "score": "9",
        "responded_at": "2024-03-01T10:00:00",
    }
