"""`nps site`: opens the published pages, or writes them elsewhere."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.console import Console

from publication import content, pages, versions
from publication import manifest as manifests
from publication.pages import Stand
from publication.reader import NothingPublishedError


def run(published: Path, to: Path | None, console: Console) -> None:
    """Open the pages of the current version, or write them into the new folder `to`; print where they are.

    Raises NothingPublishedError before the first publication, SiteError if `to` cannot be written.
    """
    folder = versions.current(published)
    if folder is None:
        raise NothingPublishedError(f"nothing is published in {published} yet: run `nps refresh`")
    index = folder / pages.FOLDER / pages.INDEX
    if to is not None:
        import review

        said = manifests.read(folder)
        stand = Stand(said.sequence, said.ledger_head, said.as_of, said.accepted)
        review.write(folder / content.DATABASE_NAME, stand, to)
        index = to / pages.INDEX
    elif not index.is_file():
        raise FileNotFoundError(
            f"publication {folder.name} has no pages (NPS_PAGES was off): `nps site --to DIR` writes them"
        )
    else:
        typer.launch(index.as_uri())
    console.print(str(index))
