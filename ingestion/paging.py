"""The one loop over a vendor's pages: each is split, counted, and followed to the next, never in a circle and
never without end.

Belongs here: the loop. Does not belong here: where a vendor writes its records and what comes next, which its
loader says.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ingestion.counting import counted_page
from ingestion.errors import CursorLoopError
from ingestion.http import VendorClient
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
    ask: Callable[[Following], Page | None] | None = None,
) -> Iterator[Page]:
    """The pages of a list. `records` is where a page has them, dotted; `following` says what comes next.
    `ask` is for a vendor whose pages are not simply got at their address.

    Raises `SourceError` for a response without records, `CursorLoopError` for pages that go in a circle, and
    `LimitError` for pages that go on without a new record.
    """
    guard, within = _Guard(client, path), records.split(".")

    def got(wanted: Following) -> Page | None:
        return client.get(wanted.path, wanted.params, lambda body: counted_page(body, *within))

    asked: Following | None = Following("", path, params)
    while asked is not None:
        page = (ask or got)(asked)
        if page is None:
            raise client.error(asked.path, f"sent a response without `{records}`", remedy)
        yield page
        asked = following(page)
        if asked is not None:
            guard.follow(page, asked.cursor)


class _Guard:
    """Refuses a cursor that was followed already, and pages that bring nothing.

    A page's first and last records stand for it. A vendor has only so many records, so whatever it repeats,
    and in whatever order, in the end every page begins and ends with one that came before.
    """

    def __init__(self, client: VendorClient, path: str) -> None:
        self._client = client
        self._path = path
        self._followed: set[str] = set()
        self._seen: set[int] = set()
        self._without_news = 0

    def follow(self, page: Page, cursor: str) -> None:
        """Raises `CursorLoopError` or `LimitError` where the next page must not be asked for."""
        if cursor in self._followed:
            raise self._client.error(
                self._path,
                f"returned the cursor {cursor!r} a second time, so its pages never end",
                "report it to the vendor; nothing of this load is kept",
                CursorLoopError,
            )
        self._followed.add(cursor)
        ends = {hash(line) for line in (*page.lines[:1], *page.lines[-1:])}
        self._without_news = 0 if ends - self._seen else self._without_news + 1
        self._seen |= ends
        if self._without_news >= self._client.limits.pages_without_news:
            problem = f"sent {self._without_news} pages in a row without a new record"
            raise self._client.beyond(self._path, problem, "pages_without_news")
