"""`nps restate`: the published figures beside the same figures under one version of the definition."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from orchestration import environment, simulation
from orchestration.cli import console as speak
from orchestration.cli import refreshing
from orchestration.restatement import Figure, Restatement, restate


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
            speak.count(figure.responses),
            speak.one_decimal(figure.nps),
            _interval(figure),
        )
    console.print(table)
    console.print(f"365 days to {made.as_of}; all restated figures are in {made.path}", style="dim")


def _interval(figure: Figure) -> str:
    if figure.nps_low is None or figure.nps_high is None:
        return ""
    return f"{speak.one_decimal(figure.nps_low)} to {speak.one_decimal(figure.nps_high)}"
