"""How to read a file, according to the TOML beside it: columns, shape, encoding, date order, zone.

Belongs here: what a mapping says, and which TOML applies to a file. Does not belong here: whether the TOML is
valid (`mapping_checks`), or whether the file fits it (the readers).
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ingestion.files.errors import FileNotUnderstoodError

FOLDER_MAPPING = "mapping.toml"
NULL_TOKENS = ("", "NA", "N/A", "NULL", "null", "-")
#: Words that stand for something that is no column of the file. `@row` alone means file name and row number.
ROW_NUMBER, FILE_STEM, SHEET_NAME = "@row", "@file", "@sheet"
WORDS = (ROW_NUMBER, FILE_STEM, SHEET_NAME)


@dataclass(frozen=True)
class Mapping:
    """How one file is read.

    `columns` is ours → theirs, `composed` an id of ours → the headers and words that make it, `questions` a
    question's id → the header of its score, `rows` a header → the values of rows that are meant, in lower
    case, `scores` words of theirs → the number they stand for, `statuses` → the known
    word, `zones` abbreviation → zone. `century` is the
    first year that two digits can mean. `quotes` is true where the mapping confirms
    them, false where it denies them. `path` is the TOML, `None` when there is none.
    """

    path: Path | None = None
    columns: dict[str, str] = field(default_factory=dict)
    composed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    delimiter: str | None = None
    quotes: bool | None = None
    date_order: str = "iso"
    century: int | None = None
    timezone: str = "UTC"
    zones: dict[str, str] = field(default_factory=dict)
    decimal: str = "."
    null_tokens: tuple[str, ...] = NULL_TOKENS
    scores: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    sheet: str | None = None
    sheets: tuple[str, ...] | None = None
    every_sheet: bool = False
    header_row: int = 1

    def theirs(self, ours: str) -> str | None:
        """The header under which a column of ours is expected; `None` where no single header stands for it.

        A header that the mapping uses for one column of ours is not also taken for the column of its own
        name. As a part of an id of several columns it is.
        """
        if ours in self.columns:
            return self.columns[ours]
        used = {*self.columns.values(), *self.questions.values()}
        used |= {headers[0] for headers in map(_headers, self.composed.values()) if len(headers) == 1}
        if ours in self.composed or ours in used or (ours == "question_id" and self.questions):
            return None
        return ours

    def parts(self, ours: str) -> tuple[str, ...]:
        """The headers and words of which a column of ours is made; none where nothing stands for it."""
        theirs = self.theirs(ours)
        return self.composed.get(ours, () if theirs is None else (theirs,))

    def named(self, ours: str) -> str:
        """What a person would look for in the file to find a column of ours."""
        return ":".join(self.parts(ours)) or ours

    def by_question(self) -> "list[Mapping]":
        """A mapping for each answer of a row: this one, or one for each line of `[questions]`."""
        if not self.questions:
            return [self]
        return [
            replace(
                self,
                columns=self.columns | {"score": theirs},
                defaults=self.defaults | {"question_id": question},
            )
            for question, theirs in self.questions.items()
        ]


def mapping_path(data_file: Path, company: Path | None = None) -> Path | None:
    """The TOML that is for this file: its own, else the one whose `files` match it, else the folder's.

    Each is looked for beside the file and in the company's folder of mappings for its table.
    Raises `FileNotUnderstoodError` where two match, or where a TOML of these folders cannot be read.
    """
    folders = [data_file.parent, *([company] if company else [])]
    own = f"{data_file.name.split('.')[0]}.toml"
    if found := _first(folders, own):
        return found
    matching = [
        path for folder in folders for path, patterns in _patterns(folder) if _matches(data_file, patterns)
    ]
    if len(matching) > 1:
        names = " and ".join(path.name for path in matching)
        raise FileNotUnderstoodError(
            data_file, f"`files` of {names} match it", f"name it in one of them, or write {own}"
        )
    return matching[0] if matching else _first(folders, FOLDER_MAPPING)


def file_stem(name: str) -> str:
    """A file's name without what says its format: `wave.2.csv.gz` is `wave.2`."""
    return re.sub(r"[.](csv|tsv|jsonl|parquet|xlsx)([.]gz)?$", "", name, flags=re.IGNORECASE)


def read_toml(path: Path) -> dict[str, Any]:
    """What a TOML holds, unchecked."""
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileNotUnderstoodError(path, f"this is not TOML ({error})", "correct that line") from error


def _first(folders: list[Path], name: str) -> Path | None:
    return next((path for folder in folders if (path := folder / name).is_file()), None)


def _patterns(folder: Path) -> Iterator[tuple[Path, list[Any]]]:
    for path in sorted(folder.glob("*.toml")):
        if b"files" in path.read_bytes():  # few have patterns, and a folder may have many
            patterns = read_toml(path).get("files", [])
            yield path, patterns if isinstance(patterns, list) else [patterns]


def _matches(data_file: Path, patterns: list[Any]) -> bool:
    return any(fnmatchcase(data_file.name, str(pattern)) for pattern in patterns)


def _headers(parts: tuple[str, ...]) -> list[str]:
    return [part for part in parts if part not in WORDS]
