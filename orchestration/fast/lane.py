"""Runs the models of the last refresh over what was received since, in an engine of its own.

Answers are typed by the loader of files, and their comments read for topics as in a refresh, so what comes
out is what a refresh would say that knows of nothing else that is new. A row that a load would quarantine has
no case here either.

Belongs here: from received lines to tasks. Does not belong here: what is kept of a refresh (`snapshot.py`),
or when this is done (`cli/fast_lane.py`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import duckdb

from company import labels, taxonomy
from ingestion import warehouse
from ingestion.files.headers import check_columns
from ingestion.files.mapping import mapping_path
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.readers import open_reading
from ingestion.files.tables import FILE_TABLES
from ingestion.files.versions import Delivery
from ingestion.hiding import hiding
from orchestration import clear_texts, mentions, outgoing
from orchestration.environment import Home
from orchestration.fast import snapshot
from outbox.task import Task
from receiver import handing
from receiver.segments import Extent, Segments

_LOAD: Final = "fast"
_FILES: Final = "files"
[_TABLE] = [table for table in FILE_TABLES if table.name == snapshot.RAW]


@dataclass(frozen=True)
class Found:
    """How many answers are new since the last refresh, their cases, and how many came after its as-of day:
    for those, a refresh of this day has to come first."""

    answers: int
    tasks: list[Task]
    too_late: int


def received(home: Home) -> dict[str, Extent]:
    """The segments with more than the last refresh had, as they are now. One that is gone was read by a
    refresh that has not ended well yet."""
    with duckdb.connect(str(snapshot.file(home)), read_only=True) as connection:
        taken = dict(connection.execute("select segment, size from fast.taken").fetchall())
    segments = Segments(home.received / snapshot.SENDER)
    return {
        name: extent
        for name, extent in segments.extents().items()
        if extent.size > taken.get(name, 0) and (segments.folder / name).exists()
    }


def find(home: Home, company: Path, segments: Mapping[str, Extent]) -> Found:
    """The cases of the answers in these segments that the last refresh has not seen.

    Raises:
        FileNotUnderstoodError: a load would not understand them either.
    """
    scratch = home.path / "scratch"
    scratch.mkdir(mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fast-", dir=scratch) as folder:
        # Models name the database that they were built in, so the copy has the name of the working file.
        copy = Path(folder) / home.warehouse.name
        shutil.copyfile(snapshot.file(home), copy)
        with _typed(home, Path(folder), segments, copy) as versions, duckdb.connect(str(copy)) as connection:
            connection.execute("pragma disable_checkpoint_on_shutdown")  # nothing of it is kept
            [(new,)] = connection.execute(
                f"insert into {snapshot.SCHEMA}.{snapshot.RAW} by name"
                f" select * from read_parquet('{str(versions).replace(chr(39), chr(39) * 2)}')"
            ).fetchall()
            connection.execute(
                f"insert into {snapshot.SCHEMA}._dlt_loads by name"
                " select ? as load_id, 'files' as schema_name, 0 as status, ? as inserted_at",
                [_LOAD, datetime.now(UTC)],
            )
            return _judged(connection, copy, home, company, int(new)) if new else Found(0, [], 0)


def _judged(connection: duckdb.DuckDBPyConnection, copy: Path, home: Home, company: Path, new: int) -> Found:
    found = connection.execute("select name, relation, materialized, sql from fast.models order by position")
    models = [snapshot.Model(*row) for row in found.fetchall()]
    [(as_of,)] = connection.execute("select as_of from fast.made").fetchall()
    facts = next(at for at, each in enumerate(models) if each.name == "fct_survey_responses") + 1
    _build(connection, models[:facts])
    if declared := taxonomy.declared(company):
        clear = clear_texts.of(home)
        mentions.keep(copy, declared, mentions.reader(company), clear, labels.read(company))
    _build(connection, models[facts:])
    return Found(new, _tasks(connection), _too_late(connection, as_of))


def _build(connection: duckdb.DuckDBPyConnection, models: list[snapshot.Model]) -> None:
    connection.execute("begin")
    for each in models:
        connection.execute(f"create schema if not exists {each.relation.split('.')[1]}")
        kind = "view" if each.materialized == "view" else "table"
        connection.execute(f"create {kind} {each.relation} as {each.sql}")
    connection.execute("commit")


def _tasks(connection: duckdb.DuckDBPyConnection) -> list[Task]:
    return outgoing.tasks(
        connection.execute(f"""
            with found as (
                select cases.*, answers.account_key, answers.contact_key
                from marts.{snapshot.END} as cases
                inner join marts.fct_survey_responses as answers on cases.answer_key = answers.answer_key
                where cases.outcome = 'case' and answers.load_id = '{_LOAD}'
            )
            select {outgoing.COLUMNS.format(state="'open'")}
            from found {outgoing.JOINED.format(dimensions="marts", definition="definition")}
            order by found.opened_at, found.case_key
        """)
    )


def _too_late(connection: duckdb.DuckDBPyConnection, as_of: date) -> int:
    [(late,)] = connection.execute(
        f"select count(*) from {snapshot.SCHEMA}.{snapshot.RAW} where _dlt_load_id = ? and responded_at >= ?",
        [_LOAD, datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)],
    ).fetchall()
    return int(late)


@contextmanager
def _typed(home: Home, folder: Path, segments: Mapping[str, Extent], known: Path) -> Iterator[Path]:
    """The versions of answers that the snapshot does not have yet, as a load of files would land them."""
    mappings = warehouse.mappings()
    with Delivery(_TABLE, folder, _LOAD, hiding(_FILES, _TABLE.name)) as delivery:
        for name, extent in sorted(segments.items()):
            path = folder / handing.file_name(name)
            with (home.received / snapshot.SENDER / name).open("rb") as lines:
                path.write_bytes(lines.read(extent.size))
            mapping = read_mapping(
                mapping_path(path, mappings and mappings / _TABLE.family / _TABLE.folder), _TABLE
            )
            reading = open_reading(path, mapping)
            check_columns(path, reading, mapping, _TABLE)
            delivery.add(path, reading, mapping)
        yield delivery.versions(known, snapshot.SCHEMA).path
