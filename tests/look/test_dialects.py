"""A file that is written in some dialect is found again: its form, its columns, and every answer in it."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.look.looks import counts, look_into, said_of

ACCENTS = {
    "utf-8": "Grüße, «très» 你好", "utf-8-sig": "Grüße", "utf-16": "Zażółć gęślą",
    "cp1252": "Grüße très déçu, señor",
    "cp1250": "Zażółć gęślą jaźń", "latin-1": "Größe été façade",
}  # fmt: skip
DAYS = {
    "iso": "{y}-{m:02d}-{d:02d}", "dmy": "{d:02d}/{m:02d}/{y}", "mdy": "{m}/{d}/{y} 1:0{h}:00 PM",
    "dotted": "{d}.{m}.{y} 13:0{h}",
}  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, list[int | None], str, str]:
    """The bytes of a file, the scores in it, its delimiter and the order of its dates."""
    encoding = draw(st.sampled_from(sorted(ACCENTS)))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    written = draw(st.sampled_from(sorted(DAYS)))
    scores = draw(st.lists(st.one_of(st.integers(0, 10), st.none()), min_size=12, max_size=60))
    scores += [10, 0, 8, 9]
    lines = io.StringIO()
    quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    writer = csv.writer(lines, delimiter=delimiter, lineterminator=end, quoting=quoting)
    for _ in range(draw(st.integers(0, 2))):
        lines.write("NPS report" + end)
    columns = draw(st.permutations(["Response ID", "NPS", "Date", "Comment", "Store"]))
    writer.writerow(columns)
    for at, score in enumerate(scores):
        day = DAYS[written].format(y=2025, m=at % 12 + 1, d=at % 28 + 1, h=at % 10)
        comment = draw(
            st.sampled_from(
                [ACCENTS[encoding], "", f"a{delimiter}b", 'so "good"', f"{ACCENTS[encoding]}{end}twice"]
            )
        )
        cells = {
            "Response ID": f"R-{at}-x", "NPS": "" if score is None else score, "Date": day,
            "Comment": comment, "Store": f"S{at % 3}",
        }  # fmt: skip
        writer.writerow([cells[column] for column in columns])
    content = lines.getvalue().encode(encoding)
    return content, scores, delimiter, {"dotted": "dmy"}.get(written, written)


@settings(max_examples=25, deadline=None)
@given(files())
def test_a_file_is_found_again(file: tuple[bytes, list[int | None], str, str]) -> None:
    content, scores, delimiter, order = file
    with tempfile.TemporaryDirectory() as folder:
        look = look_into(Path(folder), content)
    assert look.proposal.settings.get("delimiter", ",") == delimiter
    assert look.proposal.settings.get("date_order", "iso") == order
    assert not look.findings.blocking
    given_scores = [score for score in scores if score is not None]
    bands = [
        sum(s >= 9 for s in given_scores),
        sum(6 < s < 9 for s in given_scores),
        sum(s < 7 for s in given_scores),
    ]
    assert counts(look) == tuple(bands)
    assert look.judgement is not None
    assert not look.judgement.quarantined
    assert sum(count for count, _ in look.judgement.excluded.values()) == len(scores) - len(given_scores)


def test_quotation_marks_that_are_letters(tmp_path: Path) -> None:
    rows = [
        'R1x\t10\t2025-01-13\t"Great',
        "R2x\t2\t2025-01-14\tbad",
        "R3x\t1\t2025-01-15\tworse",
        'R4x\t9\t2025-01-16\t"Nice',
    ]
    look = look_into(tmp_path, "\n".join(["id\tnps\tdate\tcomment", *rows, ""]), "answers.tsv")
    assert look.proposal.settings == {"quotes": False}
    assert counts(look) == (2, 0, 2)


def test_json_lines_and_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    lines = '{"id": "Ra", "nps": 9, "date": "2025-03-13"}\n{"id": "Rb", "nps": 2, "date": "2025-03-14"}\n'
    assert counts(look_into(tmp_path, lines, "answers.jsonl")) == (1, 0, 1)
    table = pa.table({"id": ["Ra", "Rb"], "nps": [9, 2], "date": ["2025-03-13", "2025-03-14"]})
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    assert counts(look_into(tmp_path, buffer.getvalue(), "answers.parquet")) == (1, 0, 1)


def test_a_file_without_a_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="there is no header"):
        look_into(tmp_path, "R1x,10,2025-01-13\nR2x,9,2025-01-14\n")


def test_an_encoding_without_a_mark_is_named(tmp_path: Path) -> None:
    look = look_into(tmp_path, "id,nps,date\nRa,9,2025-03-13\nRb,1,2025-03-14\n".encode("utf-16-le"))
    assert said_of(look, "encoding").startswith("utf-16-le")
    assert counts(look) == (1, 0, 1)
