"""Every page of the site, in the order of its menu.

Belongs here: which pages there are. Does not belong here: what is on one (a module each).
"""

from __future__ import annotations

from collections.abc import Iterator

from review.pages import (
    branches,
    bridge,
    causes,
    changes,
    company,
    definition,
    dimension,
    ledger,
    money,
    quality,
    restated,
    shifts,
    targets,
    topics,
)
from review.published import Published
from review.rendering import Page

__all__ = ["Page", "every", "menu"]

_PAGES = (
    *(company, dimension, branches, targets, shifts, money, changes, causes, topics, bridge),
    *(quality, restated, definition, ledger),
)


def every(published: Published) -> Iterator[Page]:
    """All pages of a publication."""
    for module in _PAGES:
        yield from module.pages(published)


def menu(published: Published) -> list[tuple[str, str]]:
    """Title and path of the pages that every page leads to."""
    return [entry for module in _PAGES for entry in module.menu(published)]
