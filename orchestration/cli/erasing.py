"""`nps erase`: forget a person, so that no byte of theirs is left, and say so.

Belongs here: options and what is said. Does not belong here: erasing (`orchestration.erasing`, `erasure`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.options import Verbose

if TYPE_CHECKING:
    from rich.console import Console

    from erasure.carrying import Outcome

SHOWN = 20


def erase(
    contact: Annotated[list[str] | None, typer.Option(help="The id of a contact; repeatable.")] = None,
    email: Annotated[list[str] | None, typer.Option(help="An e-mail address; repeatable.")] = None,
    response: Annotated[list[str] | None, typer.Option(help="The id of a response; repeatable.")] = None,
    requests: Annotated[
        bool, typer.Option("--requests", help="Whom the file of requests names and who still waits.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be erased, and where it is.")
    ] = False,
    keep_inbox: Annotated[
        bool, typer.Option("--keep-inbox", help="Leave delivered files as they are, and name them.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Forget a person: raw keeps a row of each record without them, everything else nothing.

    Rewrites the working file, drops or overwrites all other files that have their data, searches every byte,
    and writes a receipt that names nobody. Figures change with the next refresh. It cannot be undone.

    Exit code 0: nothing is left; 1: the files that are named still have something, remove them and give the
    command again; 2: it could not begin.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        from erasure.persons import Named
        from orchestration import environment, erasing, simulation

        with environment.restored():
            home = environment.prepare()
            if company := simulation.state(home):
                import os

                os.environ["NPS_AS_OF"] = company.today.isoformat()
            named = Named(frozenset(contact or ()), frozenset(email or ()), frozenset(response or ()))
            wanted, left = erasing.wanted(home, named, requests, keep_inbox)
            for why in left:
                console.out.print(why, style="yellow", markup=False, soft_wrap=True)
            if wanted is None:
                console.out.print("no request waits that can be carried out")
                return
            if dry_run:
                _say_records(console.out, erasing.preview(home, wanted))
                return
            done = erasing.carry(home, wanted)
            _say_records(console.out, done)
            _say_done(console.out, done)
        raise typer.Exit(console.FAILED if done.left else 0)


def _say_records(out: Console, found: Outcome) -> None:
    for table, count in found.records.items():
        out.print(f"{count:>8,}  {table}", markup=False)
    if not found.records:
        out.print("raw holds no record of them that was not erased before")
    for file, count in sorted(found.files.items()):
        out.print(f"    has {count} of {found.texts} texts: {file}", markup=False, soft_wrap=True)


def _say_done(out: Console, done: Outcome) -> None:
    assert done.receipt is not None
    for what, names in (("dropped", done.dropped), ("overwritten in", done.overwritten)):
        for name in names[:SHOWN]:
            out.print(f"{what} {name}", markup=False, soft_wrap=True)
        if len(names) > SHOWN:
            out.print(f"{what} {len(names) - SHOWN} more")
    receipt = done.receipt
    out.print(
        f"searched {receipt.searched:,} files for {receipt.texts:,} texts: {len(done.left)} files have any;"
        f" receipt {receipt.sequence}",
        soft_wrap=True,
    )
    from orchestration.cli import console

    for name, count in sorted(done.left.items()):
        console.say_error(
            f"{name} still has {count} of them and is not ours to change: remove it or correct it, then give"
            " the same command again"
        )
    out.print("now refresh: figures that change are restated, with the cause erasure")
