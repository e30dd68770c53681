"""The effect of a changed definition on published figures, as `nps definition diff` shows it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from orchestration import environment, simulation
from orchestration.cli import console as speak
from orchestration.cli import refreshing
from orchestration.preview import Effect, Preview, preview
from publication.reader import NothingPublishedError
from publication.wording import count, one_decimal

SHOWN = 30


def run(tables: Sequence[str], verbose: bool) -> None:
    """Calculate and print it; where nothing is published, say so."""
    try:
        with environment.restored():
            home = environment.prepare()
            if company := simulation.state(home):
                simulation.point_at(simulation.address(company))
            with refreshing.watched("definition", verbose):
                made = preview(tables)
    except NothingPublishedError:
        speak.out.print("nothing is published yet: there is no figure that it could change")
        return
    write(made, speak.out)


def write(made: Preview, console: Console) -> None:
    """The figures that would be others, and how many of all."""
    if not (made.changed or made.gone or made.new):
        console.print(f"none of the {made.cells:,} published figures would change (as of {made.as_of})")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("segment", "survey type", "period", "version"):
        table.add_column(column)
    for column in ("answers", "NPS", "answers then", "NPS then"):
        table.add_column(column, justify="right")
    for each in made.shown[:SHOWN]:
        table.add_row(
            f"{each.segment} {each.member}".rstrip(),
            *(each.survey_type, _period(each), each.definition_version),
            *(count(each.responses), one_decimal(each.nps)),
            *(count(each.new_responses), one_decimal(each.new_nps)),
        )
    if made.shown:
        console.print(table)
    if len(made.shown) > SHOWN:
        console.print(f"and {len(made.shown) - SHOWN} more like these", style="dim")
    console.print(
        f"of {made.cells:,} published figures {made.changed:,} would change ({made.scores:,} in score or"
        f" number of answers) and {made.gone:,} disappear; {made.new:,} would be new"
        f" (as of {made.as_of}, from what is loaded)",
        soft_wrap=True,
    )


def _period(each: Effect) -> str:
    return "365 days" if each.period_grain == "trailing_365d" else f"{each.period_grain} {each.period_start}"
