"""`nps definition`: what has changed since it was approved, proposing it, approving it."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Verbose

app = typer.Typer(
    help="See, propose and approve what the company decides.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Subject = Annotated[
    str,
    typer.Argument(
        metavar="VERSION",
        help="A version with all that versions share, or one shared table such as exchange_rates.",
    ),
]


@app.command()
def diff(
    version: Annotated[str | None, typer.Argument(help="A version or a shared table; default: all.")] = None,
    effect: Annotated[
        bool, typer.Option("--effect/--no-effect", help="Calculate the published figures again with it.")
    ] = True,
    verbose: Verbose = False,
) -> None:
    """Show what has changed since it was approved, and what that does to the published figures.

    Nothing is published or approved by it. The figures are calculated in a copy of the working file.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose, usage=(ValueError,)):
        from orchestration.cli import sealing

        sealing.diff(version, effect, verbose)


@app.command()
def propose(
    version: Subject,
    by: Annotated[str, typer.Option(help="The author, by name or e-mail address. It is published.")],
) -> None:
    """Propose what has changed, as its author. Another person approves exactly that."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration.cli import sealing

        sealing.propose(version, by)


@app.command()
def approve(
    version: Subject,
    by: Annotated[str, typer.Option(help="Who approves it, by name or e-mail address. It is published.")],
    reason: Annotated[str, typer.Option(help="Why; it is published.")],
    alone: Annotated[
        bool, typer.Option("--alone", help="There is nobody else: the author approves. It is published.")
    ] = False,
) -> None:
    """Approve what was proposed: its hash goes into definition/approvals.csv beside it."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from orchestration.cli import sealing

        sealing.approve(version, by, reason, alone)
