"""`nps bridge`: the options. What is shown belongs in `bridge_view`."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Format, SurveyType


def bridge(
    survey_type: SurveyType = None,
    period: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="A month; default: the newest that is over.")
    ] = None,
    survey: Annotated[
        str | None,
        typer.Option(metavar="ID", help="One survey, by the vendor's id, instead of all of its type."),
    ] = None,
    format: Annotated[
        Format, typer.Option(help="table and md are for people; csv and json do not round.")
    ] = Format.TABLE,
) -> None:
    """Show why the published score is not the number in the vendor's dashboard, for a month.

    Starts with every answer received, takes one reason out after the other, and ends on what is published.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import bridge_view

        bridge_view.run(environment.home().published, survey_type, period, survey, format.value, console.out)
