"""The TOML for a file, read once more: which of its headers are our columns, how its text is written.

The loader has checked it and refused what is wrong; here it is only read, by other code. Belongs here: the
grammar of docs/how-to/write-a-mapping.md. Does not belong here: what a text means (`values`).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

NULL_TOKENS = ("", "NA", "N/A", "NULL", "null", "-")


@dataclass(frozen=True)
class Mapping:
    """How one file is written. `columns` is ours → theirs, several of theirs where an id has parts; without
    `null_tokens` of its own a file has the usual ones."""

    encoding: str = "utf-8"
    delimiter: str | None = None
    quotes: bool = True
    header_row: int = 1
    sheet: str | None = None
    sheets: tuple[str, ...] | str | None = None
    date_order: str = "iso"
    century: int | None = None
    timezone: str = "UTC"
    zones: Table[str, str] = field(default_factory=dict)
    decimal: str = "."
    null_tokens: tuple[str, ...] | None = None
    columns: Table[str, tuple[str, ...]] = field(default_factory=dict)
    scores: Table[str, str] = field(default_factory=dict)
    statuses: Table[str, str] = field(default_factory=dict)
    questions: Table[str, str] = field(default_factory=dict)
    rows: Table[str, tuple[str, ...]] = field(default_factory=dict)
    defaults: Table[str, str] = field(default_factory=dict)

    @property
    def used(self) -> frozenset[str]:
        """Their headers that the mapping gives to one column of ours; one part of an id of several is not."""
        headers = [[part for part in parts if not part.startswith("@")] for parts in self.columns.values()]
        return frozenset(each[0] for each in headers if len(each) == 1) | frozenset(self.questions.values())

    def is_null(self, column: str) -> frozenset[str]:
        """The trimmed texts that say that a column has no value."""
        if self.null_tokens is None and column == "region":
            return frozenset({""})  # "NA" is North America
        return frozenset(token.strip() for token in self.null_tokens or NULL_TOKENS)


def mapping_file(path: Path) -> Path | None:
    """The TOML that is for a file: its own, else the one that names it, else its folder's.

    It lies beside the file or, under the same family and table, in the company's mappings.
    """
    company = os.environ.get("NPS_COMPANY")
    table = Path(path.parent.parent.name, path.parent.name)
    beside = [path.parent, *([Path(company, "mappings", table)] if company else [])]
    for folder in beside:
        if (own := folder / f"{path.name.split('.')[0]}.toml").is_file():
            return own
    for folder in beside:
        for candidate in sorted(folder.glob("*.toml")):
            patterns = tomllib.loads(candidate.read_text("utf-8-sig")).get("files", [])
            if any(fnmatchcase(path.name, pattern) for pattern in patterns):
                return candidate
    return next((usual for folder in beside if (usual := folder / "mapping.toml").is_file()), None)


def mapping_of(path: Path) -> Mapping:
    """The mapping of a file, the usual one where it has none."""
    file = mapping_file(path)
    content: dict[str, Any] = tomllib.loads(file.read_text("utf-8-sig")) if file else {}
    content.pop("files", None)
    sections: dict[str, Any] = {
        "columns": {ours: _parts(theirs) for ours, theirs in content.pop("columns", {}).items()},
        "scores": {words.strip(): str(score) for words, score in content.pop("scores", {}).items()},
        "statuses": {words.strip(): meant for words, meant in content.pop("statuses", {}).items()},
        "questions": {name: header.strip() for name, header in content.pop("questions", {}).items()},
        "rows": {header.strip(): _values(values) for header, values in content.pop("rows", {}).items()},
        "defaults": {ours: _text(value) for ours, value in content.pop("defaults", {}).items()},
    }
    for several in ("null_tokens", "sheets"):
        if isinstance(content.get(several), list):
            content[several] = tuple(str(each) for each in content[several])
    return Mapping(**content, **sections)


def _parts(theirs: Any) -> tuple[str, ...]:
    return tuple(_text(part).strip() for part in (theirs if isinstance(theirs, list) else [theirs]))


def _values(values: list[Any]) -> tuple[str, ...]:
    return tuple(_text(value).strip().lower() for value in values)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
