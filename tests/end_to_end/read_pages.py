"""What a person reads on a page. Does not belong here: what a page must say."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path


class Text(HTMLParser):
    """What a person reads in `main`, without commands, and where links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._silent = 0
        self._reading = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._reading |= tag == "main"
        self._silent += tag in ("svg", "code", "style")
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag: str) -> None:
        self._reading &= tag != "main"
        self._silent -= tag in ("svg", "code", "style")

    def handle_data(self, data: str) -> None:
        if self._reading and not self._silent:
            self.words.append(data)


def of_page(path: Path) -> Text:
    return Text(path.read_text("utf-8"))


def text_of(path: Path) -> str:
    """The same in one line."""
    return " ".join(" ".join(of_page(path).words).split())
