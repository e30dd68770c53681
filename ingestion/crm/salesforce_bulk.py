"""Salesforce's Bulk API 2.0: the same records as the REST query gives, of many records, in few requests.

Endpoints: `GET …/sobjects/<object>/describe` for the types of fields; `POST …/jobs/query`, then
`GET …/jobs/query/<id>` until the job is complete; `GET …/jobs/query/<id>/results` page by page, each with its
`Sforce-NumberOfRecords` and the `Sforce-Locator` of the next.

Results are CSV, which has texts only. Each row is written as the JSON that the REST query sends: nothing is
null (Salesforce stores no empty text), booleans and numbers stand bare, and moments have REST's form of the
zone. So raw has the same payload whichever way a record came. An object is left to REST if a field's type
does not tell how to write it: `anyType` of field history, fields of other objects, addresses.

Belongs here: jobs and their rows. Does not belong here: when a query is one (`salesforce.py`).
"""

import csv
import io
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from ingestion.http import VendorClient
from ingestion.pages import Page
from ingestion.paging import Following, pages

#: Rows of a page: a few megabytes, far below the limit of a document.
_PAGE_ROWS: Final = 10_000
_FIRST_POLL_SECONDS: Final = 0.1
_LAST_POLL_SECONDS: Final = 30.0
_LONGER_EACH_TIME: Final = 1.5
_NO_MORE: Final = "null"
_BY_REST: Final = "run again, or set `bulk_from_records = inf` under [sources.salesforce] to use REST alone"

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")
_ZULU: Final = re.compile(r"(\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z")
_TEXTS: Final = frozenset(
    {"combobox", "date", "email", "encryptedstring", "id", "multipicklist", "phone"}
    | {"picklist", "reference", "string", "textarea", "url"}
)

Write = Callable[[str], bytes]


def _text(value: str) -> bytes:
    return orjson.dumps(value) if value else b"null"


def _boolean(value: str) -> bytes:
    return value.encode() if value in ("true", "false") else _text(value)


def _number(value: str) -> bytes:
    return value.encode() if _NUMBER.fullmatch(value) else _text(value)


def _moment(value: str) -> bytes:
    return _text(_ZULU.sub(r"\1+0000", value))


#: How the value of a field of each type is written; other types lose something in CSV.
WRITTEN: Final[Mapping[str, Write]] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), _number),
    "boolean": _boolean,
    "datetime": _moment,
}


class Bulk:
    """Query jobs of one instance in one version of the API."""

    def __init__(self, client: VendorClient, version: str) -> None:
        self._client = client
        self._api = f"/services/data/{version}"

    def written(self, name: str, fields: Sequence[str]) -> dict[str, Write] | None:
        """How the values of an object's fields are written; None where the type of one does not tell."""
        path = f"{self._api}/sobjects/{name}/describe"
        described = self._member(path, self._client.get(path), "fields")
        types = {each["name"].lower(): each["type"] for each in described}
        found = {field.lower(): WRITTEN.get(types.get(field.lower(), "")) for field in fields}
        known = {field: write for field, write in found.items() if write is not None}
        return known if len(known) == len(found) else None

    def pages(self, name: str, soql: str, written: Mapping[str, Write]) -> Iterator[Page]:
        """The pages of a query, deleted records included, and complete; the records' texts are REST's."""
        job, count = self._finished(self._created(soql))
        path, received = f"{job}/results", 0

        def ask(wanted: Following) -> Page:
            return self._client.table(
                wanted.path, wanted.params, lambda body, headers: self._page(body, headers, name, written)
            )

        def following(page: Page) -> Following | None:
            locator = page.envelope["locator"]
            return locator and Following(locator, path, {"maxRecords": _PAGE_ROWS, "locator": locator})

        for page in pages(self._client, path, {"maxRecords": _PAGE_ROWS}, "rows", following, _BY_REST, ask):
            received += len(page.lines)
            yield page
        if received != count:
            raise self._client.error(path, f"gave {received} records of a job that has {count}", _BY_REST)

    def _created(self, soql: str) -> str:
        """The path of a new job."""
        path = f"{self._api}/jobs/query"
        job = self._client.post(path, {"operation": "queryAll", "query": soql})
        return f"{path}/{self._member(path, job, 'id')}"

    def _finished(self, path: str) -> tuple[str, int]:
        """The path of a complete job, and how many records it found. The load's deadline ends the waiting."""
        delay = _FIRST_POLL_SECONDS
        job: Any = self._client.get(path)
        while (state := self._member(path, job, "state")) != "JobComplete":
            if state in ("Failed", "Aborted"):
                told = job.get("errorMessage") or "without a reason"
                raise self._client.error(path, f"says that the job is {state}: {told}", _BY_REST)
            time.sleep(delay)
            delay, job = min(_LONGER_EACH_TIME * delay, _LAST_POLL_SECONDS), self._client.get(path)
        return path, self._member(path, job, "numberRecordsProcessed")

    def _member(self, path: str, answer: Any, name: str) -> Any:
        if type(answer) is not dict or name not in answer:
            raise self._client.error(path, f"sent a response without `{name}`", _BY_REST)
        return answer[name]

    def _page(self, body: bytes, headers: Mapping[str, str], name: str, written: Mapping[str, Write]) -> Page:
        """The rows as REST writes them. `ValueError` for a body that is cut off or lacks rows."""
        lines = _lines(body, name, f"{self._api}/sobjects/{name}", written) if body else []
        if len(lines) != int(headers.get("Sforce-NumberOfRecords", "")):
            raise ValueError
        locator = headers.get("Sforce-Locator", _NO_MORE)
        return Page(lines, {"locator": None if locator == _NO_MORE else locator})


def _lines(body: bytes, name: str, address: str, written: Mapping[str, Write]) -> list[bytes]:
    """Each row of a CSV document as one JSON object. `ValueError` for a document that is cut off."""
    if not body.endswith(b"\n"):
        raise ValueError
    csv.field_size_limit(sys.maxsize)  # a limit of the process, less than a long text area has
    try:
        head, *rows = csv.reader(io.StringIO(body.decode(), newline=""), strict=True)
        fields = [(b',"%b":' % field.encode(), written[field.lower()]) for field in head]
        place = [field.lower() for field in head].index("id")
    except (csv.Error, KeyError) as failure:
        raise ValueError from failure
    begin = b'{"attributes":{"type":"%b","url":"%b/' % (name.encode(), address.encode())
    lines = []
    for row in rows:
        members = (key + write(value) for (key, write), value in zip(fields, row, strict=True))
        lines.append(b"".join((begin, row[place].encode(), b'"}', *members, b"}")))
    return lines
