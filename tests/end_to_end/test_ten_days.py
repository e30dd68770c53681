"""Ten days loaded one at a time end where one load of all ten ends, hash for hash."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from publication import ledger
from tests.end_to_end.simulated import HISTORY_END, SMALL, Company, company

pytestmark = [pytest.mark.xdist_group("ten_days"), pytest.mark.long]

DAYS = 10
# How a row came here (which load, how many versions were seen on the way) differs by design; what it says
# about the customer may not.
PROVENANCE = {
    *("load_id", "loaded_at", "version_count", "first_loaded_at", "last_loaded_at"),
    *("version_number", "version_as_of"),
}
LEDGERS_OF_LOADS = {"audit_reconciliation", "audit_limits"}
# A case has a version for each refresh that found something new of it, and stays, invalid, where its answer
# counts no longer: what stands is what is true now.
VERSIONED = {"marts.fct_follow_up_cases": "is_current and state <> 'invalid'"}
# The working file is compared, whose publication tables say what is true now. What the published copy has
# beside them tells how it came to be: ten publications are ten entries in the ledger and may restate each
# other's figures, one publication is one entry and restates nothing.


def hashes(home: Path) -> dict[str, tuple[int, str]]:
    """For each mart and published table: rows, and a hash over all their content but provenance."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        columns: dict[str, list[str]] = {}
        for schema, table, column in connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema in ('marts', 'publication') order by all"
        ).fetchall():
            if table not in LEDGERS_OF_LOADS and column not in PROVENANCE:
                columns.setdefault(f"{schema}.{table}", []).append(f'"{column}"')
        return {
            table: connection.execute(
                f"select count(*), md5(string_agg(h, '' order by h)) from"
                f" (select md5(row({', '.join(names)})::varchar) as h from {table}"
                f" where {VERSIONED.get(table, 'true')})"
            ).fetchall()[0]
            for table, names in columns.items()
        }


def refreshed(simulated: Company) -> None:
    done = simulated.nps("refresh")
    assert done.returncode == 0, done.stdout + done.stderr


def test_ten_daily_loads_and_one_load_end_in_the_same_marts(tmp_path: Path) -> None:
    last = HISTORY_END + timedelta(days=DAYS)
    with company(tmp_path / "daily", SMALL, HISTORY_END) as daily:
        refreshed(daily)
        first = hashes(daily.home)
        for day in range(1, DAYS + 1):
            daily.move_to(HISTORY_END + timedelta(days=day))
            refreshed(daily)
    with company(tmp_path / "at_once", SMALL, last) as at_once:
        refreshed(at_once)
    ended = hashes(daily.home)
    assert "publication.nps_scores" in ended
    assert "marts.fct_survey_responses" in ended
    assert ended["marts.fct_survey_responses"] != first["marts.fct_survey_responses"], "nothing happened"
    assert ledger.verify(daily.home / "ledger").sequence > 1
    assert ledger.verify(at_once.home / "ledger").sequence == 1
    different = {table for table in ended if ended[table] != hashes(at_once.home)[table]}
    assert not different
