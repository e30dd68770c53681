"""The TOML beside the files: which of their headers are our columns, and how their text is written.

Understands and checks the mapping itself; whether the file fits it is for the reader to say.
"""

import codecs
import tomllib
from collections.abc import Iterator
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
    known = set(Mapping.__dataclass_fields__) - {"path"}
    for key in content:
        if key not in known:
            raise FileNotUnderstoodError(
                path, f'the mapping has no key "{key}"', f"use one of {', '.join(sorted(known))}"
            )
    # As headers are, because a blank at the end of one is copied without being seen.
    columns = {ours: theirs.strip() for ours, theirs in _section(path, content, "columns", table).items()}
    for column, theirs in columns.items():
        if theirs == ROW_NUMBER and column != table.own_id:
            raise FileNotUnderstoodError(
                path, f'"{column}" cannot be "{ROW_NUMBER}"', f"only {table.own_id} can be the row's number"
            )
    defaults = _section(path, content, "defaults", table)
    scores = _scores(path, content.get("scores", {}), table)
    options = {key: _option(path, key, content[key]) for key in _EXAMPLES if key in content}
    mapping = Mapping(path, columns, defaults, scores=scores, **options)
    for is_right, problem, remedy in _values(mapping):
        if not is_right:
            raise FileNotUnderstoodError(path, problem, remedy)
    return mapping


def _section(path: Path, content: dict[str, Any], name: str, table: FileTable) -> dict[str, str]:
    """The lines of `[columns]` or `[defaults]`, each for a column of ours."""
    section = content.get(name, {})
    if not isinstance(section, dict):
        raise FileNotUnderstoodError(
            path, f'"{name}" is not a section', f'write it as [{name}] with lines such as score = "nps"'
        )
    ours = {column.name for column in table.columns}
    for column in section:
        if column not in ours:
            raise FileNotUnderstoodError(
                path,
                f'[{name}] names "{column}", which is no column of {table.family}/{table.folder}',
                f"use one of {', '.join(sorted(ours))}",
            )
    return {column: _text(value) for column, value in section.items()}


def _scores(path: Path, section: Any, table: FileTable) -> dict[str, str]:
    """The lines of `[scores]`: words of theirs and the number they stand for."""
    has_scores = any(column.name == "score" for column in table.columns)
    if (
        not isinstance(section, dict)
        or (section and not has_scores)
        or not all(type(score) in (int, float) for score in section.values())
    ):
        raise FileNotUnderstoodError(
            path,
            '"scores" gives words no number',
            'write it as [scores] with lines such as "10 - sure" = 10',
        )
    return {words.strip(): str(score) for words, score in section.items()}


def _option(path: Path, key: str, value: Any) -> Any:
    """A single setting, of the type it must have."""
    expected: Any = int if key == "header_row" else list if key == "null_tokens" else str
    if not isinstance(value, expected) or isinstance(value, bool):
        raise FileNotUnderstoodError(path, f'"{key}" is {value!r}', f"write {_EXAMPLES[key]}")
    return tuple(str(token) for token in value) if key == "null_tokens" else value


def _values(mapping: Mapping) -> Iterator[tuple[bool, str, str]]:
    """Of each setting whether its value is one that can be, what is wrong if not, and the remedy."""
    delimiter = mapping.delimiter
    yield (
        mapping.date_order in DATE_ORDERS,
        f'"date_order" is "{mapping.date_order}"',
        f"use one of {', '.join(DATE_ORDERS)}",
    )
    yield mapping.decimal in (".", ","), f'"decimal" is "{mapping.decimal}"', 'use "." or ","'
    yield (
        delimiter is None or (len(delimiter) == 1 and delimiter.isascii()),
        f'"delimiter" is "{delimiter}"',
        f"write {_EXAMPLES['delimiter']}",
    )
    yield mapping.header_row >= 1, f'"header_row" is {mapping.header_row}', "the first row is 1"
    yield (
        _is_encoding(mapping.encoding),
        f'"encoding" is "{mapping.encoding}", which is unknown',
        "use utf-8, latin-1, cp1252, cp850, …",
    )
    yield (
        _is_zone(mapping.timezone),
        f'"timezone" is "{mapping.timezone}", which is unknown',
        'use a name such as "Europe/Paris"',
    )


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


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
        "a".encode(name)
    except LookupError:
        return False
    return True


def _is_zone(name: str) -> bool:
    with duckdb.connect() as engine:
        return bool(
            engine.execute("select count(*) from pg_timezone_names() where name = ?", [name]).fetchall()[0][0]
        )
