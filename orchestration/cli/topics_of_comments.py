"""`nps topics`: the options. What is shown belongs in `topics_view` and `practice_view`, how a person
labels in `labelling`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Format, SurveyType

app = typer.Typer(help="Show what comments are about, or label a sample of them.", add_completion=False)


@app.callback(invoke_without_command=True)
def topics(
    context: typer.Context,
    by: Annotated[
        str, typer.Option("--by", "--segment", help="company, value, stage or branch.")
    ] = "company",
    period: Annotated[str, typer.Option(help="trailing_365d or trailing_90d.")] = "trailing_365d",
    survey_type: SurveyType = None,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show the published topics: how many mention each, and how those score beside the others.

    Comments are never published: `nps comments` shows them to whoever has the key of the vault.
    """
    if context.invoked_subcommand is not None:
        return
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import topics_view

        topics_view.run(environment.home().published, by, period, survey_type, format.value, console.out)


@app.command("best-practice")
def best_practice(
    survey_type: SurveyType = None,
    format: Annotated[
        Format, typer.Option(help="table and md round for people; csv and json do not.")
    ] = Format.TABLE,
) -> None:
    """Show what promoters of the branches that stand above the others mention more than other promoters."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import practice_view

        practice_view.run(environment.home().published, survey_type, format.value, console.out)


@app.command()
def label(
    by: Annotated[str, typer.Option(metavar="NAME", help="Who labels; written beside each label.")],
    count: Annotated[int, typer.Option("--count", min=1, metavar="N", help="How many comments.")] = 50,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Only comments in this language, such as nl.")
    ] = None,
) -> None:
    """Ask which topics a sample of comments mentions; what the taxonomy found is not shown.

    Writes labels/topics.csv in the company folder, without the comments. Each answer is kept at once; the
    next refresh publishes precision and recall. Ask one language alone only to look at it: a sample of all
    comments is of all languages.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from company import taxonomy
        from orchestration import clear_texts, environment, mentions
        from orchestration.cli import comments_view, labelling

        company, home = environment.company(), environment.home()
        declared = taxonomy.declared(company)
        if declared is None:
            raise environment.ConfigurationError(
                f"{company} declares no topics; docs/definition.md says how {taxonomy.FILE} does"
            )
        if problem := clear_texts.without_the_key(home):
            raise environment.ConfigurationError(problem)
        clear = clear_texts.of(home)
        with comments_view.opened(home.warehouse, mentions.reader(company)) as connection:
            labelling.run(connection, company, declared, by, count, language, console.out, clear)
