"""`nps causes` and `nps drivers`: the options. What is shown belongs in `causes_view` and `drivers_view`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Format, ReportFormat, SurveyType


def causes(
    by: Annotated[
        str | None,
        typer.Option("--by", "--segment", help="One dimension: branch, plan, channel, …; else all."),
    ] = None,
    survey_type: SurveyType = None,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show where detractors come from: values with more of them than chance explains, and those without."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import causes_view

        causes_view.run(environment.home().published, by, survey_type, format.value, console.out)


def drivers(
    survey_type: SurveyType = None,
    format: Annotated[
        ReportFormat, typer.Option(help="table for people; json for machines.")
    ] = ReportFormat.TABLE,
) -> None:
    """Show how much each attribute tells of the score: which to look at first.

    Computed from the working file, as only its owner can read it; it is not published.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import drivers_view

        drivers_view.run(environment.home().warehouse, survey_type, format.value, console.out)
