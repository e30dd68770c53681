"""One HTTP client for all vendors, on top of dlt's: retries, truncated bodies, expired tokens, limits.

Retried with back-off: 429 (after `Retry-After`), 5xx, a broken connection, a body that ends early (a JSON
document that does not parse, a zip without its directory). dlt's own configuration decides how often and how
long (`runtime.request_max_attempts`, `request_backoff_factor`, `request_max_retry_delay`); a vendor that asks
for a longer wait is not waited for. No answer takes more time or space than `limits.py` allows.
An error that remains is a `SourceError`. Knows no vendor.
"""

import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final, cast
from urllib.parse import urlsplit

import orjson
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers import requests

from ingestion import bodies, masking
from ingestion.bodies import Document, Read
from ingestion.deadlines import Deadline, DeadlineAdapter, DeadlinePassedError
from ingestion.errors import LimitError, RefusedError, SourceError
from ingestion.limits import Limits

_HOUR: Final = 3600
_MINUTE: Final = 60
_SHOWN: Final = 300
_UNAUTHORISED: Final = 401
_REFUSED: Final = 400
_REMEDIES: Final = {
    400: "check the source's settings and credentials; the vendor rejects the request",
    401: "check the source's credentials in secrets.toml of the company folder",
    403: "the credentials lack a permission or a quota is used up; run again when it is renewed",
    404: "check `base_url` and that the record still exists",
    429: "the vendor's rate limit still applies; run again later",
}
_ELSEWHERE: Final = "check `base_url`; credentials are not sent to another host"
_FINAL: Final = (400, 401, 404)
_RUN_AGAIN: Final = "run again; the load goes on from the last one that succeeded"


def parsed(text: str | bytes) -> Any:
    """JSON as Python objects. NaN and Infinity, which are not JSON, are let through as floats, because they
    concern one value, not the document; `ValueError` for anything else that is not JSON."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class VendorClient:
    """Requests to one vendor's API.

    `headers` is asked for each request's headers. Where `refresh` is given, it is called on a 401 and the
    request is made once more; it should make `headers` give a new token. `reset` is the header in which the
    vendor says after how many seconds requests are allowed again, `quota` those of a longer time (`Wait`).
    """

    def __init__(
        self,
        source: str,
        base_url: str,
        headers: Callable[[], Mapping[str, str]],
        refresh: Callable[[], None] | None = None,
        reset: str = "Retry-After",
        quota: tuple[str, str] | None = None,
    ) -> None:
        self.source = source
        self.base_url = base_url.rstrip("/")
        self.limits = Limits.of(source)
        self._headers = headers
        self._refresh = refresh
        self._reset, self._quota = reset, quota
        self._settings = resolve_configuration(RuntimeConfiguration())
        self._client = requests.Client(
            raise_for_status=False, retry_condition=_is_cut_off, session_attrs=_surroundings(self.base_url)
        )
        self._client.update_from_config(self._settings)
        self._adapter = DeadlineAdapter()
        self._until = time.monotonic() + self.limits.load_hours * _HOUR

    def get(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        read: Callable[[bytes], Document] = parsed,
    ) -> Document:
        """A JSON document as `read` makes it of its bytes; `ValueError` from `read` is a document that is cut
        off, and asked for again. `path` may be a whole URL on the same host."""
        return self._complete("GET", path, lambda chunks, _: read(b"".join(chunks)), params=params)

    def table(
        self,
        path: str,
        params: Mapping[str, Any] | None,
        read: Callable[[bytes, Mapping[str, str]], Document],
    ) -> Document:
        """A CSV document as `read` makes it of its bytes and of the answer's headers."""

        def whole(chunks: Iterator[bytes], headers: Mapping[str, str]) -> Document:
            return read(b"".join(chunks), headers)

        return self._complete("GET", path, whole, what="CSV document", params=params)

    def post(
        self,
        path: str,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        read: Callable[[bytes], Any] = parsed,
    ) -> Any:
        """The JSON document that answers a JSON body or a form, as `read` makes it of its bytes."""
        return self._complete("POST", path, lambda chunks, _: read(b"".join(chunks)), json=body, data=form)

    def archive(self, path: str) -> BinaryIO:
        """A zip file on disk, complete; deleted when it is closed."""
        with ExitStack() as opened:
            spool = cast(BinaryIO, opened.enter_context(TemporaryFile()))
            self._complete("GET", path, partial(_spooled, spool), "file_megabytes", "zip file")
            opened.pop_all()  # from here on the reader's to close
        return spool

    def beyond(self, path: str, problem: str, limit: str) -> SourceError:
        """An error that names this source, URL and the limit that was passed."""
        allowed = f"`{limit}` is {getattr(self.limits, limit):g}"
        remedy = f"report it to the vendor, or raise it under [sources.{self.source}] in config.toml"
        return self.error(path, f"{problem} ({allowed}); nothing of this load is kept", remedy, LimitError)

    def error(
        self,
        path: str,
        problem: str,
        remedy: str = _RUN_AGAIN,
        kind: type[SourceError] = SourceError,
        status: int | None = None,
    ) -> SourceError:
        """An error that names this source and URL."""
        return kind(self.source, path if "://" in path else f"{self.base_url}{path}", problem, remedy, status)

    def _url(self, path: str) -> str:
        if not path.startswith(("http://", "https://")):
            return f"{self.base_url}{path}"
        asked, own = urlsplit(path), urlsplit(self.base_url)
        if asked.netloc != own.netloc or (asked.scheme, own.scheme) == ("http", "https"):
            raise SourceError(self.source, path, f"is not on {self.base_url}", _ELSEWHERE)
        return path

    def _complete(
        self,
        method: str,
        path: str,
        read: Read[Document],
        largest: str = "document_megabytes",
        what: str = "JSON document",
        **options: Any,
    ) -> Document:
        wait = bodies.Wait(self._reset, self._settings.request_max_retry_delay, self._quota)
        hook = bodies.read_by(read, self.limits, largest, wait)
        try:
            response = self._send(method, path, stream=True, hooks={"response": hook}, **options)
        except bodies.TooLargeError as failure:
            raise self.beyond(path, f"sent too much: it {failure}", failure.limit) from failure
        if response.document is bodies.CUT_OFF:
            raise self.error(path, f"gave a {what} that ends early or is malformed, each time it was asked")
        return cast(Document, response.document)

    def _send(self, method: str, path: str, **options: Any) -> Any:
        url = self._url(path)
        options["allow_redirects"] = False  # a token in a header of the vendor's own would go along
        deadline = Deadline(min(self.limits.request_minutes * _MINUTE, self._until - time.monotonic()))
        try:
            with deadline:
                response = self._asked(method, url, **options)
                if response.status_code == _UNAUTHORISED and self._refresh is not None:
                    self._refresh()
                    response = self._asked(method, url, **options)
        except bodies.RateLimitedError as failure:
            until = f"is rate-limited until {failure.until:%Y-%m-%d %H:%M} UTC"
            raise self.error(path, until, f"after that, {_RUN_AGAIN}", LimitError, 429) from failure
        except (requests.RequestException, DeadlinePassedError) as failure:
            if deadline.left <= 0:
                raise self._late(path) from failure
            raise self.error(
                path,
                f"could not be reached ({type(failure).__name__})",
                f"check `base_url` and the network, then {_RUN_AGAIN}",
            ) from failure
        if response.status_code >= bodies.REDIRECTED:
            body = masking.shown(" ".join(response.said.split()))[:_SHOWN]
            is_redirect = response.status_code < _REFUSED
            remedy = _ELSEWHERE if is_redirect else _REMEDIES.get(response.status_code, _RUN_AGAIN)
            kind = RefusedError if is_redirect or response.status_code in _FINAL else SourceError
            raise self.error(
                path, f"answered {response.status_code}: {body}", remedy, kind, response.status_code
            )
        return response

    def _asked(self, method: str, url: str, **options: Any) -> Any:
        headers = dict(self._headers())
        for name, value in headers.items():
            masking.remember(name, value)
        session = self._client.session  # each thread has its own
        if session.get_adapter(url) is not self._adapter:
            for scheme in ("http://", "https://"):
                session.mount(scheme, self._adapter)
        return session.request(method, url, headers=headers, **options)

    def _late(self, path: str) -> SourceError:
        if time.monotonic() >= self._until:
            spent = f"was still being read after {self.limits.load_hours:g} hours of this load"
            return self.beyond(path, spent, "load_hours")
        spent = f"was not read to its end within {self.limits.request_minutes:g} minutes"
        return self.beyond(path, spent, "request_minutes")


def _surroundings(base_url: str) -> dict[str, Any]:
    """The proxy and the certificates that the environment names for a host, looked up once: a session of its
    own accord reads the whole environment for every request, which takes as long as a small page."""
    named = requests.Session().merge_environment_settings(base_url, {}, None, None, None)
    return {"trust_env": False, "proxies": dict(named["proxies"]), "verify": named["verify"]}


def _spooled(spool: BinaryIO, chunks: Iterator[bytes], _headers: Mapping[str, str]) -> BinaryIO:
    """A zip file written to disk; `ValueError` for one without its directory."""
    spool.seek(0)
    spool.truncate()
    spool.writelines(chunks)
    if not zipfile.is_zipfile(spool):
        raise ValueError
    return spool


def _is_cut_off(response: Any, _failure: BaseException | None) -> bool:
    """Whether a successful answer's document could not be read."""
    return getattr(response, "document", None) is bodies.CUT_OFF
