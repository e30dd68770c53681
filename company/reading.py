"""The tables of a definition as rows, each with its line, and what is wrong with a file, a cell or a key.

Belongs here: reading one table by itself. Does not belong here: what the tables say together (`wholeness`).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from company.folder import DEFINITION
from company.mistakes import Mistake, Page, listed, read
from company.tables import PAGES, TABLES, Table


@dataclass(frozen=True)
class Row:
    """One line of a table; `values` are typed and lack what could not be read, `cells` are as written."""

    file: str
    line: int
    values: dict[str, Any]
    cells: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def wrong(self, problem: str, remedy: str) -> Mistake:
        """A mistake in this line."""
        return Mistake(self.file, self.line, problem, remedy)


@dataclass(frozen=True)
class Definition:
    """Table → its rows; those of a table with mistakes of its own are not judged any further."""

    rows: dict[str, list[Row]]
    mistakes: tuple[Mistake, ...]

    def of(self, table: str, version: str) -> list[Row]:
        """The rows of one version."""
        return [row for row in self.rows[table] if row["definition_version"] == version]


def definition(folder: Path) -> Definition:
    """All tables of the folder, and what is wrong with each by itself."""
    rows: dict[str, list[Row]] = {}
    mistakes = [*_unknown_files(folder / DEFINITION)]
    for table in TABLES:
        found: list[Mistake] = []
        given = list(rows_of(folder, f"{DEFINITION}/{table.name}.csv", table, found))
        rows[table.name] = (
            given if not found else [row for row in given if len(row.values) == len(table.columns)]
        )
        mistakes += found
    for table in PAGES:
        page = read(folder, f"{DEFINITION}/{table.name}.toml")
        rows[table.name] = [*_rows_of_page(page, (), page.content or {})]
    versions = {row["definition_version"] for row in rows["nps_definitions"]}
    for name, held in rows.items():
        for row in held:
            version = row.values.get("definition_version")
            if version is not None and versions and version not in versions and name != "nps_definitions":
                known = f"write one of {listed(sorted(versions))}, or enter it in nps_definitions.csv"
                mistakes.append(row.wrong(f'there is no version "{version}"', known))
    return Definition(rows, tuple(mistakes))


def _unknown_files(folder: Path) -> Iterator[Mistake]:
    """dbt would take another CSV or YAML for a part of its project."""
    known = {f"{table.name}.csv" for table in TABLES} | {f"{table.name}.toml" for table in PAGES}
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name not in {*known, "README.md"} and not path.name.startswith("."):
            yield Mistake(
                f"{DEFINITION}/{path.name}", 0, "no table of the definition is called so", "move it away"
            )


def _rows_of_page(page: Page, path: tuple[str, ...], said: Any) -> Iterator[Row]:
    """A row for each key that has a value, under its name with full stops, as TOML writes it."""
    if isinstance(said, dict) and said:
        for key, value in said.items():
            yield from _rows_of_page(page, (*path, key), value)
    elif path:
        name = ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key) for key in path)
        cells = name, json.dumps(said, ensure_ascii=False, default=str)
        line = page.line(path[0], path[1] if len(path) > 1 else "")
        yield Row(page.file, line, dict(zip(("key", "value"), cells, strict=True)), cells)


def rows_of(folder: Path, file: str, table: Table, mistakes: list[Mistake]) -> Iterator[Row]:
    """The rows of one table; what is wrong with it is added to `mistakes`."""
    names = [column.name for column in table.columns]
    try:
        text = (folder / file).read_bytes().decode("utf-8-sig")
        lines = csv.reader(text.splitlines(keepends=True), strict=True)
        header = next(lines, [])
        if header != names:
            mistakes.append(
                Mistake(file, 1, f"its columns are {listed(header) or 'none'}", f"write {listed(names)}")
            )
            return
        keys: dict[tuple[Any, ...], int] = {}
        last = lines.line_num
        for cells in lines:
            line, last = last + 1, lines.line_num
            if not cells:
                continue
            if len(cells) != len(names):
                problem = f"it has {len(cells)} cells and the header {len(names)}"
                mistakes.append(
                    Mistake(file, line, problem, "put what holds a comma between quotation marks")
                )
                continue
            row = Row(file, line, dict(_values(table, file, line, cells, mistakes)), tuple(cells))
            key = tuple(row.values.get(column) for column in table.key)
            if keys.setdefault(key, line) != line:
                said = listed([part for part in key if part is not None])
                mistakes.append(row.wrong(f"{said} is in line {keys[key]} already", "keep one of them"))
            yield row
        if not keys and not table.may_be_empty:
            mistakes.append(Mistake(file, 1, "it has no row", "enter what is decided"))
    except FileNotFoundError:
        if not table.may_be_absent:
            mistakes.append(Mistake(file, 0, "it is not there", "write it: `nps init` shows how"))
    except UnicodeDecodeError:
        mistakes.append(Mistake(file, 0, "it is not UTF-8", "save it as UTF-8"))
    except csv.Error as error:
        mistakes.append(Mistake(file, lines.line_num, f"this is not CSV ({error})", "correct that line"))


def _values(
    table: Table, file: str, line: int, cells: list[str], mistakes: list[Mistake]
) -> Iterator[tuple[str, Any]]:
    for column, cell in zip(table.columns, cells, strict=True):
        try:
            yield column.name, column.value(cell)
        except ValueError as error:
            mistakes.append(Mistake(file, line, *error.args))
