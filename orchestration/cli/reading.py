"""`nps site`: opens the page that leads to the published ones, or writes these elsewhere."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from orchestration.environment import Home
from publication import content, pages, versions
from publication import manifest as manifests
from publication.pages import Stand
from publication.reader import NothingPublishedError


def run(home: Home, to: Path | None, console: Console) -> None:
    """Open the page that leads to everything, or write the current version's pages into the new folder `to`.

    Prints where that is. Raises NothingPublishedError before the first publication, SiteError if `to` cannot
    be written.
    """
    folder = versions.current(home.published)
    if folder is None:
        raise NothingPublishedError(f"nothing is published in {home.published} yet: run `nps refresh`")
    index = folder / pages.FOLDER / pages.INDEX
    if to is not None:
        from review import site

        said = manifests.read(folder)
        stand = Stand(said.sequence, said.ledger_head, said.as_of, said.accepted, said.gaps)
        site.write(folder / content.DATABASE_NAME, stand, to)
        index = to / pages.INDEX
    elif not index.is_file():
        raise FileNotFoundError(
            f"publication {folder.name} has no pages (NPS_PAGES was off): `nps site --to DIR` writes them"
        )
    else:
        from orchestration import reports

        index = reports.overview(home)
        typer.launch(index.as_uri())
    console.print(str(index))
