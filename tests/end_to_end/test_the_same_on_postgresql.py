"""The same models, the same figures: a real PostgreSQL builds everything again, and it is compared."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml
from psycopg2 import extensions

from tests.comparison import differences
from tests.end_to_end import postgresql
from tests.end_to_end.simulated import ROOT, Company

DBT = Path(sys.executable).with_name("dbt")
BUILT = ("definition", "staging", "intermediate", "marts", "semantic", "publication")
LONGEST_NAME = 63


@dataclass
class Both:
    """The company's working file, and the database in which dbt built the same from the same raw tables."""

    engine: duckdb.DuckDBPyConnection
    connection: extensions.connection
    scratch: Path

    def tables(self, condition: str) -> list[str]:
        """The working file's tables and views as `schema.table`."""
        found = self.engine.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            f" where table_catalog = current_database() and {condition} order by 1"
        ).fetchall()
        return [name for (name,) in found]

    def differences(self, table: str) -> dict[str, int]:
        """In how many rows each column differs."""
        kinds = postgresql.columns(self.engine, table)
        there = postgresql.fetch(self.connection, table, kinds, self.scratch)
        key = ["row_text", "row_number"]
        return differences(self.engine, numbered(there, kinds), numbered(table, kinds), key)


def numbered(table: str, kinds: dict[str, str]) -> str:
    """A table whose rows are told apart by all that is no double, and by a number where that is alike."""
    doubles = [name for name, kind in kinds.items() if kind == "DOUBLE"]
    others = ", ".join(f'"{name}"' for name in kinds if name not in doubles)
    ranked = "".join(f', "{name}"' for name in doubles)
    return (
        f"(select *, row_number() over (partition by row_text order by 1{ranked}) as row_number"
        f" from (select cast(row({others}) as varchar) as row_text{ranked} from {table}))"
    )


@pytest.fixture(scope="module")
def both(refreshed: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    scratch = tmp_path_factory.mktemp("postgresql")
    with (
        duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as engine,
        postgresql.database(scratch / "server") as environment,
        closing(postgresql.connect(environment)) as connection,
    ):
        engine.execute("set timezone = 'UTC'")
        connection.autocommit = True
        pair = Both(engine, connection, scratch)
        for table in pair.tables("table_schema like 'raw@_%' escape '@'"):
            postgresql.put(engine, table, connection, scratch)
        environment |= {"NPS_AS_OF": refreshed.today.isoformat()}
        environment |= {"NPS_VENDORS": "files,qualtrics,salesforce,stripe"}
        where = ["--target-path", str(scratch / "target"), "--log-path", str(scratch)]
        done = subprocess.run(
            [str(DBT), "--no-use-colors", "build", "--target", "postgresql", "--profiles-dir", ".", *where],
            cwd=ROOT / "dbt_project",
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, done.stdout[-5000:]
        yield pair


@pytest.mark.long
def test_every_table_is_the_same(both: Both) -> None:
    made = both.tables(f"table_schema in {BUILT}")
    assert {table.partition(".")[0] for table in made} == set(BUILT)
    assert not {table: found for table in made if (found := both.differences(table))}


@pytest.mark.long
def test_a_row_and_a_digit_that_differ_are_seen(both: Both) -> None:
    table = "publication.nps_scores"
    cursor = both.connection.cursor()
    one = f"(select min(ctid) from {table} where nps is not null)"
    cursor.execute(f"update {table} set nps = nps + 0.000001 where ctid = {one}")
    assert both.differences(table) == {"nps": 1}
    cursor.execute(f"delete from {table} where ctid = {one}")
    assert both.differences(table)["rows"] == 1


def test_names_are_no_longer_than_postgresql_allows() -> None:
    """A unit test's name is that of a table while it runs."""
    files = sorted((ROOT / "dbt_project" / "models").rglob("*.yml"))
    texts = [yaml.safe_load(file.read_text("utf-8")) for file in files]
    named = [test["name"] for text in texts for test in text.get("unit_tests", [])]
    assert len(named) > 50
    assert not [name for name in named if len(name) > LONGEST_NAME]
