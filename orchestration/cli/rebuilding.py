"""`nps replay`: everything once more, from what was loaded."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.options import Verbose


def replay(
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="LIMIT[:SUBJECT]", help="Publish even if this limit is exceeded; repeatable."),
    ] = None,
    reason: Annotated[
        str | None, typer.Option(help="The reason for --accept; recorded with the publication.")
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Rebuild everything from what was loaded, from staging to the published tables. Calls no vendor.

    Needs no credentials. Exit codes are those of `nps refresh`.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        from orchestration.cli import refreshing

        raise typer.Exit(refreshing.replay(verbose, accept or (), reason))
