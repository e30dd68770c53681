"""The same models, the same figures: other engines build everything again, and it is compared."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import pytest

from orchestration import dbt
from orchestration.mentions import FOR_MODELS
from tests.comparison import differences
from tests.end_to_end.simulated import ROOT, Company

BUILT = ("definition", "staging", "intermediate", "marts", "semantic", "publication")
SCORES = "publication.nps_scores"


class Engine(Protocol):
    """What another engine has to be able to do. `kinds` are a table's columns and DuckDB's types of them."""

    settings: dict[str, str]
    target: str

    def put(self, engine: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str]) -> None: ...

    def fetch(self, table: str, kinds: dict[str, str]) -> str: ...


@dataclass
class Both:
    """The company's working file, and the engine in which dbt built the same from the same raw tables."""

    here: duckdb.DuckDBPyConnection
    there: Engine

    def tables(self, condition: str) -> list[str]:
        """The working file's tables and views as `schema.table`."""
        found = self.here.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            f" where table_catalog = current_database() and {condition} order by 1"
        ).fetchall()
        return [name for (name,) in found]

    def kinds(self, table: str) -> dict[str, str]:
        return {name: kind for name, kind, *_ in self.here.execute(f"describe {table}").fetchall()}

    def differences(self, table: str, other: str) -> dict[str, int]:
        """In how many rows each column of a table here differs from `other`, a subquery of its columns."""
        kinds = self.kinds(table)
        return differences(
            self.here, numbered(other, kinds), numbered(table, kinds), ["row_text", "row_number"]
        )


def numbered(table: str, kinds: dict[str, str]) -> str:
    """A table whose rows are told apart by all that is no double, and by a number where that is alike."""
    doubles = [name for name, kind in kinds.items() if kind == "DOUBLE"]
    others = ", ".join(name for name in kinds if name not in doubles)
    ranked = "".join(f", {name}" for name in doubles)
    return (
        f"(select *, row_number() over (partition by row_text order by 1{ranked}) as row_number"
        f" from (select cast(row({others}) as varchar) as row_text{ranked} from {table}))"
    )


def engine(name: str, folder: Path) -> AbstractContextManager[Engine]:
    """Started in `folder`. Imported here: only `make test-engines` installs these packages."""
    if name == "postgresql":
        from tests.end_to_end.postgresql import postgresql

        return postgresql(folder)
    if not shutil.which("java"):
        pytest.skip("Spark needs Java, which this machine does not have")
    from tests.end_to_end.spark import spark

    return spark(folder)


@pytest.fixture(scope="module", params=["postgresql", "spark"])
def both(
    request: pytest.FixtureRequest, refreshed: Company, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp(request.param)
    with (
        duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as here,
        engine(request.param, folder) as there,
        pytest.MonkeyPatch.context() as patch,
    ):
        here.execute("set timezone = 'UTC'")
        pair = Both(here, there)
        for table in pair.tables(
            "table_schema like 'raw@_%' escape '@'"
            f" or (table_schema = 'topics' and table_name in {FOR_MODELS})"
        ):
            there.put(here, table, pair.kinds(table))
        settings = {"NPS_AS_OF": refreshed.today.isoformat()} | there.settings
        for name, value in (settings | {"NPS_VENDORS": "files,qualtrics,salesforce,stripe"}).items():
            patch.setenv(name, value)
        # the company's own e-mail domains are hidden in its project as addresses are in raw
        done = dbt.run(
            ["build", "--target", there.target], project=refreshed.home / "dbt_project", folder=folder / "dbt"
        )
        assert done.success  # dbt has said on standard output what did not
        yield pair


@pytest.mark.engines
def test_every_table_is_the_same(both: Both) -> None:
    made = both.tables(f"table_schema in {BUILT}")
    assert {table.partition(".")[0] for table in made} == set(BUILT)
    fetched = {table: both.there.fetch(table, both.kinds(table)) for table in made}
    assert not {table: found for table in made if (found := both.differences(table, fetched[table]))}
    # ... and a digit and a row that differ are seen
    shifted = f"(select * replace (nps + 0.000001 as nps) from {fetched[SCORES]})"
    assert both.differences(SCORES, shifted).keys() == {"nps"}
    assert both.differences(SCORES, f"(select * from {fetched[SCORES]} offset 1)")["rows"] == 1


def unknown_elsewhere(text: str) -> list[str]:
    """What an engine refuses: Spark a `varchar` without a length, PostgreSQL a name of so many characters."""
    return re.findall(r"\bvarchar\b|(?<=- name: )\w{64,}", text)


def test_types_and_names_are_known_to_every_engine() -> None:
    project = [path for path in (ROOT / "dbt_project").rglob("*.*") if path.suffix in {".sql", ".yml"}]
    texts = {path: path.read_text("utf-8") for path in project if "target" not in path.parts}
    assert len(texts) > 150
    assert not {path: found for path, text in texts.items() if (found := unknown_elsewhere(text))}
    name = "n" * 64
    assert unknown_elsewhere(f"- name: {name}\n  data_type: varchar") == [name, "varchar"]
