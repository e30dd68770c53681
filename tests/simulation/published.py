"""The published SQL over simulated counts: an empty warehouse whose cells are filled and figures made.

Belongs here: how counts get into the marts, and what dbt makes of them gets out. A simulated company is a
survey type of its own: every statistic stays within one, so thousands of companies are one run of dbt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from ingestion.load import load_source
from orchestration import environment
from tests.companies import speak_for_verdant

AS_OF = date(2026, 1, 1)
VERSION = "2023.1"
# period_grain, period_start, period_end, previous_start, previous_end
ALL_TIME = ("all_time", date(2025, 1, 1), AS_OF, None, None)
MONTH = ("month", date(2025, 12, 1), AS_OF, date(2025, 11, 1), date(2025, 12, 1))
YEAR = ("trailing_365d", date(2025, 1, 1), AS_OF, date(2024, 1, 1), date(2025, 1, 1))
MADE = (
    *("fct_nps_changes", "fct_branch_comparisons", "nps_scores", "branch_scorecards"),
    "fct_integrity_tests",
)
Period = tuple[str, date, date, date | None, date | None]

_UNSPLIT = ("customer_value_tier", "journey_stage", "region", "plan", "channel")


class Marts:
    """The marts of a warehouse without a single answer, to be filled with counts."""

    def __init__(self, warehouse: Path) -> None:
        self._warehouse = warehouse

    def add(self, counts: pd.DataFrame, period: Period, segment: str) -> None:
        """Cells of a period: `survey_type`, `promoters`, `passives`, `detractors`, and `branch` if split."""
        grain, start, end, previous_start, previous_end = period
        with duckdb.connect(str(self._warehouse)) as connection:
            # A period is there once, however many companies have cells in it.
            connection.execute("delete from marts.dim_periods where period_grain = ?", [grain])
            connection.execute(
                "insert into marts.dim_periods by name"
                " select ? as period_grain, ?::date as period_start, ?::date as period_end,"
                " ?::date as previous_start, ?::date as previous_end, ?::date as standing_date",
                [grain, start, end, previous_start, previous_end, AS_OF],
            )
            cells = _cells(connection, counts, segment)
            connection.execute(
                "insert into marts.fct_nps_cells by name select *, 'in_period' as measure, ? as period_grain,"
                f" ?::date as period_start, ?::date as period_end from {cells}",
                [grain, start, end],
            )

    def add_before(self, counts: pd.DataFrame, period: Period, segment: str) -> None:
        """The same for the window before the period, which figures are compared with."""
        with duckdb.connect(str(self._warehouse)) as connection:
            cells = _cells(connection, counts, segment)
            connection.execute(
                "insert into marts.fct_nps_windows by name"
                f" select *, ?::date as window_start, ?::date as window_end from {cells}",
                [period[3], period[4]],
            )

    def add_signals(self, counts: pd.DataFrame, name: str) -> None:
        """Counts of signals (`integrity.companies`); each company is a survey type, `name/company`."""
        with duckdb.connect(str(self._warehouse)) as connection:
            connection.register("counts", counts)
            connection.execute(
                "insert into marts.fct_integrity_counts by name select * exclude (company),"
                " ? || '/' || company as survey_type, ? as definition_version"
                " from counts",
                [name, VERSION],
            )

    def make(self) -> None:
        """Run the models of the statistics and of the publication. Raises RuntimeError with dbt's words."""
        _dbt("run", "--select", *MADE)

    def read(self, query: str) -> pd.DataFrame:
        """What was made."""
        with duckdb.connect(str(self._warehouse)) as connection:
            return connection.execute(query).df()


@contextmanager
def empty_marts(home: Path) -> Iterator[Marts]:
    """Load an empty inbox and build the whole project on it under `home`."""
    with environment.restored():
        speak_for_verdant()
        os.environ.update(NPS_HOME=str(home), NPS_AS_OF=AS_OF.isoformat(), NPS_VENDORS="files")
        state = environment.prepare()
        load_source("files")
        _dbt("build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        yield Marts(state.warehouse)


def _cells(connection: duckdb.DuckDBPyConnection, counts: pd.DataFrame, segment: str) -> str:
    connection.register("counts", counts)
    unsplit = ", ".join(f"'(all)' as {dimension}" for dimension in _UNSPLIT)
    branch = "branch" if "branch" in counts.columns else "'(all)'"
    return (
        f"(select survey_type, '{segment}' as segment, {unsplit}, {branch} as branch,"
        f" '{VERSION}' as definition_version, promoters, passives, detractors,"
        " promoters + passives + detractors as responses, 0 as answers_fingerprint from counts)"
    )


def _dbt(*arguments: str) -> None:
    project = str(environment.home().project)
    result = dbtRunner().invoke([*arguments, "--project-dir", project, "--profiles-dir", project, "--quiet"])
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if not result.success:
        raise RuntimeError(f"dbt {arguments[0]} failed: {result.exception or result.result}")
