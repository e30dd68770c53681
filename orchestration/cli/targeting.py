"""`nps targets`: the options. What is shown belongs in `targets_view`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Format, SurveyType


def targets(
    year: Annotated[int | None, typer.Option(help="A calendar year; else every one that has begun.")] = None,
    survey_type: SurveyType = None,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show which targets are met or missed beyond noise, and how many answers the others need."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import targets_view

        targets_view.run(environment.home().published, year, survey_type, format.value, console.out)
