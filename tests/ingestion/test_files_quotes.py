"""Quotation marks in CSVs: what is right is read, and a stray one makes no row vanish."""

import csv
import io
import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.files import delimited
from ingestion.files.delimited import read_csv
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from tests.ingestion.one_file import load

_HEADER = "response_id,score,responded_at,comment\n"
_ROW = "{},7,2025-01-01,{}\n"
_OUTSIDE = "quotes = true if the cell really holds these lines"


def comments(folder: Path, *texts: str, mapping: str = "") -> list[str | None]:
    """The comments of a file whose rows have these texts, marks and all, as their last cell."""
    content = _HEADER + "".join(_ROW.format(f"R{at}", text) for at, text in enumerate(texts, start=1))
    rows, rejects = load(folder, content, mapping)
    assert rejects == []
    assert [row["response_id"] for row in rows] == [f"R{at}" for at in range(1, len(texts) + 1)]
    return [row["comment"] for row in rows]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('5" pipe', '5" pipe'),
        ('an "inner" word', 'an "inner" word'),
        ('"a ""word"" of three, no less"', 'a "word" of three, no less'),
        ('"blanks after"  ', "blanks after  "),
        ('""', None),
        ('"two\nlines, with, some, commas"', "two\nlines, with, some, commas"),
        ('"Dear all,\nbut slow, 3 times, too loud, sorry"', "Dear all,\nbut slow, 3 times, too loud, sorry"),
    ],
)
def test_marks_by_the_rules_and_harmless_ones(tmp_path: Path, text: str, read: str | None) -> None:
    assert comments(tmp_path, "fine", text, "5'", '"fine, too"') == ["fine", read, "5'", "fine, too"]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (('"Great', "bad", "worse", '"Nice'), 'row 1: the cell that begins with "Great is followed by more'),
        (
            ("a", '"Great', "bad", 'Nice"'),
            r'row 2: .*"Great takes in lines that .*\(R3,7,2025-01-01,bad\).*' + _OUTSIDE,
        ),
        (("a", "b", '"Great', 'Nice"'), r"row 3: .*takes in lines that look like rows of their own \(R4,7"),
        (("a", '"Great', "bad"), r"row 2: .*takes in lines"),
        (("a", "b", '"Great'), "row 3: .*a quotation mark that is never closed"),
        (("a", '"said "so" himself"'), 'row 2: .*"said "so" himself" is followed by more text'),
        (
            ('"see:\nR9,3,2025-01-01,x\nthere"',),
            r"row 1: .*takes in lines that .*\(R9,3,2025-01-01,x\).*" + _OUTSIDE,
        ),
    ],
)
def test_a_stray_mark_names_row_text_and_remedy(tmp_path: Path, texts: tuple[str, ...], message: str) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message) as refused:
        comments(tmp_path, *texts)
    assert "quotes = false" in str(refused.value)


def test_the_mapping_denies_quotation_marks(tmp_path: Path) -> None:
    texts = ['"Great', "bad", "worse", '"Nice']
    assert comments(tmp_path, *texts, mapping="quotes = false") == texts


def test_the_mapping_confirms_quotation_marks(tmp_path: Path) -> None:
    text = "see:\nR9,3,2025-01-01,x\nthere"
    assert comments(tmp_path, f'"{text}"', mapping="quotes = true") == [text]
    with pytest.raises(FileNotUnderstoodError, match="never closed"):
        comments(tmp_path, '"open', "b", mapping="quotes = true")


def test_a_comment_in_the_first_column_may_have_lines(tmp_path: Path) -> None:
    content = (
        "comment,response_id,score,responded_at\n"
        + '"two\nlines",R1,9,2025-01-01\n"so\nso",R2,8,2025-01-01\n'
    )
    rows, _ = load(tmp_path, content)
    assert [row["comment"] for row in rows] == ["two\nlines", "so\nso"]


def test_a_row_of_several_lines_may_have_a_stray_mark_too(tmp_path: Path) -> None:
    rows = '"two\nlines",R1,9,2025-01-01,"web\nx,R2,8,2025-01-01,web\nx,R3,7,2025-01-01,web"\n'
    fine = rows.replace("x,R2,8,2025-01-01,web\n", '""so"" it is\n').replace("x,R3,7,2025-01-01,web", "mail")
    [row], _ = load(tmp_path, "comment,response_id,score,responded_at,channel\n" + fine)
    assert (row["comment"], row["channel"]) == ("two\nlines", 'web\n"so" it is\nmail')
    with pytest.raises(FileNotUnderstoodError, match=r"row 1: .*takes in lines .*\(x,R2,8,2025-01-01,web\)"):
        load(tmp_path, "comment,response_id,score,responded_at,channel\n" + rows)


def test_a_cell_may_be_larger_than_a_block(tmp_path: Path) -> None:
    large = "a word\n" * 300_000
    assert comments(tmp_path, "a", f'"{large}"', "b") == ["a", large, "b"]


def test_a_cell_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.files.records.CELL_BYTES", 1 << 20)
    with pytest.raises(
        FileNotUnderstoodError, match=r"row 1: the cell that begins with R1,7.* is longer than 1 MB"
    ):
        comments(tmp_path, '"' + "a word\n" * 600_000)


_TEXT = st.text('ab,"\n', max_size=6)
_WRITTEN = _TEXT.filter(lambda text: not set(text) & set(",\n"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_WRITTEN, _WRITTEN), min_size=1, max_size=7), st.integers(30, 400))
def test_a_row_with_stray_marks_is_read_quarantined_or_refused(
    rows: list[tuple[str, str]], block: int
) -> None:
    lines = [f"{channel},R{at},{at % 11},2025-01-01,{comment}" for at, (channel, comment) in enumerate(rows)]
    content = "channel,response_id,score,responded_at,comment\n" + "\n".join(lines)
    try:
        read, refused = _read(content, block)
    except FileNotUnderstoodError as error:
        assert ": row " in str(error)  # noqa: PT017
        return
    ids = [row[1] for row in read] + [line.split(",")[1] for text in refused for line in text.split("\n")]
    assert sorted(ids) == sorted(f"R{at}" for at in range(len(rows)))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(_TEXT, _TEXT, _TEXT), min_size=1, max_size=7),
    st.integers(20, 200),
    st.sampled_from("\n\r"),
)
def test_what_is_written_by_the_rules_is_read(rows: list[tuple[str, ...]], block: int, line_end: str) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b", "c"), *rows])
    assert _read(buffer.getvalue(), block, quotes=True) == ([list(row) for row in rows], [])


def _read(content: str, block: int, quotes: bool | None = None) -> tuple[list[list[str]], list[str]]:
    """The cells of a file's rows, and the texts of those that are none; read in blocks of this size."""
    with tempfile.TemporaryDirectory() as folder, patch.object(delimited, "BLOCK_BYTES", block):
        path = Path(folder) / "a.csv"
        path.write_bytes(content.encode())
        rows = [row for batch in read_csv(path, Mapping(quotes=quotes)).batches for row in batch.to_pylist()]
    good = [[text for name, text in row.items() if name.startswith("c")] for row in rows if not row["reason"]]
    return good, [row["original_text"] for row in rows if row["reason"]]
