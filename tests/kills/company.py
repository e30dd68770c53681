"""A company that is refreshed in seconds: two files of answers, of which the second one is new.

Belongs here: its inbox, its refreshes, and what can be compared of it. Does not belong here: killing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from publication import reader

ROOT: Final = Path(__file__).resolve().parents[2]
NPS: Final = Path(sys.executable).with_name("nps")
#: What tells only when and by which load something came, or in what order.
_OF_THE_LOAD: Final = ("_dlt_load_id", "load_id", "loaded_at", "inserted_at", "position")


@dataclass(frozen=True)
class Held:
    """What is there after a refresh: schema.table → digest, published table → hash, and orphan rows."""

    tables: dict[str, str]
    published: dict[str, str]
    orphans: dict[str, int]


class Company:
    """A company in `folder`: `home` is its state, `before` a copy of it from before the second file."""

    def __init__(self, folder: Path) -> None:
        self.home, self._before = folder / "home", folder / "before"

    def found(self) -> None:
        """The first file is published; the state is kept, to begin from it again and again."""
        self._answer("first", range(40))
        self.refresh()
        shutil.copytree(self.home, self._before, symlinks=True)

    def begin_again(self) -> None:
        """The state from before the second file, which is in the inbox now."""
        for private in (self.home, *self.home.rglob("*")) if self.home.exists() else ():
            if private.is_dir() and not private.is_symlink():
                private.chmod(0o700)
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(self._before, self.home, symlinks=True)
        self._answer("second", range(40, 90))

    def refreshing(self) -> subprocess.Popen[str]:
        """A refresh in a process group of its own."""
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SOURCES__", "NPS_COMPANY"))
        }
        environment |= {"NPS_HOME": str(self.home), "NPS_AS_OF": "2025-12-01", "NPS_PAGES": "off"}
        return subprocess.Popen(
            [NPS, "refresh"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def refresh(self) -> None:
        """A refresh to its end. Raises RuntimeError with what it said where it fails."""
        process = self.refreshing()
        said, _ = process.communicate(timeout=600)
        if process.returncode:
            raise RuntimeError(said)

    def held(self) -> Held:
        """What is there now."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            found = connection.execute(
                "select table_schema, table_name, list(column_name order by ordinal_position)"
                " from information_schema.columns"
                " where (table_schema in ('marts', 'publication') or table_schema like 'raw\\_%' escape '\\')"
                " and table_name not like '\\_dlt%' escape '\\' group by all order by all"
            ).fetchall()
            tables, orphans = {}, {}
            for schema, table, columns in found:
                name = f'{schema}."{table}"'
                kept = ", ".join(f'"{column}"' for column in columns if column not in _OF_THE_LOAD)
                tables[f"{schema}.{table}"] = _one(
                    connection,
                    "select count(*) || ' ' || md5(coalesce(string_agg(line, '' order by line), ''))"
                    f" from (select md5(row({kept})::varchar) as line from {name})",
                )
                if schema.startswith("raw_") and "_dlt_load_id" in columns:
                    orphans[name] = _one(
                        connection,
                        f"select count(*) from {name} where _dlt_load_id not in"
                        f" (select load_id from {schema}._dlt_loads where status = 0)",
                    )
        published = dict(reader.manifest(self.home / "published").tables)
        return Held(tables, {name: str(said) for name, said in published.items()}, orphans)

    def _answer(self, name: str, numbers: range) -> None:
        inbox = self.home / "inbox" / "surveys" / "responses"
        inbox.mkdir(parents=True, exist_ok=True)
        rows = [f"{n},{n % 11},2025-{n % 11 + 1:02d}-15T12:00:00Z" for n in numbers]
        (inbox / f"{name}.csv").write_text("\n".join(["response_id,score,responded_at", *rows]) + "\n")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.execute(query).fetchall()[0][0]
