"""Writes the site: every page of a publication.

Belongs here: files and their order. Does not belong here: what a page shows (`pages`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from publication.pages import Stand
from review import pages
from review.published import Published
from review.rendering import Renderer


class SiteError(Exception):
    """The site cannot be written. The message names the place and the remedy."""


def write(database: Path, stand: Stand, to: Path) -> None:
    """Write the site of the publication in `database` into the new folder `to`.

    Raises SiteError if the folder exists or cannot be written, or the tables cannot be read.
    """
    try:
        to.mkdir(parents=True)
        with duckdb.connect(database, read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            _write(Published(connection, stand), to)
    except FileExistsError as error:
        raise SiteError(f"{to} exists: name a folder that does not exist yet") from error
    except (OSError, duckdb.Error) as error:
        raise SiteError(f"the site of {database} cannot be written to {to}: {error}") from error


def _write(published: Published, to: Path) -> None:
    renderer = Renderer(to, pages.menu(published), stand=published.stand)
    for page in pages.every(published):
        renderer.write(page)
