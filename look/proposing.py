"""From a file's columns to a mapping: what the user said, a known tool's columns, evidence for the rest."""

from collections.abc import Mapping as Readable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import NULL_TOKENS, Mapping
from ingestion.files.tables import FILE_TABLES
from look.columns import Contents
from look.findings import Findings, Known
from look.form import Form
from look.ids import ROW, find_id
from look.moments import find_moment, find_order, find_zone
from look.presets import Recognised, kept_rows, mapped
from look.proposal import Proposal
from look.roles import find_roles
from look.scale import find_score

RESPONSES = next(table for table in FILE_TABLES if table.name == "surveys_responses")


@dataclass(frozen=True)
class Said:
    """What the user says about the file, which no evidence overrides. `columns` is ours → theirs."""

    columns: Readable[str, str] = field(default_factory=dict)
    date_order: str | None = None
    timezone: str | None = None
    sheet: str | None = None
    date: str | None = None
    zones: Readable[str, str] = field(default_factory=dict)
    quotes: bool | None = None


def propose(
    path: Path,
    kind: str,
    trial: Mapping,
    form: Form | None,
    contents: Contents,
    known: Recognised | None,
    said: Said,
    findings: Findings,
) -> Proposal:
    """The mapping; adds its evidence to the findings."""
    columns = contents.columns
    named = {ours: _header(path, ours, theirs, contents) for ours, theirs in said.columns.items()}
    preset = mapped(known.preset, columns) if known else {}
    settings: dict[str, Any] = {}
    found: dict[str, Any] = {}
    defaults: dict[str, str] = {}
    if trial.encoding != "utf-8":
        settings["encoding"] = trial.encoding
    if form and form.delimiter != ("\t" if ".tsv" in path.name.lower() else ","):
        settings["delimiter"] = form.delimiter
    if form and not form.quotes:
        settings["quotes"] = False
    if trial.sheets:
        settings["sheets"] = list(trial.sheets)
    elif trial.sheet:
        settings["sheet"] = trial.sheet
    if trial.header_row > 1:
        settings["header_row"] = trial.header_row

    tool = known.preset.tool if known else ""

    def where(ours: str) -> Known:
        return _known(named.get(ours), preset.get(ours), tool)

    rows = kept_rows(known.preset, columns, findings) if known else {}
    score = find_score(columns, where("score"), findings)
    if score:
        found["score"] = score.column.header
        if score.decimal == ",":
            settings["decimal"] = ","
        if score.no_answer:
            settings["null_tokens"] = [*NULL_TOKENS, *score.no_answer]
    if said.date is not None:
        defaults["responded_at"] = said.date
        findings.sure("date", f"{said.date} for all answers, as given")
    elif moments := find_moment(columns, where("responded_at"), findings):
        found["responded_at"] = moments.column.header
        order = find_order(moments, said.date_order, findings)
        if order != "iso":
            settings["date_order"] = order
        if moments.short_years:
            settings["century"] = 1950
            findings.unsure("date", f"years have two digits ({moments.short_year}): read as 1950 to 2049")
        told = _known(said.timezone, known.preset.timezone if known else None, tool)
        zone = find_zone(moments, told, said.zones, findings)
        if zone != "UTC":
            settings["timezone"] = zone
    identity = find_id(contents, where("response_id"), findings)
    found = {"response_id": identity, **found}
    more = {ours: theirs for ours, theirs in named.items() if ours not in _MAIN}
    taken = {
        header for header in found.values() if isinstance(header, str)
    }  # a part of an id may have its own role too
    found |= find_roles(columns, taken | set(more.values()), preset, findings) | more
    if contents.shapeless:
        findings.unsure(
            "rows", f"{contents.shapeless:,} rows have a different number of cells and go to quarantine"
        )
    names = {column.header: column.described for column in columns if column.described}
    sections: dict[str, dict[str, Any]] = {
        "scores": score.scores if score else {},
        "rows": rows,
        "zones": dict(said.zones),
        "defaults": defaults,
    }
    return Proposal(settings, found, sections, names)


def _header(path: Path, ours: str, theirs: str, contents: Contents) -> str:
    """The header of the column that the user names by any of its labels."""
    if ours not in _OURS:
        raise FileNotUnderstoodError(
            path, f'"{ours}" is not a column of answers', f"use one of {', '.join(sorted(_OURS))}"
        )
    if theirs == ROW and ours == "response_id":
        return theirs
    for column in contents.columns:
        if theirs in (column.header, *column.labels):
            return column.header
    listed = ", ".join(column.shown for column in contents.columns)
    raise FileNotUnderstoodError(
        path, f'there is no column "{theirs}" (it has {listed})', f"correct --column {ours}=…"
    )


def _known(said: str | None, preset: str | None, tool: str) -> Known:
    return Known(said, "as given") if said is not None else Known(preset, f"as usual for {tool}")


_MAIN = ("response_id", "score", "responded_at")
_OURS = {column.name for column in RESPONSES.columns}
