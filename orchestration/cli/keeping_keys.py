"""`nps keys`: the key that signs publications."""

from __future__ import annotations

import typer

app = typer.Typer(
    help="Make the key that signs publications.", no_args_is_help=True, pretty_exceptions_enable=False
)


@app.callback()
def keys() -> None:
    """Make the key that signs publications."""


@app.command()
def new() -> None:
    """Make the key that config.toml names, and list its public part for approval.

    Also to replace a key: name another file first. Exit code 2: no place is named, or it cannot be used.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        from datetime import UTC, datetime

        from company import witnessing
        from orchestration import environment, signing
        from witness.keys import public_file

        folder = environment.company_alone()
        path, made = signing.make(environment.home(), folder, datetime.now(UTC).date())
        for line in (
            f"key {made.id}: {path}, which only you may read. Back it up where no refresh runs",
            f"for whoever verifies: {public_file(path)}",
            f"listed in {folder / witnessing.KEYS}; end the key that it replaces there with until = DAY",
            "then: nps definition propose signing_keys --by YOU; nps definition approve signing_keys --by"
            ' ANOTHER --reason "…"',
        ):
            console.out.print(line, soft_wrap=True, markup=False)
