"""`nps backup` and `nps restore`: the state folder in one file, and back.

Belongs here: options, what is said, and whether what came back holds together. Does not belong here: the
archive (`orchestration.backup`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.options import Verbose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.backup import Entry


def backup(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write it; must not exist yet.")],
    untried: Annotated[
        bool, typer.Option("--untried", help="Do not restore it to see that it works.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Write all that cannot be made again into one file, and try it by restoring it beside.

    It holds what raw holds, so keep it as you keep that. The company's folder is not part of it.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        import tempfile

        from orchestration import backup as backups
        from orchestration import environment, instance
        from vault import keys

        home = environment.home()
        if not home.path.is_dir():
            raise environment.ConfigurationError(f"{home.path} is not there: there is nothing to keep")
        with instance.alone(home):
            kept = backups.write(home.path, archive)
        console.out.print(f"{_size(kept)} of {home.path} are in {archive}", soft_wrap=True, markup=False)
        if (home.path / "vault").is_dir():
            console.out.print(
                f"the vault's keys are not in it: keep a copy of {keys.folder(home.path)} elsewhere",
                soft_wrap=True,
                markup=False,
            )
        if not untried:
            with tempfile.TemporaryDirectory(prefix=".nps-tried-", dir=archive.resolve().parent) as folder:
                _restored(archive, Path(folder) / "home")


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="What `nps backup` wrote.")],
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", help="An empty folder, or one that is not there.")
    ],
    verbose: Verbose = False,
) -> None:
    """Write a backup into a folder of its own, and check it. Then let NPS_HOME name that folder."""
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        _restored(archive, to.resolve())


def _restored(archive: Path, folder: Path) -> None:
    """Restore, and see that the working file opens and that the ledger is the one of the publication.

    Raises BackupError, LedgerError, ConfigurationError, duckdb.Error.
    """
    import duckdb

    from orchestration import backup as backups
    from orchestration.cli import console
    from orchestration.environment import Home
    from publication import ledger, manifest, versions

    kept, home = backups.restore(archive, folder), Home(folder)
    tables = 0
    if home.warehouse.exists():
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            tables = len(connection.execute("select table_name from duckdb_tables()").fetchall())
    chain = ledger.verify(home.ledger)
    current = versions.current(home.published)
    if current is not None and manifest.read(current).ledger_head != chain.head:
        raise backups.BackupError(f"the publication in {archive} is not the last one of its ledger")
    console.out.print(
        f"restored and checked: {_size(kept)}, {tables} tables, {chain.sequence} publications in the ledger",
        soft_wrap=True,
        markup=False,
    )


def _size(kept: Mapping[str, Entry]) -> str:
    return f"{len(kept):,} files ({sum(each.bytes for each in kept.values()) / 1e6:,.1f} MB)"
