"""A publication of two months and two branches whose change the recount explained."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from expectations.definition import Version
from expectations.dimensions import BUILT_IN
from expectations.recount.changes import Explained, explained
from expectations.recount.coding import rows_as_table

DAY = 86_400_000_000
FLOORS = (("reportable", 100), ("indicative", 30), ("interval_only", 5), ("suppressed", 0))
VERSION = Version("1", date(2020, 1, 1), None, {}, {}, (), FLOORS, (), ())


def write(home: Path) -> Path:
    """January: 40 answers of each branch at 50 and 0; February: 40 at 60, 80 at 10."""
    version = home / "versions" / "1"
    version.mkdir(parents=True)
    (home / "current").symlink_to(version)
    counts = ((1, "B1", 20, 40), (1, "B2", 0, 40), (2, "B1", 24, 40), (2, "B2", 8, 80))
    rows = [
        (month, branch, band)
        for month, branch, promoters, answers in counts
        for band in ["promoter"] * promoters + ["passive"] * (answers - promoters)
    ]
    moments = [(date(2026, month, 5) - date(1970, 1, 1)).days * DAY for month, _, _ in rows]
    alike = {"survey_type": "r", "definition_version": "1", **dict.fromkeys(BUILT_IN.names, "X")}
    given = pa.table(
        {
            **{name: pa.array([value] * len(rows)) for name, value in alike.items()},
            "branch": pa.array([branch for _, branch, _ in rows]),
            "responded_at": pa.array(moments),
            "nps_band": pa.array([band for *_, band in rows]),
        }
    )
    sent = given.append_column("sent_day", pa.array(np.array(moments) // DAY))
    with duckdb.connect(version / "nps.duckdb") as connection:
        made = explained(connection, given, sent, [VERSION], date(2026, 3, 1), BUILT_IN)
        connection.register("made", rows_as_table(Explained, made))
        connection.execute(
            "create table nps_changes_explained as select *, 'North ' || branch as branch_name from made"
        )
        connection.execute(
            "create table nps_scores as select 'r' as survey_type, 'in_period' as measure,"
            " 'all_time' as period_grain, date '2026-01-05' as period_start, date '2026-03-01' as period_end,"
            " 'company' as segment, '(all)' as branch, '1' as definition_version, null::double as nps_change"
        )
    return home
