"""The hand-written scripts of the benchmark get the product's own figures: the ratio compares equal work."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from demo.company import Size, simulate
from demo.truth import expected_scores
from orchestration import environment
from tests.benchmarks.__main__ import CELL
from tests.benchmarks.stages import baseline
from tests.comparison import differences


def test_the_hand_written_script_gets_every_column_of_every_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    # Inside a month, so that calendar periods are cut short.
    as_of = date(2024, 8, 20)
    world = simulate(Size(seed=11, accounts=150, branches=20, employees=20, invitations=4_000, answers=1_500))
    world.save(tmp_path / "world")
    baseline(tmp_path / "world", as_of)()
    with duckdb.connect() as connection:
        connection.register("expected", expected_scores(world, as_of))
        connection.execute(f"create view by_hand as from '{tmp_path / 'baseline.parquet'}'")
        [shown] = connection.execute("select count(change_q_value) from by_hand").fetchall()
        assert shown[0] > 0
        assert differences(connection, "by_hand", "expected", CELL) == {}


@pytest.mark.long
def test_the_script_of_account_months_gets_every_column_of_every_month(tmp_path: Path) -> None:
    """The bench itself, of a few accounts: it prints in how many rows the two differ."""
    printed = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.money", "--accounts", "300"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        cwd=environment.CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert " ".join(printed.split()).count("rows that differ, by column: 0") == 2, printed
