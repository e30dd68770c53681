"""`nps restate`: the published figures beside the same figures under one version of the definition."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from orchestration import environment, simulation
from orchestration.cli import console as speak
from orchestration.cli import refreshing
from orchestration.restatement import Restatement, restate
from publication.wording import count, interval, one_decimal


def run(version: str, verbose: bool) -> int:
    """Restate, print both side by side and return the exit code."""
    with environment.restored():
        home = environment.prepare()
        if company := simulation.state(home):
            simulation.point_at(simulation.address(company))
        with refreshing.watched("restate", verbose):
            made = restate(version)
    write(made, speak.out)
    return 0


def write(made: Restatement, console: Console) -> None:
    """One labelled line per survey type and version."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("survey type")
    table.add_column("definition")
    table.add_column("")
    table.add_column("answers", justify="right")
    table.add_column("NPS", justify="right")
    table.add_column("95 % interval", justify="right")
    labelled = [(figure, "published") for figure in made.published]
    labelled += [(figure, "restated") for figure in made.restated]
    for figure, label in sorted(labelled, key=lambda each: (each[0].survey_type, each[1])):
        table.add_row(
            figure.survey_type,
            figure.definition_version,
            label,
            count(figure.responses),
            one_decimal(figure.nps),
            interval(figure.nps_low, figure.nps_high),
        )
    console.print(table)
    console.print(f"365 days to {made.as_of}; all restated figures are in {made.path}", style="dim")
