"""`nps finance`: the options. What is shown belongs in `reconciling`.

Modules are imported inside the commands, as in `orchestration.cli`.
"""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    help="Money: tie revenue to its documents.",
    add_completion=False,
    no_args_is_help=True,
)


@app.callback()
def finance() -> None:
    """Money: tie revenue to its documents."""


@app.command()
def reconcile(
    account: Annotated[
        str | None, typer.Option(help="One account, as the warehouse writes it; default: the company.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List every finding, not the first of each kind.")
    ] = False,
) -> None:
    """Show that billed is recognised and deferred, and list what does not tie: document, reason, remedy.

    Reads the working file: the latest build, which may not have been published.

    Exit code 0: it ties, to the cent; 1: it does not.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False, usage=(ValueError,)):
        from orchestration import environment
        from orchestration.cli import reconciling

        raise typer.Exit(reconciling.run(environment.home().warehouse, account, everything, console.out))
