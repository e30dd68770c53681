"""Files that cannot be understood at all: the message names the file and the remedy."""

from pathlib import Path
from typing import Any

import pytest

from ingestion.files.errors import FileNotUnderstoodError
from tests.ingestion.one_file import HEADER, load, sheet_bytes


@pytest.mark.parametrize(
    ("rows", "merge", "mapping", "message"),
    [
        ([["response_id", "score", ""], [1, 2, 3]], "B1:C1", "", "B1:C1 are merged"),
        ([], "", "", "has no header in row 1"),
        ([["a"]], "", 'sheet = "Answers"', 'no sheet "Answers"'),
    ],
)
def test_sheets_that_cannot_be_understood(
    tmp_path: Path, rows: list[list[Any]], merge: str, mapping: str, message: str
) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message):
        load(tmp_path, sheet_bytes(*rows, merge=merge), mapping, "a.xlsx")


def test_a_file_that_only_its_name_calls_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(FileNotUnderstoodError, match="not an XLSX file"):
        load(tmp_path, b"not a workbook", "", "a.xlsx")


@pytest.mark.parametrize(
    ("content", "mapping", "message"),
    [
        ("", "", "there is no header"),
        ("response_id,score\n", "", 'required column "responded_at" is missing'),
        (
            "nr,score\n",
            '[columns]\ncomment = "remark"\nbranch_id = "store"\n[rows]\nStatus = "complete"',
            'no column "remark", .*nor "store", .*nor "Status", .*columns "response_id", "responded_at" are '
            'missing.* or a constant for responded_at under .defaults.; response_id = "@row" makes an id',
        ),
        ("response_id;score;responded_at\n", "", 'is delimiter = ";" missing'),
        ("response_id\tscore\tresponded_at\n", "", r'is delimiter = "\\t" missing'),
        ("response_id,score,responded_at\n", 'delimiter = ";"', 'is delimiter = "," missing'),
        ("sep=;\n" + HEADER, 'delimiter = ";"', "headers in a later row"),
        ("Answers of 2024,,\n" + HEADER, "", "headers in a later row"),
        (
            "Answers of 2024,,\nID,b,c\n",
            '[columns]\nresponse_id = "ID"',
            "maps to response_id.*in a later row",
        ),
        (b"\xef\xbb\xbf" + HEADER.encode(), 'encoding = "cp1252"', "begins with a UTF-8 byte-order mark"),
        (HEADER, '[scores]\n"sure" = "ten"', "must map words to numbers"),
        (HEADER, "scores = 10", "must map words to numbers"),
        (HEADER, '[columns]\ncomment = "remark"', 'no column "remark".*maps to comment'),
        (HEADER, '[columns]\nremark = "comment"', 'names "remark", which is not a column'),
        (HEADER, 'encodign = "x"', 'no key "encodign"'),
        (HEADER, 'encoding = "klingon"', '"klingon", which is unknown'),
        (HEADER, 'timezone = "Paris"', '"timezone" is "Paris", which is unknown'),
        (HEADER, 'date_order = "ymd"', "use one of iso, dmy, mdy"),
        (HEADER, "decimal = 3", "write decimal"),
        (HEADER, "header_row = 0", "the first row is 1"),
        (HEADER, '[columns]\nscore = "@row"', "only response_id can be"),
        (HEADER, "= 1", "not TOML"),
        ("response_id,score,responded_at,score\n", "", 'column "score" occurs twice'),
        (HEADER.encode("utf-16"), "", "looks like UTF-16"),
        (HEADER.encode("utf-16-le"), "", "looks like UTF-16"),
        (b"response_id,score,responded_at,pr\xe9nom\n", "", r"header .pr\\xe9nom. is not text in utf-8"),
        (b"no parquet", "", "not a Parquet file"),
    ],
)
def test_files_that_cannot_be_understood(
    tmp_path: Path, content: bytes | str, mapping: str, message: str
) -> None:
    name = "a.parquet" if content == b"no parquet" else "a.csv"
    with pytest.raises(FileNotUnderstoodError, match=message) as caught:
        load(tmp_path, content, mapping, name)
    assert str(tmp_path) in str(caught.value)
