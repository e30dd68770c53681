"""A large file is looked at by a sample of all its parts; with `--all` every row is judged."""

import gzip
import io
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from look import portion
from look.looking import Look, look_at
from look.proposing import Said
from tests.look.looks import AS_OF, SEEDS, counts

ROWS = 1_000_000
#: Generous, because the machine may be busy: on an idle one it takes less than 3 seconds.
BOUND = 30.0


def answers(count: int, comment: str = "it was good") -> str:
    """Answers of which the first half are detractors: whoever reads the head alone sees no promoter."""
    return "id,nps,date,comment\n" + "".join(
        f'R{at:07d},{10 if 2 * at >= count else 0},2025-03-{at % 28 + 1:02d},"{comment} {at}"\n'
        for at in range(count)
    )


def look(path: Path, everything: bool = False) -> Look:
    return look_at(path, SEEDS, AS_OF, Said(), everything)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are large from 200 kB on."""
    monkeypatch.setattr(portion, "WHOLE_BYTES", 200_000)
    monkeypatch.setattr(portion, "_HEAD", 20_000)
    monkeypatch.setattr(portion, "_BLOCK", 4_000)
    monkeypatch.setattr(portion, "_PARQUET_ROWS", 2_000)


def test_a_million_rows_within_seconds(tmp_path: Path) -> None:
    path = tmp_path / "million.csv"
    path.write_text(answers(ROWS))
    began, used = time.monotonic(), time.process_time()
    found = look(path)
    took = time.monotonic() - began
    print(f"\n{ROWS:,} rows: {took:.1f} s, of which processor {time.process_time() - used:.1f} s")
    assert found.is_sample
    assert took < BOUND
    promoters, _, detractors = counts(found)
    assert 0.3 < promoters / (promoters + detractors) < 0.6


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("comment", ["good", "line one\nline, two\nline three,,", 'he said ""wow"", then'])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_sample_is_of_all_parts_and_of_whole_rows(comment: str, compressed: bool, tmp_path: Path) -> None:
    text = answers(20_000, comment).encode()
    path = tmp_path / ("large.csv.gz" if compressed else "large.csv")
    path.write_bytes(gzip.compress(text) if compressed else text)
    found = look(path)
    assert 0.05 < found.portion.share < 0.9
    assert found.judgement is not None
    assert not found.judgement.quarantined
    promoters, _, detractors = counts(found)
    assert promoters > 100
    assert detractors > 100
    assert counts(look(path, everything=True)) == (10_000, 0, 10_000)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_a_sample_in_other_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_bytes(answers(20_000, "sehr schön").encode(encoding))
    found = look(path)
    assert found.is_sample
    assert found.judgement is not None
    assert found.judgement.first[0]["comment"] == "sehr schön 0"
    assert min(counts(found)[0], counts(found)[2]) > 100


@pytest.mark.usefixtures("small")
def test_a_sample_of_parquet_and_of_json_lines(tmp_path: Path) -> None:
    rows = [{"id": f"R{at}x", "nps": 10 if at >= 10_000 else 0, "date": "2025-03-13"} for at in range(20_000)]
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), buffer, row_group_size=5_000)
    (tmp_path / "large.parquet").write_bytes(buffer.getvalue())
    lines = "".join(f'{{"id": "{r["id"]}", "nps": {r["nps"]}, "date": "{r["date"]}"}}\n' for r in rows)
    (tmp_path / "large.jsonl").write_text(lines)
    for name in ("large.parquet", "large.jsonl"):
        found = look(tmp_path / name)
        assert found.is_sample, name
        assert min(counts(found)[0], counts(found)[2]) > 100, name
        assert counts(look(tmp_path / name, everything=True)) == (10_000, 0, 10_000), name
