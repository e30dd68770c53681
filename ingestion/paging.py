"""The one loop over a vendor's pages: each is split, counted, and followed to the next, never in a circle.

Belongs here: the loop. Does not belong here: where a vendor writes its records and what comes next, which its
loader says.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ingestion.counting import counted_page
from ingestion.http import CursorGuard, VendorClient
from ingestion.pages import Page


class Following(NamedTuple):
    """The next page: the cursor that leads to it, which no page may repeat, and the request."""

    cursor: str
    path: str
    params: Mapping[str, Any] | None = None

    @classmethod
    def at(cls, address: Any) -> "Following | None":
        """The page at an address that the vendor gives; None where it gives none."""
        return cls(address, address) if address else None


def pages(
    client: VendorClient,
    path: str,
    params: Mapping[str, Any] | None,
    records: str,
    following: Callable[[Page], Following | None],
    remedy: str = "check `base_url`",
) -> Iterator[Page]:
    """The pages of a list. `records` is where a page has them, dotted; `following` says what comes next.

    Raises `SourceError` for a response without records, and `CursorLoopError` for pages that never end.
    """
    guard, within = CursorGuard(client), records.split(".")
    asked: Following | None = Following("", path, params)
    while asked is not None:
        page = client.get(asked.path, asked.params, lambda body: counted_page(body, *within))
        if page is None:
            raise client.error(asked.path, f"sent a response without `{records}`", remedy)
        yield page
        asked = following(page)
        if asked is not None:
            guard.follow(path, asked.cursor)
