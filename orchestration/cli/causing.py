"""`nps causes` and `nps drivers`: the options. What is shown belongs in `causes_view` and `drivers_view`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Band, Format, ReportFormat, SurveyType


def causes(
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            "--segment",
            help="One dimension: branch, plan, channel, …; else all. Or what only the working file tells:"
            " employee, owner, cohort, time_in_stage, tickets, questions.",
        ),
    ] = None,
    survey_type: SurveyType = None,
    band: Annotated[
        Band, typer.Option(help="Of whom there are more; promoters only by what the working file tells.")
    ] = Band.DETRACTOR,
    days: Annotated[
        int, typer.Option(min=1, help="Answers of so many days; of 365 by what is published.")
    ] = 365,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show where detractors come from: values with more of them than chance explains, and those without."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.attributes import ATTRIBUTES
        from orchestration.cli import causes_view, unpublished_causes_view

        home = environment.home()
        if by is not None and by in ATTRIBUTES:
            wanted = unpublished_causes_view.Wanted(by, survey_type, band.value, days)
            unpublished_causes_view.run(home.warehouse, wanted, format.value, console.out)
            return
        if band is not Band.DETRACTOR or days != 365:
            raise ValueError("root causes that are published are of detractors, of 365 days")
        causes_view.run(home.published, by, survey_type, format.value, console.out)


def drivers(
    survey_type: SurveyType = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            help="Beside the dimensions: employee, owner, cohort, time_in_stage, tickets, questions.",
        ),
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A dimension to leave out, such as region.")
    ] = None,
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

        wanted = drivers_view.Wanted(survey_type, tuple(also or ()), tuple(without or ()))
        drivers_view.run(environment.home().warehouse, wanted, format.value, console.out)
