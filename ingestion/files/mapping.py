"""The TOML beside the files: which of their headers are our columns, and how their text is written.

Understands and checks the mapping itself; whether the file fits it is for the reader to say.
"""

import codecs
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.tables import FileTable

FOLDER_MAPPING = "mapping.toml"
ROW_NUMBER = "@row"
NULL_TOKENS = ("", "NA", "N/A", "NULL", "null", "-")
DATE_ORDERS = ("iso", "dmy", "mdy")


@dataclass(frozen=True)
class Mapping:
    """How one file is read. `columns` is ours → theirs, `scores` words of theirs → the number they stand for;
    `path` is the TOML, `None` when there is none."""

    path: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str | None = None
    date_order: str = "iso"
    timezone: str = "UTC"
    decimal: str = "."
    null_tokens: tuple[str, ...] = NULL_TOKENS
    scores: dict[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header_row: int = 1

    def theirs(self, ours: str) -> str:
        """The header under which a column of ours is expected."""
        return self.columns.get(ours, ours)


def mapping_path(data_file: Path) -> Path | None:
    """The TOML that is for this file: its own, else the folder's, else none."""
    stem = data_file.name.split(".")[0]
    for candidate in (data_file.with_name(f"{stem}.toml"), data_file.with_name(FOLDER_MAPPING)):
        if candidate.is_file():
            return candidate
    return None


def read_mapping(path: Path | None, table: FileTable) -> Mapping:
    """The mapping in a TOML, checked; the defaults without one. `FileNotUnderstoodError` if it is wrong."""
    if path is None:
        return Mapping()
    raw = path.read_bytes()
    try:
        content = tomllib.loads(raw.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileNotUnderstoodError(path, f"this is not TOML ({error})", "correct that line") from error
    return _checked(path, content, table)


def _checked(path: Path, content: dict[str, Any], table: FileTable) -> Mapping:
    def wrong(problem: str, remedy: str) -> FileNotUnderstoodError:
        return FileNotUnderstoodError(path, problem, remedy)

    known = set(Mapping.__dataclass_fields__) - {"path"}
    for key in content:
        if key not in known:
            raise wrong(f'the mapping has no key "{key}"', f"use one of {', '.join(sorted(known))}")

    ours = {column.name for column in table.columns}
    tables: dict[str, dict[str, str]] = {}
    for name in ("columns", "defaults"):
        section = content.get(name, {})
        if not isinstance(section, dict):
            raise wrong(
                f'"{name}" is not a section', f'write it as [{name}] with lines such as score = "nps"'
            )
        for column in section:
            if column not in ours:
                raise wrong(
                    f'[{name}] names "{column}", which is no column of {table.family}/{table.folder}',
                    f"use one of {', '.join(sorted(ours))}",
                )
        tables[name] = {column: _text(value) for column, value in section.items()}
    # As headers are, because a blank at the end of one is copied without being seen.
    tables["columns"] = {column: theirs.strip() for column, theirs in tables["columns"].items()}
    for column, theirs in tables["columns"].items():
        if theirs == ROW_NUMBER and column != table.own_id:
            raise wrong(
                f'"{column}" cannot be "{ROW_NUMBER}"', f"only {table.own_id} can be the row's number"
            )

    scores = content.get("scores", {})
    numbers = isinstance(scores, dict) and all(type(score) in (int, float) for score in scores.values())
    if not numbers or (scores and "score" not in ours):
        raise wrong(
            '"scores" gives words no number', 'write it as [scores] with lines such as "10 - sure" = 10'
        )

    sections = {"columns", "defaults", "scores"}
    options: dict[str, Any] = {key: content[key] for key in known - sections if key in content}
    for key, value in options.items():
        expected = int if key == "header_row" else list if key == "null_tokens" else str
        if not isinstance(value, expected) or isinstance(value, bool):
            raise wrong(f'"{key}" is {value!r}', f"write {_EXAMPLES[key]}")
    if "null_tokens" in options:
        options["null_tokens"] = tuple(str(token) for token in options["null_tokens"])
    options["scores"] = {words.strip(): str(score) for words, score in scores.items()}
    mapping = Mapping(path, tables["columns"], tables["defaults"], **options)

    if mapping.date_order not in DATE_ORDERS:
        raise wrong(f'"date_order" is "{mapping.date_order}"', f"use one of {', '.join(DATE_ORDERS)}")
    if mapping.decimal not in (".", ","):
        raise wrong(f'"decimal" is "{mapping.decimal}"', 'use "." or ","')
    if mapping.delimiter is not None and (len(mapping.delimiter) != 1 or not mapping.delimiter.isascii()):
        raise wrong(f'"delimiter" is "{mapping.delimiter}"', f"write {_EXAMPLES['delimiter']}")
    if mapping.header_row < 1:
        raise wrong(f'"header_row" is {mapping.header_row}', "the first row is 1")
    try:
        codecs.lookup(mapping.encoding)
        "a".encode(mapping.encoding)
    except LookupError as error:
        raise wrong(
            f'"encoding" is "{mapping.encoding}", which is unknown', "use utf-8, latin-1, cp1252, cp850, …"
        ) from error
    if not _is_zone(mapping.timezone):
        raise wrong(
            f'"timezone" is "{mapping.timezone}", which is unknown', 'use a name such as "Europe/Paris"'
        )
    return mapping


_EXAMPLES = {
    "encoding": 'encoding = "latin-1"',
    "delimiter": 'one character, such as delimiter = ";" or "\\t"',
    "date_order": 'date_order = "dmy"',
    "timezone": 'timezone = "Europe/Paris"',
    "decimal": 'decimal = ","',
    "null_tokens": 'null_tokens = ["", "NA"]',
    "sheet": 'sheet = "Answers"',
    "header_row": "header_row = 3",
}


def _text(value: Any) -> str:
    """A TOML value as the text that a file would have carried."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _is_zone(name: str) -> bool:
    with duckdb.connect() as engine:
        return bool(
            engine.execute("select count(*) from pg_timezone_names() where name = ?", [name]).fetchall()[0][0]
        )
