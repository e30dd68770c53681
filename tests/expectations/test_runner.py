"""How the guard behaves when it cannot judge, and what it leaves to read."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from expectations.runner import RESULTS, Verdict, run
from expectations.suites import suites
from tests.expectations.warehouse import VENDORS


def test_a_missing_column_is_a_failed_check_that_says_so(warehouse: Path) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute("alter table marts.fct_survey_responses drop column is_staff")
    verdict = run("marts", warehouse, VENDORS)
    (check,) = verdict.failed
    assert check.name == "ExpectOnlyValidAnswersToCount"
    assert "could not be judged" in check.observed
    assert "is_staff" in check.observed


def test_a_missing_neighbour_is_a_failed_check_that_says_so(warehouse: Path) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute("drop table raw_files.surveys_erasures")
    (check,) = run("marts", warehouse, VENDORS).failed
    assert check.name == "ExpectRequestsToBeForgottenToBeKept"
    assert "surveys_erasures" in check.observed


def test_nothing_built_is_not_success(tmp_path: Path) -> None:
    duckdb.connect(tmp_path / "empty.duckdb").close()
    verdict = run("publication", tmp_path / "empty.duckdb", VENDORS)
    assert not verdict.success
    assert {check.name for check in verdict.failed} == {"ExpectTableToExist"}


def test_no_check_is_not_success() -> None:
    assert not Verdict("raw", []).success


def test_a_missing_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.duckdb: load and build first"):
        run("raw", tmp_path / "missing.duckdb", VENDORS)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown vendor 'abacus'.*qualtrics"):
        suites("raw", ["abacus"])
    with pytest.raises(ValueError, match=r"unknown stage 'later'.*publication"):
        suites("later", VENDORS)  # type: ignore[arg-type]


def test_files_are_always_judged(warehouse: Path) -> None:
    tables = {check.table for check in run("raw", warehouse, []).results}
    assert "raw_files.surveys_responses" in tables
    assert not any(table.startswith("raw_qualtrics") for table in tables)


def test_examples_show_the_first_offenders(warehouse: Path) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "update marts.fct_survey_responses set nps_band = 'passive' where likelihood_score = 6"
        )
    checks = run("marts", warehouse, VENDORS).failed
    (check,) = [check for check in checks if check.name == "ExpectBandsToFollowTheDefinition"]
    assert check.observed == "1 offending rows"
    (example,) = check.examples
    assert (example["likelihood_score"], example["nps_band"], example["nps_weight"]) == (6, "passive", -100)


def test_the_last_results_of_each_stage_are_kept(warehouse: Path, tmp_path: Path) -> None:
    for _ in range(2):
        verdict = run("marts", warehouse, VENDORS, tmp_path / "results")
    run("publication", warehouse, VENDORS, tmp_path / "results")
    kept = json.loads((tmp_path / "results" / "marts" / RESULTS).read_text("utf-8"))
    assert {each["suite_name"] for each in kept} == {check.table for check in verdict.results}
    assert all(each["success"] for each in kept)
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == ["marts", "publication"]
