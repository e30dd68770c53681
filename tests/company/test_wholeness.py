"""What dbt's tests refuse in the tables of a definition, `nps check` refuses too: with file and line."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from company import checking
from tests.companies import seal
from tests.dbt.test_definition.conftest import SECOND, two_versions
from tests.dbt.test_definition.test_definition_refused import MISTAKES

#: What holds for every company is no company's to change.
THE_PRODUCTS = "answer_dispositions"


@pytest.fixture
def changed(verdant: Path) -> Path:
    """A company whose second version is whole and approved."""
    two_versions(verdant / "definition")
    seal(verdant, SECOND)
    return verdant


def change(folder: Path, statement: str) -> str:
    """Make a change of a table, told as SQL, and return the table's name."""
    words = statement.replace("insert into ", "update ").replace("delete from ", "update ").split()
    table = words[1]
    file = folder / "definition" / f"{table}.csv"
    with duckdb.connect() as engine:
        engine.read_csv(str(file), header=True, all_varchar=True, delimiter=",").create(table)
        columns = engine.table(table).columns
        for number in {"score", "nps_weight", "tier_order", "minimum_amount"} & {*columns}:
            engine.execute(f"alter table {table} alter {number} type integer")
        engine.execute(statement)
        engine.table(table).write_csv(str(file))
    return table


def mistakes(folder: Path) -> list[str]:
    """What is wrong with it, beside that it has changed since it was approved."""
    return [str(each) for each in checking.judge(folder) if "since The Board approved" not in each.problem]


def test_two_whole_versions_are_in_order(changed: Path) -> None:
    assert checking.judge(changed) == []


@pytest.mark.parametrize("name", [name for name, (sql, _) in MISTAKES.items() if THE_PRODUCTS not in sql])
def test_what_dbt_refuses_is_refused_with_its_file(changed: Path, name: str) -> None:
    change(changed, MISTAKES[name][0])
    assert mistakes(changed)


def test_a_line_is_named(verdant: Path) -> None:
    change(verdant, "update customer_value_tiers set minimum_amount = 5000 where customer_value_tier = 'key'")
    found = [each for each in checking.judge(verdant) if "not above" in each.problem]
    [told] = [(each.file, each.line) for each in found]
    lines = (verdant / told[0]).read_text("utf-8").splitlines()
    assert lines[told[1] - 1].startswith("2023.1,key,")
