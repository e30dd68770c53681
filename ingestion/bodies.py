"""One answer of a vendor: its document, read within the limits, or the beginning of a refusal.

Belongs here: reading an answer where it is decided whether to ask again. Does not belong here: requests and
the errors that remain (`http.py`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeVar

from dlt.sources.helpers import requests

from ingestion.limits import MEGABYTE, Limits

Document = TypeVar("Document")
#: Makes a document of the chunks of a body and its headers; `ValueError` for a body that is cut off.
Read = Callable[[Iterator[bytes], Mapping[str, str]], Document]

#: The document of an answer that ends early, or that this is not one.
CUT_OFF: Final = object()
REDIRECTED: Final = 300
_CHUNK: Final = 1 << 20
_SAID: Final = 1 << 16
_THROTTLED: Final = (429, 503)
_LONGEST: Final = timedelta(days=3650)


class TooLargeError(Exception):
    """An answer is larger than one of the `limits`; the message says how that was seen."""

    def __init__(self, problem: str, limit: str) -> None:
        super().__init__(problem)
        self.limit = limit


class RateLimitedError(Exception):
    """A vendor asks not to be asked before a moment that is too far off to wait for."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True)
class Wait:
    """A throttled vendor says in the `header` when to ask again; nobody waits more than `longest` seconds.

    `quota` are two headers of a vendor that also counts over a longer time: how much is left of that (0 when
    it is used up), and when it begins again, which is then what counts.
    """

    header: str
    longest: float
    quota: tuple[str, str] | None = None


def read_by(read: Read[Any], limits: Limits, largest: str, wait: Wait) -> Callable[..., None]:
    """A hook of `requests` that reads each answer, where it is judged whether to ask again: a page is worth
    parsing once. A successful answer has its `document` then, a refusal what was `said`.

    `largest` names the limit of a document's size. The hook raises `TooLargeError` and `RateLimitedError`.
    """

    def hook(response: Any, **_options: Any) -> None:
        try:
            if response.status_code >= REDIRECTED:
                response.said = _beginning(response)
                if response.status_code in _THROTTLED:
                    if wait.header in response.headers:  # what waits looks for Retry-After only
                        response.headers.setdefault("Retry-After", response.headers[wait.header])
                    if wait.quota and response.headers.get(wait.quota[0]) == "0":
                        response.headers["Retry-After"] = response.headers.get(wait.quota[1], "")
                    _refuse_to_wait(response.headers.get("Retry-After"), wait.longest)
                return
            try:
                response.document = read(_within(response, limits, largest), response.headers)
            except ValueError:
                response.document = CUT_OFF
        except (TooLargeError, RateLimitedError, requests.RequestException):
            response.close()
            raise

    return hook


def _within(response: Any, limits: Limits, largest: str) -> Iterator[bytes]:
    """The chunks of a body, decompressed, up to its limit."""
    allowed = limits.in_bytes(largest)
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced) > allowed:
        raise TooLargeError(f"announced {int(announced) / MEGABYTE:,.0f} MB", largest)
    given = 0
    for chunk in response.iter_content(_CHUNK):
        given += len(chunk)
        if given > allowed:
            sent = response.raw.tell() / MEGABYTE
            raise TooLargeError(f"went on after {given / MEGABYTE:,.1f} MB, sent as {sent:,.1f} MB", largest)
        yield chunk


class Unpacking:
    """What an export has been unpacked to so far; `saw` raises `TooLargeError`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._given = 0
        self._line = 0

    def saw(self, chunk: bytes) -> None:
        """The next bytes of the export. A line that does not end would be held in memory."""
        self._given += len(chunk)
        _, line_break, begun = chunk.rpartition(b"\n")
        self._line = len(begun) if line_break else self._line + len(begun)
        for size, what, limit in (
            (self._given, "an export that unpacks", "unpacked_megabytes"),
            (self._line, "an export with a line that comes", "document_megabytes"),
        ):
            if size > self._limits.in_bytes(limit):
                raise TooLargeError(f"{what} to {size / MEGABYTE:,.1f} MB and more", limit)


def _beginning(response: Any) -> str:
    """What a refusal says first. One that says more than anybody would read is not read on."""
    chunks = response.iter_content(_SAID)
    first: bytes = next(chunks, b"")
    if next(chunks, b""):
        response.close()
    return first.decode("utf-8", "replace")


def _refuse_to_wait(retry_after: str | None, longest: float) -> None:
    now = datetime.now(UTC)
    wait = _wait(retry_after or "", now)
    if wait is not None and wait.total_seconds() > longest:
        raise RateLimitedError(now + min(wait, _LONGEST))


def _wait(retry_after: str, now: datetime) -> timedelta | None:
    """How long a vendor says to wait: a number of seconds or a date."""
    text = retry_after.strip()
    if text.isdecimal():
        return timedelta(seconds=min(int(text[:12]), _LONGEST.total_seconds()))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
