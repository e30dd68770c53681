"""Files that people send to the company, as they lie in its inbox at a moment of the simulated clock.

Belongs here: writing what has arrived. Does not belong here: what the vendors' APIs show (`demo.vendors`).
"""

from __future__ import annotations

import csv
import io
import os
from datetime import datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

ERASURES = Path("surveys") / "erasures"
_COLUMNS = ("erasure_id", "requested_at", "source", "response_id", "contact_id", "email")


def deliver(erasures: pa.Table, now: datetime, inbox: Path) -> list[Path]:
    """Write one CSV for each day on which requests have become visible up to `now`, and return the files.

    A file that is there already, with the same content, is left alone; its time is that of its last request.
    """
    arrived = erasures.filter(pc.field("visible_at") <= pa.scalar(now)).sort_by("visible_at").to_pylist()
    files = []
    for day, requests in groupby(arrived, key=lambda request: request["visible_at"].date()):
        rows = list(requests)
        path = inbox / ERASURES / f"erasures-{day}.csv"
        content = _as_csv(rows)
        if not path.exists() or path.read_text("utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, "utf-8")
            sent = rows[-1]["visible_at"].timestamp()
            os.utime(path, (sent, sent))
        files.append(path)
    return files


def _as_csv(rows: list[dict[str, object]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        values = (row[name] for name in _COLUMNS)
        writer.writerow(v.isoformat() if isinstance(v, datetime) else v for v in values)
    return text.getvalue()
