"""Writes the site: every page, and the style sheet.

Belongs here: files and their order. Does not belong here: what a page shows (`pages`).
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2

from publication.pages import Stand
from review import pages, words
from review.published import Published

STYLE = "style.css"
_TEMPLATES = Path(__file__).with_name("templates")


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
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(words.SPOKEN, stand=published.stand)
    (to / STYLE).write_bytes((_TEMPLATES / STYLE).read_bytes())
    menu = pages.menu(published)
    for page in pages.every(published):
        path = to / page.path
        path.parent.mkdir(exist_ok=True)
        html = environment.get_template(page.template).render(
            **page.content, page=page, menu=menu, up="../" * page.path.count("/")
        )
        path.write_text(html, "utf-8", newline="\n")
