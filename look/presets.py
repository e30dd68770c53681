"""Survey tools whose exports are known: one TOML per tool in `presets/`, recognised by its headers.

A preset says where a tool keeps what and where its header is; everything else is inferred.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from look.columns import Column
from look.findings import Findings
from look.form import Row
from look.vocabulary import import_id, plain

#: A row of ImportIds has at least this many of them.
_IMPORT_IDS = 3


@dataclass(frozen=True)
class Preset:
    """A tool's export.

    `recognise` lists headers that must all exist, each with its variants. `columns` is ours → their headers,
    of which the first existing one applies. `rows` says which rows to leave out, or keep, by the values of a
    column. `header` is where the mapping's header is: the recognised row (`row`), the row of ImportIds
    (`import_ids`), or the row below (`below`). `checked` says how far it was tested on real exports.
    """

    tool: str
    checked: str
    recognise: tuple[tuple[str, ...], ...] = ()
    header: str = "row"
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    rows: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    timezone: str | None = None
    restarts: bool = False
    note: str = ""


@dataclass(frozen=True)
class Recognised:
    """A preset, the mapping's header row, and the header rows above it."""

    preset: Preset
    header: Row
    above: tuple[tuple[str, ...], ...]


@cache
def presets() -> tuple[Preset, ...]:
    """All tools, those with the most headers to recognise first."""
    found = [_read(path) for path in sorted(Path(__file__).with_name("presets").glob("*.toml"))]
    return tuple(sorted(found, key=lambda preset: -len(preset.recognise)))


def _read(path: Path) -> Preset:
    content: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    content["recognise"] = tuple(
        tuple(plain(form) for form in ([forms] if isinstance(forms, str) else forms))
        for forms in content.get("recognise", [])
    )
    content["columns"] = {ours: tuple(theirs) for ours, theirs in content.get("columns", {}).items()}
    content["rows"] = {
        column: {kind: tuple(values) for kind, values in rule.items()}
        for column, rule in content.get("rows", {}).items()
    }
    return Preset(**content)


def recognise(top: Sequence[Row], findings: Findings) -> Recognised | None:
    """The tool whose headers are in one of the first rows, if there is one."""
    for preset in presets():
        for at, row in enumerate(top[:8]):
            if _is_header(preset, row):
                below = (
                    preset.header == "below" and at + 1 < len(top) and _is_second(preset, row, top[at + 1])
                )
                first = _first_row(top, at) if preset.header == "import_ids" else at
                at += 1 if below else 0
                findings.sure(
                    "tool", f"{preset.tool}, by its headers{f'. {preset.note}' if preset.note else ''}"
                )
                above = tuple(above.cells for above in top[first:at])
                return Recognised(preset, top[at], above)
    return None


def _first_row(top: Sequence[Row], at: int) -> int:
    """The first row above the ImportIds that is as wide: the short names, then the questions."""
    return next(
        number for number in range(max(0, at - 2), at + 1) if len(top[number].cells) == len(top[at].cells)
    )


def _is_header(preset: Preset, row: Row) -> bool:
    if preset.header == "import_ids":
        return sum(import_id(cell) is not None for cell in row.cells) >= _IMPORT_IDS
    cells = {plain(cell) for cell in row.cells}
    return bool(preset.recognise) and all(cells.intersection(forms) for forms in preset.recognise)


def _is_second(preset: Preset, first: Row, second: Row) -> bool:
    """Whether the row below is the second half of the header: empty under the recognised headers."""
    known = {form for forms in preset.recognise for form in forms}
    return not any(
        below.strip() for cell, below in zip(first.cells, second.cells, strict=False) if plain(cell) in known
    )


def mapped(preset: Preset, columns: Sequence[Column]) -> dict[str, str]:
    """Ours → theirs for each of the preset's columns that the file has and fills."""
    found: dict[str, str] = {}
    for ours, names in preset.columns.items():
        for name in names:
            match = next((c for c in columns if c.filled and _is_called(c, name)), None)
            if match and match.header not in found.values():
                found[ours] = match.header
                break
    return found


def kept_rows(preset: Preset, columns: Sequence[Column], findings: Findings) -> dict[str, list[str]]:
    """The mapping's `[rows]`: the values of a column that answers may have."""
    kept: dict[str, list[str]] = {}
    for name, rule in preset.rows.items():
        column = next((c for c in columns if _is_called(c, name)), None)
        if column is None:
            continue
        out = {value.lower() for value in rule.get("leave_out", ())}
        keep = rule.get("keep", ())
        there = {value for value in column.values if keep == () and value.lower() not in out}
        gone = sum(
            count
            for value, count in column.values.items()
            if value.lower() in out or (keep and value.lower() not in {one.lower() for one in keep})
        )
        if keep or gone:
            kept[column.header] = sorted({*keep, *there, *rule.get("also", ())})
            named = ", ".join(keep or [value for value in column.values if value.lower() in out])
            text = f'only rows whose "{column.shown}" is {named}; {gone:,} others are left out'
            if not keep:
                text = f'{gone:,} rows whose "{column.shown}" is {named} are left out'
            findings.sure("rows", text)
    return kept


def _is_called(column: Column, name: str) -> bool:
    return any(plain(label) == plain(name) for label in column.labels)
