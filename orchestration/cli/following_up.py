"""`nps cases`: the options. What is shown belongs in `cases_view` and `effects_view`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Format, ReportFormat

app = typer.Typer(help="Show whom to get back to, or tell what came of it.", add_completion=False)


@app.callback(invoke_without_command=True)
def cases(
    context: typer.Context,
    branch: Annotated[str | None, typer.Option(help="A branch, by name or id.")] = None,
    owner: Annotated[str | None, typer.Option(help="Whose cases, by the owner's id.")] = None,
    state: Annotated[
        str, typer.Option(help="open, contacted, resolved, no_response, invalid or all.")
    ] = "open",
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only open cases whose time has passed.")
    ] = False,
    last: Annotated[int, typer.Option(min=0, metavar="N", help="The N due first; 0 means all.")] = 50,
    format: Annotated[
        Format, typer.Option(help="table and md for people; csv and json for machines.")
    ] = Format.TABLE,
) -> None:
    """Show cases, those due first on top. No comment and no customer's name is shown.

    Reads the working file, as only its owner can: cases are never published.
    """
    if context.invoked_subcommand is not None:
        return
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import cases_view as view

        asked = view.Asked(branch, owner, "open" if overdue else state, overdue, last)
        with view.opened(environment.home()) as connection:
            view.write(connection, asked, format.value, console.out)


@app.command()
def mark(
    case: Annotated[str, typer.Argument(help="The case, or the first characters of it.")],
    state: Annotated[str, typer.Argument(help="open, contacted, resolved or no_response.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who tells it; kept in the log.")],
) -> None:
    """Tell what came of a case. The log of the state folder keeps it; nothing is overwritten."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from datetime import UTC, datetime

        from orchestration import cases, environment
        from orchestration.cli import cases_view as view

        home = environment.home()
        with view.opened(home) as connection:
            key = view.named(connection, case)
        cases.tell(home.cases, key, state, by, datetime.now(UTC))
        console.out.print(f"{key[: view.SHOWN_OF_A_KEY]} is {state}; the next refresh has it in the mart")


@app.command()
def effect(
    days: Annotated[
        int, typer.Option(min=30, max=730, metavar="N", help="Look at so many days after the contact.")
    ] = 365,
    format: Annotated[
        ReportFormat, typer.Option(help="table for people; json for machines.")
    ] = ReportFormat.TABLE,
) -> None:
    """Show whether it helped: scores and revenue after cases with a contact and without, and referrals.

    An association, unless a hold-out drew lots (definition/follow_up_holdouts.csv). Not published.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import effects_view

        effects_view.run(environment.home(), days, format.value, console.out)
