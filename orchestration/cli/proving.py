"""`nps sources --prove`: what each vendor says that it has, beside what raw has."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from ingestion import lossless, registry
from orchestration.cli import inventory
from publication.wording import count

_SHOWN = 20


def write(console: Console) -> bool:
    """Print a row for each survey of each vendor that is on and gives counts; whether nothing is missing."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("source", "survey"):
        table.add_column(heading)
    for heading in ("at the vendor", "in raw", "missing", "gone"):
        table.add_column(heading, justify="right")
    told: list[str] = []
    silent: list[str] = []
    is_whole = True
    with inventory.working_file() as (connection, note):
        for source in registry.enabled_sources():
            if connection is None or not lossless.can_be_proved(source):
                silent.append(source.name)
                continue
            for survey in lossless.compared(source, connection):
                where, ids = f"{source.name} {survey.survey_id}", (survey.missing, survey.gone)
                counts = (survey.at_vendor, survey.in_raw, *map(len, ids))
                table.add_row(source.name, survey.survey_id, *map(count, counts))
                if survey.missing:
                    told.append(f"{where}: missing in raw, run `nps refresh`: {_named(survey.missing)}")
                if survey.listed != survey.at_vendor:
                    told.append(f"{where}: the vendor lists {count(survey.listed)} responses; try again")
                if survey.gone:
                    told.append(f"{where}: no longer at the vendor, still in raw: {_named(survey.gone)}")
                is_whole = is_whole and survey.is_whole
    console.print(note or table, markup=False)
    for line in told:
        console.print(line, markup=False, soft_wrap=True)
    if silent:
        console.print(f"not compared, without counts of their own: {', '.join(silent)}", style="dim")
    return is_whole


def _named(ids: tuple[str, ...]) -> str:
    more = f" and {count(len(ids) - _SHOWN)} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more
