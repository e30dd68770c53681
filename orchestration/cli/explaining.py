"""`nps why`: the options. What is shown belongs in `why_view`."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Format, SurveyType


def why(
    period: Annotated[str, typer.Option(help="month, quarter or trailing_365d.")] = "trailing_365d",
    against: Annotated[
        str, typer.Option(help="previous: the period before; year: the same one of the year before.")
    ] = "previous",
    survey_type: SurveyType = None,
    by: Annotated[
        str | None, typer.Option(help="Every cell of this dimension, not the largest of each.")
    ] = None,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show why the score changed: what moved, what shifted, who answered, and where most of it is.

    Always the newest period that is over, within one version of the definition.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import why_view

        published = environment.home().published
        why_view.run(published, period, against, survey_type, by, format.value, console.out)
