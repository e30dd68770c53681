"""From templates to files: what every page has, in a publication or beside it.

Belongs here: how a template is filled and written. Does not belong here: which pages there are (`site`,
`reports`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from review import words

STYLE = "style.css"
_TEMPLATES = Path(__file__).with_name("templates")

#: A title, and the path of the page within its folder.
Entry = tuple[str, str]


@dataclass(frozen=True)
class Page:
    """`path` within its folder, its title, its template and what the template shows."""

    path: str
    title: str
    template: str
    content: Mapping[str, Any] = field(default_factory=dict)


class Renderer:
    """Writes pages into a folder. `menu` leads to some of them; `shared` is what every template may show."""

    def __init__(self, to: Path, menu: Sequence[Entry], **shared: Any) -> None:
        self._to = to
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(words.SPOKEN, menu=menu, **shared)
        (to / STYLE).write_bytes((_TEMPLATES / STYLE).read_bytes())

    def write(self, page: Page) -> Path:
        """Write a page; the file."""
        path = self._to / page.path
        path.parent.mkdir(exist_ok=True)
        html = self._environment.get_template(page.template).render(
            **page.content, page=page, up="../" * page.path.count("/")
        )
        path.write_text(html, "utf-8", newline="\n")
        return path
