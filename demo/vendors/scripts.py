"""What a vendor's answer can be made to do on purpose: refuse, loop, lose a field, change a type.

Each function makes a `demo.vendors.faults.Script` for the requests whose path matches. Belongs here: scripts
that several vendors' tests need. Does not belong here: applying them (`demo.vendors.faults`).
"""

import csv
import io
from collections.abc import Callable
from typing import Any

import orjson

from demo.vendors.faults import Script

Record = dict[str, Any]
_LISTS = (
    *("data", "records", "elements", "responses", "items", "results", "nodes"),
    *("tickets", "ticket_events", "users", "organizations", "list"),
)
_CURSORS = frozenset({"starting_after", "skipToken", "before", "page", "after", "offset", "locator"})


def refused(
    path: str, status: int, *, after: int = 0, times: int | None = 1, retry_after: str | None = None
) -> Script:
    """Refuse with a status in the vendor's envelope; with 401 and `times=None`: an expired credential."""
    return Script(path, after, times, status=status, retry_after=retry_after)


def expired_token(path: str, *, after: int) -> Script:
    """From the call after `after` on, the credential is no longer accepted."""
    return refused(path, 401, after=after, times=None)


def looping_cursor(path: str) -> Script:
    """Every page is the first page and says that there are more."""
    first_next: list[str] = []

    def say_more(body: bytes) -> bytes:
        if _is_csv(body):  # the header names the second page
            return body
        page = orjson.loads(body)
        if "nextRecordsUrl" in page or "done" in page:
            first_next.append(page.get("nextRecordsUrl", ""))
            page |= {"done": False, "nextRecordsUrl": first_next[0]}
        elif "has_more" in page:
            page["has_more"] = True
        elif "total_items" in page:
            page["total_items"] += 1
        elif "links" in page:
            first_next.append(page["links"].get("next", page["links"]["self"]))
            page["links"]["next"] = first_next[0]
        elif "results" in page:
            page["paging"] = {"next": {"after": "1"}}
        elif "feedback" in (page.get("data") or {}):
            info = page["data"]["feedback"]["pageInfo"]
            first_next.append(info["endCursor"])
            info |= {"hasNextPage": True, "endCursor": first_next[0]}
        elif "list" in page:
            first_next.append(page.get("next_offset", ""))
            page["next_offset"] = first_next[0]
        elif "end_of_stream" in page:
            where = "after_cursor" if "after_cursor" in page else "end_time"
            first_next.append(page[where])
            page |= {"end_of_stream": False, where: first_next[0]}
        return orjson.dumps(page)

    return Script(path, times=None, forget=_CURSORS, change=say_more)


def repeated_page(path: str) -> Script:
    """Once, the second page is the first one again."""
    pages: list[bytes] = []

    def again(body: bytes) -> bytes:
        if len(pages) == 2 or describes_fields(orjson.loads(body)):
            return body
        pages.append(body)
        return pages[0]

    return Script(path, times=None, change=again)


def first_page_again(path: str) -> Script:
    """Once, the second page is the first one again, with its headers."""
    return Script(path, after=1, forget=_CURSORS)


def duplicated_record(path: str) -> Script:
    """The last record of the first page is the first of the second too, as when one was put before it."""
    last: list[Any] = []

    def put_again(body: bytes) -> bytes:
        if _is_csv(body):
            head, *rows = body.splitlines(keepends=True)
            if len(last) == 2 or not rows:
                return body
            rows[:0] = last
            last.append(rows[-1])
            return b"".join((head, *rows))
        page = orjson.loads(body)
        records = records_of(page)
        if len(last) == 2 or not records or describes_fields(page):
            return body
        records[:0] = last
        last.append(records[-1])
        return orjson.dumps(page)

    return Script(path, times=None, change=put_again)


def shifted_page(path: str) -> Script:
    """Once, between two numbered pages, a record of the first is deleted: the others move up by one place."""

    def move_up(body: bytes) -> bytes:
        page = orjson.loads(body)
        del records_of(page)[0]
        page["total"] -= 1
        return orjson.dumps(page)

    return Script(path, after=1, change=move_up)


def malformed(path: str, *, line: int = 0) -> Script:
    """Once, the given line of the document is cut in its middle, so that it is no JSON."""

    def spoil(document: bytes) -> bytes:
        lines = document.splitlines(keepends=True)
        ending = b"\n" if lines[line].endswith(b"\n") else b""
        lines[line] = lines[line][: len(lines[line]) // 2] + ending
        return b"".join(lines)

    return Script(path, change=spoil)


def changed_records(path: str, change: Callable[[Record], None]) -> Script:
    """Every record of every page or export passes through `change`, which edits it in place."""

    def rewrite(document: bytes) -> bytes:
        if _is_csv(document):
            return _rewritten(document, change)
        try:
            page = orjson.loads(document)
        except orjson.JSONDecodeError:
            records = [orjson.loads(line) for line in document.splitlines()]
            for record in records:
                change(record)
            return b"".join(orjson.dumps(record) + b"\n" for record in records)
        for record in records_of(page):
            change(record)
        return orjson.dumps(page)

    return Script(path, times=None, change=rewrite)


def changed_type(path: str, dotted: str, value: object) -> Script:
    """A field (`values.QID1`) arrives as another type."""
    return changed_records(path, lambda record: _put(record, dotted, value, only_present=True))


def new_field(path: str, dotted: str, value: object) -> Script:
    """A field nobody has seen before."""
    return changed_records(path, lambda record: _put(record, dotted, value, only_present=False))


def missing_field(path: str, dotted: str) -> Script:
    """A field that used to be there is gone."""

    def remove(record: Record) -> None:
        holder, name = _holder(record, dotted)
        holder.pop(name, None)

    return changed_records(path, remove)


def empty_export(path: str) -> Script:
    """The export's file holds nothing at all."""
    return Script(path, times=None, change=lambda _document: b"")


def records_of(page: Record) -> list[Record]:
    """The records of a page; a document that has no list of them is one itself."""
    holder = page.get("result", page)
    if isinstance(holder.get("data"), dict):  # GraphQL
        [holder] = holder["data"].values()
    return next((holder[name] for name in _LISTS if name in holder), [page])


def _is_csv(document: bytes) -> bool:
    """Whether it is a table with a head, each value in quotation marks: no JSON document begins like that."""
    return document.startswith(b'"')


def _rewritten(table: bytes, change: Callable[[Record], None]) -> bytes:
    rows: list[Record] = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
    for row in rows:
        change(row)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def describes_fields(page: Record) -> bool:
    """Whether a page of GraphQL has fields instead of records: both are asked for at one address."""
    data = page.get("data")
    return isinstance(data, dict) and "fields" in data


def _holder(record: Record, dotted: str) -> tuple[Record, str]:
    *outer, name = dotted.split(".")
    for step in outer:
        record = record[step]
    return record, name


def _put(record: Record, dotted: str, value: object, *, only_present: bool) -> None:
    holder, name = _holder(record, dotted)
    if not only_present or name in holder:
        holder[name] = value
