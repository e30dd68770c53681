"""Ids that a tool took for numbers: read as they were meant, or refused where digits are lost."""

import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from tests.ingestion.one_file import HEADER, TABLES, load, sheet_bytes


def _ids(folder: Path, content: bytes | str, mapping: str = "", name: str = "a.csv") -> list[str]:
    """The ids that land, and the reasons of those that do not."""
    rows, rejects = load(folder, content, mapping, name)
    texts = {row["position"]: row["response_id"] for row in rows}
    return [texts[at] for at in sorted(texts)] + [reject["reason"] for reject in rejects]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1001.0", "1001"),
        (" 1001.00 ", "1001"),
        ("0017.0", "0017"),
        ("1001.5", "1001.5"),
        ("1.0.0", "1.0.0"),
        ("12E4", "12E4"),
        ("A1.5E7B", "A1.5E7B"),
        ("118452123456789012", "118452123456789012"),
        ("118452123456789.0", "118452123456789"),
        ("1184521234567890.0", "rounded_id"),
        ("1.18452E+11", "rounded_id"),
        ("1,18452E+11", "rounded_id"),
        ("1.18452e11", "rounded_id"),
        ("1E+11", "rounded_id"),
        ("NPS:1.18452E+11", "rounded_id"),
    ],
)
def test_ids_as_numbers(tmp_path: Path, text: str, expected: str) -> None:
    assert _ids(tmp_path, HEADER + f'"{text}",9,2025-01-01\n') == [expected]
    line = json.dumps({"response_id": text, "score": 9, "responded_at": "2025-01-01"})
    assert _ids(tmp_path, line, name="a.jsonl") == [expected]


def test_an_id_that_is_lost_says_what_to_do(tmp_path: Path) -> None:
    _, [reject] = load(tmp_path, HEADER + "1.18452E+11,9,2025-01-01\n")
    assert reject["detail"] == (
        'column "response_id": "1.18452E+11" is a number that a spreadsheet has rounded; format the column '
        "as text and export it again"
    )


def test_every_column_of_ids_is_read_so_and_no_other(tmp_path: Path) -> None:
    header = "account_id,updated_at,branch_id,owner_id,name\n"
    accounts = TABLES["crm_accounts"]
    [row], _ = load(tmp_path, header + "1001.0,2025-01-01,7.0,,5.0\n", table=accounts)
    assert [row[name] for name in ("account_id", "branch_id", "name")] == ["1001", "7", "5.0"]
    _, [reject] = load(tmp_path, header + "1001,2025-01-01,7,1.2E+5,\n", table=accounts)
    assert (reject["reason"], "owner_id" in reject["detail"]) == ("rounded_id", True)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1001.0", "1001"),
        ("118452123456.0", "118452123456"),
        ("118452123456789012", "118452123456789012"),
        ("1.18452E+11", "rounded_id"),
        ("1e17", "rounded_id"),
        ("1184521234567890.0", "rounded_id"),
    ],
)
def test_numbers_in_json_lines(tmp_path: Path, number: str, expected: str) -> None:
    line = f'{{"score": 9, "responded_at": "2025-01-01", "response_id" : {number}}}'
    assert _ids(tmp_path, line, name="a.jsonl") == [expected]


def test_numbers_in_a_sheet(tmp_path: Path) -> None:
    numbers: list[Any] = [118452123456, 1001.0, 1.5, 999999999999999, 1e15, 1234567890123456, 1e22]
    sheet = sheet_bytes(HEADER.strip().split(","), *([number, 9, "2025-01-01"] for number in numbers))
    expected = ["118452123456", "1001", "1.5", "999999999999999", *["rounded_id"] * 3]
    assert _ids(tmp_path, sheet, name="a.xlsx") == expected


@pytest.mark.parametrize(
    ("kind", "numbers", "expected"),
    [
        (pa.float64(), [118452123456.0, 1.5, 1e15], ["118452123456", "1.5", "rounded_id"]),
        (pa.int64(), [1184521234567890123], ["1184521234567890123"]),
    ],
)
def test_numbers_in_parquet(
    tmp_path: Path, kind: pa.DataType, numbers: list[Any], expected: list[str]
) -> None:
    count = len(numbers)
    table = pa.table(
        {
            "response_id": pa.array(numbers, kind),
            "score": [9.0] * count,
            "responded_at": ["2025-01-01"] * count,
        }
    )
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    assert _ids(tmp_path, buffer.getvalue(), name="a.parquet") == expected


def test_north_america_is_a_region_unless_the_mapping_says_otherwise(tmp_path: Path) -> None:
    content = "branch_id,name,region\nB1,NA,NA\nB2,North,\n"
    rows, rejects = load(tmp_path, content, table=TABLES["crm_branches"])
    assert [row["region"] for row in rows] + [reject["reason"] for reject in rejects] == [
        None,
        "missing_required",
    ]
    content = "branch_id,name,region\nB1,South,NA\nB2,North, \n"
    rows, _ = load(tmp_path, content, table=TABLES["crm_branches"])
    assert [row["region"] for row in rows] == ["NA", None]
    rows, _ = load(tmp_path, content, 'null_tokens = ["", "NA"]', table=TABLES["crm_branches"])
    assert [row["region"] for row in rows] == [None, None]
