"""Signals of the made-up answers as the recount has them; dbt's are compared with it by every refresh.

Belongs here: what of the small working file's scores they need. Does not belong here: any rule of them.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from expectations import definition
from expectations.recount import integrity
from expectations.recount.coding import rows_as_table


def published(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """Table → its rows, once scores, scorecards and `population` are there."""
    shown = connection.execute(
        "select survey_type, definition_version, branch from publication.branch_scorecards"
        " where nps is not null"
    ).fetchall()
    [(as_of,)] = connection.execute(
        "select max(period_end) from population where period_grain = 'all_time'"
    ).fetchall()
    company = connection.execute(
        "select survey_type, definition_version, nps from publication.nps_scores where nps is not null"
        " and segment = 'company' and measure = 'in_period' and period_grain = 'trailing_365d'"
        " and period_end = ?",
        [as_of],
    ).fetchall()
    scores = {(survey_type, version): nps for survey_type, version, nps in company}
    found = integrity.judged(connection, {*shown}, scores, definition.versions(), as_of)
    return {
        "integrity_signals": rows_as_table(integrity.Signal, found.signals),
        "nps_without_flagged": rows_as_table(integrity.Beside, found.beside),
    }
