"""Whatever a cell holds, it lands unchanged or is quarantined with its text; and memory does not grow."""

import csv
import io
import json
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ingestion.files.headers import check_columns
from ingestion.files.mapping import Mapping
from ingestion.files.readers import open_reading
from ingestion.files.tables import FILE_TABLES
from ingestion.files.versions import Delivery

_RESPONSES = FILE_TABLES[0]
_HEADER = ["response_id", "score", "responded_at", "comment", "any; \"thing'"]
# Noncharacters and private planes included; lone surrogates are no text, and no file can hold them.
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_CELL = st.one_of(
    _TEXT, st.sampled_from(["9", "ten", "NA", "", "2024-03-01", "-", "1e400", "\x00", '"', "\r\n"])
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(_CELL, _CELL, _CELL, _CELL), min_size=1, max_size=8))
@example([("", "", "", "\U0010fe00"), ("a\U0010feff", "", "", "")])  # what marks bytes that are no text
def test_any_text_lands_or_is_quarantined(drawn: list[tuple[str, str, str, str]]) -> None:
    written = [[f"R{at}", *cells] for at, cells in enumerate(drawn)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerows([_HEADER, *written])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(buffer.getvalue().encode())
        reading = open_reading(path, Mapping())
        check_columns(path, reading, Mapping(), _RESPONSES)
        with Delivery(_RESPONSES, Path(folder), "load") as delivery:
            delivery.add(path, reading, Mapping())
            rows = pyarrow.parquet.read_table(
                delivery.versions(Path(folder) / "none", "raw").path
            ).to_pylist()
            rejects = [row for part in delivery.rejects() for row in part.to_pylist()]
    texts = {row["position"]: row["payload"] for row in rows} | {
        reject["position"]: reject["original_text"] for reject in rejects
    }
    assert len(rows) + len(rejects) == len(written)
    assert {at: list(json.loads(text).values()) for at, text in texts.items()} == dict(
        enumerate(written, start=1)
    )


@pytest.mark.long
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Of a file of 3 GB the last 2 GB need hardly more memory than the first, which fills what the system's
    allocators keep for later; that varies by some 40 MB."""
    script = """
        import dataclasses, sys
        from pathlib import Path
        from ingestion.files import versions
        from ingestion.files.mapping import Mapping
        from ingestion.files.readers import open_reading
        from ingestion.files.tables import FILE_TABLES

        folder = Path(sys.argv[1])
        path = folder / "a.csv"
        with path.open("w") as file:
            file.write("response_id,score,responded_at,comment\\n")
            for at in range(14_400_000):
                file.write(f"R{at},9,2024-03-01,{'x' * 200}\\n")
        resident = []

        def watched(batches):
            for batch in batches:
                yield batch
                resident.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4 / 1024)

        versions._MEMORY = "100MB"
        reading = open_reading(path, Mapping())
        with versions.Delivery(FILE_TABLES[0], folder, "load") as delivery:
            delivery.add(path, dataclasses.replace(reading, batches=watched(reading.batches)), Mapping())
        third = len(resident) // 3
        print(path.stat().st_size / 2**20, max(resident[:third]), max(resident[third:]))
        path.unlink()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    size, first, rest = (float(figure) for figure in done.stdout.split())
    assert size > 2_940
    assert first < 1_000
    assert rest - first < 60, f"{first:.0f} MB in the first third, {rest:.0f} MB after"
