"""`nps export`, `nps dashboard`: what is published, as a file for another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import By, ExportForm, Last, Measure, Period, SurveyType


def export(
    form: Annotated[ExportForm, typer.Argument(help="excel (.xlsx), spss (.sav) or csv (a folder).")],
    to: Annotated[Path, typer.Argument(help="The new file or, for csv, the new folder.")],
    by: By = "company",
    period: Period = "trailing_365d",
    survey_type: SurveyType = None,
    measure: Measure = "in_period",
    last: Last = 0,
) -> None:
    """Write published figures to a file for a spreadsheet or a statistics program.

    Reads the published tables only. Figures of too few answers are empty, as published.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import figures
        from publication.wording import count
        from serving import export
        from serving.chosen import Question, choose

        published = environment.home().published
        chosen = choose(published, Question(by, period, survey_type, last or None, measure))
        if not chosen.figures.num_rows:
            raise figures.nothing_shown(published, by, period, measure, survey_type)
        export.write(chosen, form.value, to)
        console.out.print(
            f"{count(chosen.figures.num_rows)} figures of publication {chosen.manifest.version}: {to}",
            soft_wrap=True,
            markup=False,
        )


def dashboard(
    to: Annotated[Path, typer.Argument(help="The new .zip file.")],
    database: Annotated[
        str | None,
        typer.Option(
            help="URL of the copy in PostgreSQL; default: the published DuckDB file.", metavar="URL"
        ),
    ] = None,
    schema: Annotated[str, typer.Option(help="The copy's schema, as in config.toml.")] = "nps",
) -> None:
    """Write a dashboard of the published figures that Apache Superset imports.

    For a password write XXXXXXXXXX into the URL: Superset asks for it.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration import environment
        from serving import superset

        superset.write(environment.home().published, to, database, schema)
        console.out.print(f"import it in Superset, under Dashboards: {to}", soft_wrap=True, markup=False)
