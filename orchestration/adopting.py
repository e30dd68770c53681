"""A state folder of a release that had no vault gets one, before its first load by this release.

By itself and not by a command: what a load brings is compared with what raw has, so raw must have tokens
first, or everything would come a second time. The working file is written anew, raw only: the refresh builds
the models from it. A run that is killed leaves the old file, and the next begins again.

Belongs here: when, and what else held clear text. Does not belong here: rows (`ingestion.adopting`), writing
a file anew (`erasure.rewriting`).
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Final

import duckdb

from erasure import rewriting
from ingestion.adopting import Adoption
from orchestration import progress
from orchestration.environment import Home
from vault import keys

#: Says that raw holds tokens. In the vault's folder: whoever moves that away begins anew.
_MARK: Final = "adopted"
#: Held clear text and are made anew by the refresh, or by nobody. Dagster's history is not among them.
_GONE: Final = ("fast", "reports", "scratch")


class AdoptionError(Exception):
    """Raw with tokens has not as many rows as it had; the old file is as it was."""


def adopt(home: Home) -> int:
    """Put tokens into raw, unless it has them; how many rows were converted.

    Raises:
        VaultKeyError: the keys that loads need cannot be used or made.
        AdoptionError: rows would be lost.
    """
    mark = home.path / "vault" / _MARK
    if mark.exists():
        return 0
    keys.writing(home.path)
    rows = _converted(home) if home.warehouse.exists() else 0
    mark.touch(mode=0o600)
    return rows


def _converted(home: Home) -> int:
    progress.report("load", "the vault: personal data of earlier loads")
    scratch = home.path / "vault" / "adopting.duckdb"
    before = _counts(home)
    adoption = Adoption(scratch)
    scratch.unlink(missing_ok=True)
    fresh = rewriting.copy(home.warehouse, adoption.query, lambda schema: schema.startswith("raw_"))
    for leftover in (scratch, scratch.with_name(f"{scratch.name}.wal")):
        leftover.unlink(missing_ok=True)
    after = _counts(home, fresh.name)
    if before != after:
        fresh.unlink()
        differing = sorted(
            name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
        )
        raise AdoptionError(
            f"raw would have another number of rows in {', '.join(differing)}; nothing was changed"
        )
    rewriting.replace(fresh, home.warehouse)
    for name in _GONE:
        shutil.rmtree(home.path / name, ignore_errors=True)
    for package in (home.path / "dlt").glob("*/load/loaded/*"):
        shutil.rmtree(package, ignore_errors=True)
    return adoption.rows


def _counts(home: Home, name: str | None = None) -> Mapping[str, int]:
    """The rows of each raw table of the working file, or of one beside it."""
    path = home.path / name if name else home.warehouse
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            r" where schema_name like 'raw\_%' escape '\' order by all"
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(f'select count(*) from "{schema}"."{table}"').fetchall()[
                0
            ][0]
            for schema, table in tables
        }
