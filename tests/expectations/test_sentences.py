"""Every sentence of the guard holds for a whole warehouse, and fails by name when it is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from expectations.runner import Verdict, judge, run
from expectations.suites import STAGES, Stage, Suite, suites
from tests.expectations import (
    breaks_before_publication,
    breaks_of_definition,
    breaks_of_publication,
)
from tests.expectations.warehouse import VENDORS

BREAKS = [
    *breaks_before_publication.BREAKS,
    *breaks_of_definition.BREAKS,
    *breaks_of_publication.BREAKS,
]


def only(name: str, suite: Suite) -> Suite:
    """The suite with the one sentence that a break is about; none, where it is about the table's presence."""
    return replace(suite, expectations=tuple(e for e in suite.expectations if type(e).__name__ == name))


def failures(verdict: Verdict) -> set[tuple[str, str]]:
    return {(check.table, check.name) for check in verdict.failed}


@pytest.mark.parametrize("stage", STAGES)
def test_every_sentence_holds_for_a_whole_warehouse(whole_warehouse: Path, stage: Stage) -> None:
    verdict = run(stage, whole_warehouse, VENDORS)
    assert failures(verdict) == set()
    assert verdict.success
    stated = {
        (suite.name, type(each).__name__) for suite in suites(stage, VENDORS) for each in suite.expectations
    }
    assert {(check.table, check.name) for check in verdict.results} >= stated


@pytest.mark.many
@pytest.mark.parametrize(("stage", "table", "change", "name"), BREAKS)
def test_a_broken_warehouse_fails_by_name(
    warehouse: Path, stage: Stage, table: str, change: str, name: str
) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(change)
    verdict = judge(
        stage, [only(name, suite) for suite in suites(stage, VENDORS) if suite.name == table], warehouse
    )
    assert not verdict.success
    (check,) = verdict.results[-1:]
    assert (check.table, check.name, check.success) == (table, name, False)
    assert check.sentence
    if name != "ExpectTableToExist":
        assert check.observed.endswith("offending rows")
        assert 1 <= len(check.examples) <= 3


def test_every_sentence_has_a_test_that_breaks_it() -> None:
    stated = {
        type(each).__name__
        for stage in STAGES
        for suite in suites(stage, VENDORS)
        for each in suite.expectations
    }
    assert stated <= {name for _, _, _, name in BREAKS}
