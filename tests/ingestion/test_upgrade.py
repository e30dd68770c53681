"""A warehouse of an earlier release goes on: what a later one declares joins the tables that are there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import LoadMismatchError
from ingestion.files import tables
from ingestion.files.tables import FileTable
from ingestion.load import load_source
from ingestion.tables import Kind

HEADER = "response_id,score,responded_at,person_id\n"


def test_a_column_that_a_release_adds_joins_an_older_table(
    home: Path, monkeypatch: pytest.MonkeyPatch, query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    inbox = home / "inbox" / "surveys" / "responses"
    inbox.mkdir(parents=True)
    (inbox / "a.csv").write_text(HEADER + "R1,9,2025-01-01,p1\n", "utf-8")
    with monkeypatch.context() as before:
        before.setattr("ingestion.files.source.FILE_TABLES", tuple(map(_without_person, tables.FILE_TABLES)))
        load_source("files")
    (inbox / "b.csv").write_text(HEADER + "R2,9,2025-01-01,p2\n", "utf-8")
    load_source("files")
    held = query("select response_id, person_id, _dlt_load_id from raw_files.surveys_responses order by all")
    assert [row[:2] for row in held] == [("R1", None), ("R2", "p2")]
    assert len({load for _, _, load in held}) == 2


def test_a_column_whose_type_is_declared_otherwise_stops_the_load(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = home / "inbox" / "surveys" / "responses"
    inbox.mkdir(parents=True)
    (inbox / "a.csv").write_text(HEADER + "R1,9,2025-01-01,p1\n", "utf-8")
    load_source("files")
    monkeypatch.setattr("ingestion.files.source.FILE_TABLES", tuple(map(_of_text, tables.FILE_TABLES)))
    with pytest.raises(LoadMismatchError, match="the column score as double and its loader declares varchar"):
        load_source("files")


def _of_text(table: FileTable) -> FileTable:
    columns = tuple(replace(c, kind=Kind.TEXT) if c.name == "score" else c for c in table.spec.columns)
    return replace(table, spec=replace(table.spec, columns=columns))


def _without_person(table: FileTable) -> FileTable:
    columns = tuple(column for column in table.spec.columns if column.name != "person_id")
    return replace(table, spec=replace(table.spec, columns=columns))
