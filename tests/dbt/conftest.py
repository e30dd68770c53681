"""A working file with raw tables and the models built from them.

How tests of the models get their input and run dbt belongs here; what they assert does not. The raw
tables come from the sources' own YAML, so a column that staging reads and YAML forgets fails the build.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from orchestration.dbt import parsed

PROJECT = Path(__file__).parents[2] / "dbt_project"
COMMON_COLUMNS = {
    "record_id": "varchar not null",
    "content_hash": "varchar not null",
    "version_id": "varchar not null",
    "version_at": "timestamp with time zone",
    "payload": "varchar not null",
    "position": "bigint not null",
    "_dlt_load_id": "varchar not null",
}
WITHOUT_COMMON = {"quarantine", "intake", "withdrawals"}
AS_OF = "2026-01-01"
#: The simulated company's. Another set of vendors costs its first test a parse: seventeen seconds of a core.
SIMULATED = ("files", "qualtrics", "salesforce", "stripe")
VENDORS = (*SIMULATED, "billing_database", "chargebee")
#: The commands that are given the parsed project.
GIVEN_IT = {"build", "compile", "ls", "test"}
#: Vendors → dbt's own form of the project.
PARSED: dict[tuple[str, ...], Manifest] = {}


def raw_tables(vendor: str) -> dict[str, dict[str, str]]:
    """Table → column → type, as the vendor's sources YAML declares them, common columns first."""
    declared = yaml.safe_load((PROJECT / "models" / "staging" / vendor / f"_{vendor}.yml").read_text("utf-8"))
    return {
        table["name"]: ({} if table["name"] in WITHOUT_COMMON else COMMON_COLUMNS)
        | {c["name"]: c["data_type"] for c in table["columns"]}
        for source in declared["sources"]
        for table in source["tables"]
        if "columns" in table
    }


@dataclass
class Warehouse:
    """A working file under `home`; every dbt run and every query opens and closes it."""

    home: Path
    vendors: Sequence[str] = VENDORS
    as_of: str = AS_OF
    project: Path = PROJECT

    @property
    def path(self) -> Path:
        return self.home / "warehouse.duckdb"

    @contextmanager
    def connection(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.path)) as opened:
            opened.execute("set TimeZone = 'UTC'")
            yield opened

    def create_raw(self) -> None:
        """Empty raw tables for every vendor that is on, and one complete and one broken load."""
        with self.connection() as opened:
            for vendor in self.vendors:
                opened.execute(f"create schema raw_{vendor}")
                opened.execute(
                    f"create table raw_{vendor}._dlt_loads (load_id varchar, schema_name varchar, "
                    "status bigint, inserted_at timestamp with time zone, schema_version_hash varchar)"
                )
                opened.execute(
                    f"insert into raw_{vendor}._dlt_loads values "
                    "('1', 's', 0, '2025-12-30 06:00:00+00', 'h'), "
                    "('2', 's', 0, '2025-12-31 06:00:00+00', 'h'), "
                    "('9', 's', 1, '2025-12-31 07:00:00+00', 'h')"
                )
                for table, columns in raw_tables(vendor).items():
                    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                    opened.execute(f"create table raw_{vendor}.{table} ({listed})")

    def land(
        self,
        vendor: str,
        table: str,
        record_id: str,
        *,
        version_at: str | None = None,
        load_id: str = "1",
        position: int = 1,
        **values: Any,
    ) -> None:
        """One version of one record, the way the loader lands it."""
        payload = json.dumps(values, default=str)
        content_hash = hashlib.md5(f"{payload}{version_at}".encode()).hexdigest()
        row: Mapping[str, Any] = {
            "record_id": record_id,
            "content_hash": content_hash,
            "version_id": content_hash,
            "version_at": version_at,
            "payload": payload,
            "position": position,
            "_dlt_load_id": load_id,
            **({"file_name": "a.csv"} if vendor == "files" else {}),
            **values,
        }
        columns = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        with self.connection() as opened:
            opened.execute(
                f"insert into raw_{vendor}.{table} ({columns}) values ({marks})", list(row.values())
            )

    def dbt(self, *arguments: str) -> dbtRunnerResult:
        """Runs dbt in this process and lets go of the working file afterwards."""
        command = next(each for each in arguments if not each.startswith("-"))
        with self._settings():
            manifest = self._parsed() if command in GIVEN_IT else None
            try:
                return dbtRunner(manifest).invoke([*arguments, *self._options()])
            finally:
                DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]

    def _options(self) -> list[str]:
        return ["--project-dir", str(self.project), "--profiles-dir", str(self.project), "--quiet"]

    @contextmanager
    def _settings(self) -> Iterator[None]:
        settings = {
            "NPS_HOME": str(self.home),
            "NPS_VENDORS": ",".join(self.vendors),
            "NPS_AS_OF": self.as_of,
            "DBT_TARGET_PATH": str(self.home / "target"),
            "DBT_LOG_PATH": str(self.home / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value

    def manifest(self) -> dict[str, Any]:
        """What dbt would write of the parsed project."""
        self.dbt("ls", "--select", "metric:nps")  # it asks for the flags of a command, and there was none yet
        with self._settings():
            found = self._parsed()
        assert found is not None
        return dict(found.writable_manifest().to_dict())

    def _parsed(self) -> Manifest | None:
        """The unchanged project is the same in every home: parsed once. A changed one dbt parses itself."""
        if self.project != PROJECT:
            return None
        vendors = tuple(sorted(self.vendors))
        if vendors not in PARSED:
            os.environ["NPS_VENDORS"] = ",".join(vendors)
            PARSED[vendors] = parsed(self.project)
        return PARSED[vendors]

    def build(self, *arguments: str) -> dbtRunnerResult:
        """`dbt build` with the tests whose every input is selected; fails with dbt's own messages."""
        built = self.dbt("build", "--indirect-selection", "cautious", *arguments)
        assert built.success, built.exception or failures(built)
        return built

    def tested(self, name: str) -> list[str]:
        """What came of the data tests of that name. dbt's results have what runs before them, too."""
        found = getattr(self.dbt("--no-write-json", "test", "--select", name).result, "results", [])
        return [str(each.status) for each in found if each.node.resource_type == "test"]

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connection() as opened:
            return opened.execute(statement).fetchall()


def failures(result: dbtRunnerResult) -> dict[str, str]:
    """Node → message of everything that did not pass."""
    return {
        node.node.unique_id: str(node.message)
        for node in getattr(result.result, "results", [])
        if node.status not in {"success", "pass", "skipped", "no-op"}
    }


@pytest.fixture(scope="session")
def new_warehouse() -> type[Warehouse]:
    """For tests that need a working file of their own."""
    return Warehouse


@pytest.fixture(scope="session")
def all_vendors(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Every vendor on, nothing landed yet."""
    warehouse = Warehouse(tmp_path_factory.mktemp("all_vendors"))
    warehouse.create_raw()
    return warehouse


@pytest.fixture(scope="session")
def files_only(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Only files, nothing landed yet."""
    warehouse = Warehouse(tmp_path_factory.mktemp("files_only"), ("files",))
    warehouse.create_raw()
    return warehouse
