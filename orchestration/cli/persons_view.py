"""`nps person show`: what is held of a person, for whoever asks about themselves.

Belongs here: options and printing. Does not belong here: reading (`orchestration.persons`).
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import LookFormat

app = typer.Typer(help="What is held of a person.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def person() -> None:
    """What is held of a person."""


@app.command()
def show(
    contact: Annotated[list[str] | None, typer.Option(help="The id of a contact; repeatable.")] = None,
    email: Annotated[list[str] | None, typer.Option(help="An e-mail address; repeatable.")] = None,
    response: Annotated[list[str] | None, typer.Option(help="The id of a response; repeatable.")] = None,
    format: Annotated[
        LookFormat, typer.Option(help="table for people, json for machines.")
    ] = LookFormat.TABLE,
) -> None:
    """Show every record of a person, in every version, and what their answers count as.

    Whom it takes for the same person is as in `nps erase`. What is printed is personal data.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        import orjson

        from erasure.persons import Named
        from orchestration import environment, persons

        named = Named(frozenset(contact or ()), frozenset(email or ()), frozenset(response or ()))
        tables = persons.held(environment.home(), named)
        if format is LookFormat.JSON:
            said = {table.name: table.rows for table in tables}
            typer.echo(orjson.dumps(said, default=str, option=orjson.OPT_INDENT_2).decode())
            return
        for table in tables:
            console.out.print(f"[bold]{table.name}[/] ({len(table.rows)})")
            for number, row in enumerate(table.rows, start=1):
                console.out.print(f"  {number}.", markup=False)
                for name, value in row.items():
                    console.out.print(f"     {name}: {value}", markup=False, soft_wrap=True)
        if not tables:
            console.out.print("nothing is held of them")
