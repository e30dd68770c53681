"""A past publication made again: from what raw held then, under the definition of then, and judged again.

It is made in a folder of its own, which is removed afterwards; nothing is published, nobody is told, no
vendor is asked. The release is today's: where it differs from that of then, rooms and libraries are named.

Belongs here: making it again. Does not belong here: what was kept of it (`publication.origin`), or comparing
(`publication.rebuilt`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration import environment, instance, origins, progress
from orchestration.acceptance import Accepted
from orchestration.environment import Home
from publication import content, ledger, origin, rebuilt, versions
from publication.origin import Origin
from publication.rebuilt import Compared
from vault import keys
from witness import record
from witness.record import Record

_WAREHOUSE = "warehouse.duckdb"


class RerunError(Exception):
    """The publication could not be made again; the message says why. Nothing else has changed."""


@dataclass(frozen=True)
class Rerun:
    """A publication that was made again: what it was, what raw lacks of then, in which rooms and libraries
    the release differs (a line each), and what came of the comparison."""

    sequence: int
    version: str
    made_from: Origin
    lacking: tuple[str, ...]
    other: tuple[str, ...]
    compared: Compared

    @property
    def is_the_same(self) -> bool:
        """Whether every cell is as it was published."""
        return not self.compared.differences


def rerun(named: str | None) -> Rerun:
    """Make a publication again, by its version or its number in the ledger; without a name, the current one.

    Raises:
        RerunError: there is no such publication, raw has none of its loads, or a model or a check failed.
        publication.hashing.LedgerError: what was kept of it is missing or was changed.
        ConfigurationError: the configuration cannot be used, or a refresh is running.
    """
    home = environment.prepare()
    chain = ledger.verify(home.ledger)
    head = _head(home, named)
    if chain.heads.get(head.sequence) != head.ledger_head:
        raise RerunError(
            f"the record of publication {head.sequence} is not that of the ledger: `nps audit verify`"
        )
    made_from = origin.kept(home.origins, head)
    accepted = ledger.accepted_in(ledger.read(home.ledger, head.sequence))
    with tempfile.TemporaryDirectory(dir=home.path, prefix="rerun-") as made:
        again = Home(Path(made))
        (again.path / "vault").symlink_to(home.path / "vault")  # comments are read again for their topics
        progress.report("restore", f"what publication {head.sequence} was made from")
        with instance.alone(home):
            lacking = raw_of_then(home.warehouse, again.warehouse, made_from)
        _judged(
            home,
            again,
            _company_of_then(home, again, made_from),
            made_from,
            tuple(Accepted(a.limit, a.subject, a.reason, a.accepted_by, a.accepted_at) for a in accepted),
        )
        folder = home.published / "versions" / head.version
        compared = rebuilt.compare(
            again.warehouse,
            made_from.tables,
            folder if (folder / content.DATABASE_NAME).is_file() else None,
            home.ledger,
            head.sequence,
        )
    return Rerun(head.sequence, head.version, made_from, lacking, tuple(_other(made_from)), compared)


def _head(home: Home, named: str | None) -> Record:
    """The record of a publication. Raises RerunError if there is none of that name."""
    heads = [each.record for each in record.kept(home.heads).values()]
    if named is None:
        current = versions.current(home.published)
        named = current.name if current else ""
    for head in heads:
        if named in (head.version, str(head.sequence)):
            return head
    if not heads:
        raise RerunError(f"{home.heads} holds no record: nothing was published here")
    raise RerunError(
        f"there is no record of publication {named!r}: those in {home.heads} are of publications"
        f" {heads[0].sequence} to {heads[-1].sequence}"
    )


def raw_of_then(now: Path, then: Path, made_from: Origin) -> tuple[str, ...]:
    """Copy what raw held into a working file; returns what it lacks, a line each.

    Raw is insert-only, and dlt numbers loads by their time, so that it is what was loaded up to the last load
    of then. Tables that no load fills, such as dlt's own, are copied whole.
    """
    with duckdb.connect(str(then)) as connection:
        connection.execute(f"attach {content.literal(now)} as now (read_only)")
        tables = connection.execute(
            "select schema_name, table_name, bool_or(column_name = '_dlt_load_id')"
            " from duckdb_columns() where database_name = 'now' and list_contains(?, schema_name)"
            " and not starts_with(table_name, 'sqlite_') group by all order by all",
            [list(made_from.raw)],
        ).fetchall()
        for schema in sorted({schema for schema, *_ in tables}):
            connection.execute(f'create schema "{schema}"')
        for schema, table, is_loaded in tables:
            column = "_dlt_load_id" if is_loaded else "load_id" if table == "_dlt_loads" else None
            last = made_from.raw[schema].last
            until = f" where cast({column} as double) <= cast('{last}' as double)" if column else ""
            connection.execute(
                f'create table "{schema}"."{table}" as select * from now."{schema}"."{table}"{until}'
            )
        connection.execute("detach now")
        found = origins.held(connection)
    return tuple(_lacking(made_from, found))


def _lacking(made_from: Origin, found: dict[str, origin.Loads]) -> Iterator[str]:
    """What raw held then and does not hold now, or the other way round."""
    for schema, was in made_from.raw.items():
        now = found.get(schema, origin.Loads(0, "", {}))
        if now.number != was.number:
            yield f"{schema} had {was.number:,} loads then, of which {now.number:,} are there"
        for table, rows in was.rows.items():
            if (there := now.rows.get(table, 0)) != rows:
                yield f"{schema}.{table} had {rows:,} rows then, of which {there:,} are there"


def _company_of_then(home: Home, again: Home, made_from: Origin) -> Path:
    """Write the company's folder as it was, and return it."""
    folder = again.path / "company"
    for name, digest in made_from.company.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(origin.text(home.origins, digest))
    return folder


def _judged(
    home: Home, again: Home, company: Path, made_from: Origin, accepted: tuple[Accepted, ...]
) -> None:
    """Build and judge in the folder of the rerun. Raises RerunError if that fails."""
    with environment.restored():
        for of_the_first in ("DBT_TARGET_PATH", "DBT_LOG_PATH"):
            os.environ.pop(of_the_first, None)
        os.environ |= {
            "NPS_HOME": str(again.path),
            "NPS_COMPANY": str(company),
            "NPS_AS_OF": made_from.as_of,
            keys.SETTING: str(keys.folder(home.path)),
        }
        from orchestration import refresh

        told = refresh.judge(made_from.vendors, accepted)
    if not told.succeeded:
        other = "; ".join(_other(made_from)) or "the release is that of then"
        raise RerunError(f"it could not be built and judged again: {told.error} ({other})")


def _other(made_from: Origin) -> Iterator[str]:
    """In what today's release differs from that of then, a line each."""
    rooms = origins.release()
    for room in sorted({*rooms, *made_from.release}):
        if rooms.get(room) != made_from.release.get(room):
            since = f" since {made_from.revision[:12]}" if made_from.revision else ""
            yield f"{room}/ has changed{since}"
    libraries = origins.libraries()
    for name in sorted({*libraries, *made_from.libraries}):
        was, now = made_from.libraries.get(name), libraries.get(name)
        if was != now:
            yield f"{name} was {was or 'not installed'} and is {now or 'not installed'}"
