"""`nps comments`: the options. What is shown belongs in `comments_view`.

Modules are imported inside the command, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import ReportFormat


def comments(
    topic: Annotated[
        str | None, typer.Option(help="A topic of definition/topics.toml; without one, list the topics.")
    ] = None,
    branch: Annotated[str | None, typer.Option(help="A branch, by name or id.")] = None,
    last: Annotated[int, typer.Option(min=1, metavar="N", help="The N newest answers.")] = 20,
    format: Annotated[
        ReportFormat, typer.Option(help="table and md for people; json for machines.")
    ] = ReportFormat.TABLE,
) -> None:
    """Show comments that mention a topic, and which words say so.

    Names, e-mail and web addresses, phone and order numbers are masked; who is meant may still follow from
    what is told. Comments are never published: without the key of the vault, only topics can be listed.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from company import taxonomy
        from orchestration import clear_texts, environment, mentions
        from orchestration.cli import comments_view as view

        company, home = environment.company(), environment.home()
        declared = taxonomy.declared(company)
        if declared is None:
            raise environment.ConfigurationError(
                f"{company} declares no topics; docs/definition.md says how {taxonomy.FILE} does"
            )
        if topic is not None and (problem := clear_texts.without_the_key(home)):
            raise environment.ConfigurationError(problem)
        with view.opened(home.warehouse, mentions.reader(company)) as connection:
            if topic is None:
                view.write_topics(connection, declared, branch, format.value, console.out)
            else:
                clear = clear_texts.of(home)
                view.write_comments(
                    connection, declared, topic, branch, last, format.value, console.out, clear
                )
