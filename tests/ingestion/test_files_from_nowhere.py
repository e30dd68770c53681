"""Known answers, written into files of any dialect and read back: every one is what was answered.

A file that is cut off, or whose ids a spreadsheet has rounded, may be refused or go to quarantine; what is
read of it must still be right.
"""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.files.errors import FileNotUnderstoodError
from tests.ingestion.one_file import load
from tests.ingestion.wild.dialects import Dialect, dialects
from tests.ingestion.wild.known import Known, answers
from tests.ingestion.wild.rendering import Row, WildFile, wild_file

#: How many files the long tests write: `make test-long` says 10,000.
FILES = int(os.environ.get("WILD_FILES", "10000"))
A_FEW = settings(max_examples=75, deadline=None, suppress_health_check=list(HealthCheck))
ALL = settings(A_FEW, max_examples=FILES)
CUT_OFF = settings(A_FEW, max_examples=FILES // 5)


def read_back(file: WildFile) -> tuple[list[Row], list[Row]]:
    with tempfile.TemporaryDirectory() as folder:
        return load(Path(folder), file.content, file.mapping, file.name)


def check(known: list[Known], dialect: Dialect) -> None:
    file = wild_file(known, dialect)
    rows, rejects = read_back(file)
    assert [reject["detail"] for reject in rejects] == []
    assert [{column: row[column] for column in file.rows[0]} for row in rows] == list(file.rows)


def check_cut_off(known: list[Known], dialect: Dialect, at: float) -> None:
    """What is read of a file that ends too early is what was answered; the row that was cut is not read."""
    file = wild_file(known, dialect)
    content = file.content[: int(len(file.content) * at)]
    ended = len(content.splitlines()) == 0 or content.endswith(b"\n")
    try:
        rows, _ = read_back(WildFile(file.name, content, file.mapping, file.rows))
    except FileNotUnderstoodError:
        return
    expected = {row["response_id"]: row for row in file.rows}
    whole = rows if ended else rows[:-1]  # a row without an end may have lost the end of its last cell
    for row in whole:
        assert {column: row[column] for column in file.rows[0]} == expected[row["response_id"]]


@A_FEW
@given(answers(), dialects())
def test_a_few_files_are_read_as_they_were_answered(known: list[Known], dialect: Dialect) -> None:
    check(known, dialect)


@pytest.mark.long
@ALL
@given(answers(), dialects())
def test_files_of_any_dialect_are_read_as_they_were_answered(known: list[Known], dialect: Dialect) -> None:
    check(known, dialect)


@pytest.mark.long
@CUT_OFF
@given(answers(), dialects(), st.floats(0.05, 0.99))
def test_a_file_that_was_cut_off_is_not_misread(known: list[Known], dialect: Dialect, at: float) -> None:
    check_cut_off(known, dialect, at)
