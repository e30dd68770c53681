"""`nps show`: the options. What is shown belongs in `figures` and `financials`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import By, Format, Last, Measure, Period, ReportFormat, SurveyType

app = typer.Typer(
    help="Show published figures: scores, or what they have to do with money.", add_completion=False
)


@app.callback(invoke_without_command=True)
def show(
    context: typer.Context,
    by: By = "company",
    period: Period = "trailing_365d",
    survey_type: SurveyType = None,
    measure: Measure = "in_period",
    last: Last = 1,
    trend: Annotated[
        bool, typer.Option("--trend", help="Draw the newest 12 periods of each figure as a line.")
    ] = False,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show published figures. Figures of too few answers are not published."""
    if context.invoked_subcommand is not None:
        return
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import figures
        from publication import reader

        published = environment.home().published
        scores = reader.show(published, by, period, survey_type, last or None, measure)
        if not scores:
            raise figures.nothing_shown(published, by, period, measure, survey_type)
        history = reader.show(published, by, period, survey_type, None, measure) if trend else None
        figures.write(scores, format.value, console.out, history)


@app.command()
def finance(
    by: Annotated[str, typer.Option(help="company, customer_value_tier, tenure or region.")] = "company",
    horizon: Annotated[int, typer.Option(help="Days: 90, 180 or 365.")] = 365,
    survey_type: SurveyType = None,
    format: Annotated[
        ReportFormat, typer.Option(help="table and md round for people; json does not.")
    ] = ReportFormat.TABLE,
) -> None:
    """Show whose revenue has an opinion, who stays, and what is at risk, each with its uncertainty.

    Published figures only. An association is no cause: docs/finance.md says what it may not be used for.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import financials

        published = environment.home().published
        financials.run(published, by, horizon, survey_type, format.value, console.out)
