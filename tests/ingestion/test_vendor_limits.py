"""A vendor that would take for ever, or all memory: each ends in an error that names the limit."""

import io
import json
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import islice
from typing import BinaryIO

import pytest

from ingestion.bodies import Unpacking
from ingestion.counting import counted_lines
from ingestion.errors import ConfigurationError, LimitError, RefusedError, SourceError
from ingestion.http import VendorClient
from ingestion.limits import KEYS, MEGABYTE, Limits
from ingestion.pages import Page
from ingestion.paging import Following, pages
from ingestion.registry import SOURCES, source_spec

from .hostile import document, head, in_chunks, slowly, vendor

SetLimit = Callable[[str, float], None]
SOON = 10  # seconds; each of these answers would take hours


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> SetLimit:
    def set_limit(name: str, value: float) -> None:
        monkeypatch.setenv(f"SOURCES__STRIPE__{name.upper()}", str(value))

    return set_limit


def client(base_url: str) -> VendorClient:
    return VendorClient("stripe", base_url, dict)


def refusal(base_url: str) -> LimitError:
    began = time.monotonic()
    with pytest.raises(LimitError) as failure:
        client(base_url).get("/page")
    assert time.monotonic() - began < SOON
    assert str(failure.value).startswith(f"stripe: {base_url}/page ")
    assert isinstance(failure.value, RefusedError), "Dagster would ask again at once"
    return failure.value


def page(records: list[object], cursor: int) -> bytes:
    return json.dumps({"data": records, "next": f"/page?after={cursor}"}, separators=(",", ":")).encode()


@pytest.mark.parametrize("repeated", [1, 3, 0])
def test_pages_without_end_are_refused(limit: SetLimit, repeated: int) -> None:
    """A new cursor each time, and always the same records, in turn, or none."""
    limit("pages_without_news", 5)

    def answer(out: BinaryIO, before: int) -> None:
        records: list[object] = [{"id": before % repeated}] if repeated else []
        document(page(records, before))(out, before)

    with vendor(answer) as there, pytest.raises(LimitError, match="5 pages in a row without a new record"):
        list(islice(_read(there.base_url), 20))
    assert len(there.asked) == repeated + 5


def test_a_vendor_may_send_empty_pages_between_others(limit: SetLimit) -> None:
    limit("pages_without_news", 3)

    def answer(out: BinaryIO, before: int) -> None:
        body = page([{"id": before}] if before % 3 == 0 else [], before)
        document(body if before < 12 else b'{"data":[{"id":"last"}]}')(out, before)

    with vendor(answer) as there:
        assert sum(len(read.lines) for read in _read(there.base_url)) == 5


def _read(base_url: str) -> Iterator[Page]:
    return pages(
        client(base_url), "/page", None, "data", lambda read: Following.at(read.envelope.get("next"))
    )


@pytest.mark.parametrize(
    "beginning", [b"", head(), head("Content-Length: 1000")], ids=["head", "body", "announced body"]
)
def test_an_answer_of_a_few_bytes_a_second_is_not_waited_for(limit: SetLimit, beginning: bytes) -> None:
    """Neither its body nor its head."""
    limit("request_minutes", 0.3 / 60)

    def answer(out: BinaryIO, _: int) -> None:
        out.write(beginning)
        slowly(out, (b"" if beginning else head()) + b" " * 1000)

    with vendor(answer) as there:
        assert "not read to its end within" in str(refusal(there.base_url))
        assert "`request_minutes`" in str(refusal(there.base_url))


def test_a_load_takes_no_more_than_its_time(limit: SetLimit) -> None:
    """Though each answer is quick."""
    limit("load_hours", 0.5 / 3600)

    def answer(out: BinaryIO, before: int) -> None:
        time.sleep(0.05)
        document(page([{"id": before}], before))(out, before)

    with vendor(answer) as there, pytest.raises(LimitError, match=r"still being read after .*`load_hours`"):
        list(islice(_read(there.base_url), 50))


@pytest.mark.parametrize(
    "form", [lambda _: "999999", lambda until: format_datetime(until, usegmt=True)], ids=["seconds", "date"]
)
def test_a_vendor_that_wants_to_be_asked_in_days_is_not_waited_for(form: Callable[[datetime], str]) -> None:
    until = datetime.now(UTC) + timedelta(seconds=999_999)
    with vendor(document(b"{}", f"Retry-After: {form(until)}", status=429)) as there:
        error = refusal(there.base_url)
    assert f"is rate-limited until {until:%Y-%m-%d %H}:" in str(error)
    assert "the load goes on from the last one that succeeded" in str(error)
    assert (error.status, len(there.asked)) == (429, 1), "it was asked again"


@pytest.mark.parametrize(("left", "asked"), [("0", 1), ("7", 3)])
def test_a_quota_of_the_day_that_is_used_up_is_not_waited_for_by_the_minute(left: str, asked: int) -> None:
    headers = ("X-Minute-Reset: 0", f"X-Day-Remaining: {left}", "X-Day-Reset: 40000")
    with vendor(document(b"{}", *headers, status=429)) as there:
        quota = ("X-Day-Remaining", "X-Day-Reset")
        asking = VendorClient("tool", there.base_url, dict, reset="X-Minute-Reset", quota=quota)
        with pytest.raises(SourceError) as refused:
            asking.get("/page")
    assert ("is rate-limited until" in str(refused.value)) is (left == "0")
    assert len(there.asked) == asked


@pytest.mark.parametrize("retry_after", ["9" * 40, "soon", "", "-5", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_is_nonsense_does_no_harm(retry_after: str) -> None:
    with (
        vendor(document(b"{}", f"Retry-After: {retry_after}", status=429)) as there,
        pytest.raises(SourceError, match=r"rate-limited until 20|answered 429"),
    ):
        client(there.base_url).get("/page")


def peak(base_url: str) -> tuple[LimitError, float]:
    """What was said, and the megabytes that it took."""
    tracemalloc.start()
    try:
        return refusal(base_url), tracemalloc.get_traced_memory()[1] / MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_document_that_says_it_is_too_large_is_not_read(limit: SetLimit) -> None:
    limit("document_megabytes", 2)

    def answer(out: BinaryIO, _: int) -> None:
        out.write(head(f"Content-Length: {10**10}"))

    with vendor(answer) as there:
        error, megabytes = peak(there.base_url)
    assert "announced 10,000 MB" in str(error)
    assert "`document_megabytes` is 2" in str(error)
    assert megabytes < 4


def test_a_document_without_end_is_not_read_on(limit: SetLimit) -> None:
    limit("document_megabytes", 2)

    def answer(out: BinaryIO, _: int) -> None:
        out.write(head("Transfer-Encoding: chunked"))
        in_chunks(out, b" " * 100_000)

    with vendor(answer) as there:
        error, megabytes = peak(there.base_url)
    assert "went on after" in str(error)
    assert "`document_megabytes` is 2" in str(error)
    assert megabytes < 8


@pytest.mark.parametrize("transfer", ["Transfer-Encoding: chunked", "Server: closes"])
def test_a_gzip_bomb_is_not_unpacked(limit: SetLimit, transfer: str) -> None:
    """A thousand bytes for each that is sent, without end."""
    limit("document_megabytes", 2)
    press = zlib.compressobj(wbits=31)
    opening = press.compress(b"[") + press.flush(zlib.Z_FULL_FLUSH)
    block = press.compress(b" " * 50_000_000) + press.flush(zlib.Z_FULL_FLUSH)

    def answer(out: BinaryIO, _: int) -> None:
        out.write(head("Content-Encoding: gzip", transfer))
        if "chunked" in transfer:
            out.write(b"%x\r\n%b\r\n" % (len(opening), opening))
            in_chunks(out, block)
        out.write(opening)
        while True:
            out.write(block)

    with vendor(answer) as there:
        error, megabytes = peak(there.base_url)
    assert "`document_megabytes` is 2" in str(error)
    assert "sent as" in str(error)
    assert megabytes < 16


def test_a_refusal_that_does_not_end_is_not_read_on() -> None:
    def answer(out: BinaryIO, _: int) -> None:
        out.write(head("Transfer-Encoding: chunked", status=400))
        in_chunks(out, b"no " * 10_000)

    began = time.monotonic()
    with vendor(answer) as there, pytest.raises(RefusedError, match="answered 400: no no") as failure:
        client(there.base_url).get("/page")
    assert time.monotonic() - began < SOON
    assert len(str(failure.value)) < 600


@pytest.mark.parametrize(
    ("name", "text"),
    [("unpacked_megabytes", b'{"id":1}\n' * 300_000), ("document_megabytes", b" " * 3_000_000)],
    ids=["lines", "a line"],
)
def test_an_export_that_unpacks_to_too_much_is_not_unpacked(name: str, text: bytes) -> None:
    """Lines without end, and a line without end."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("answers.ndjson", text)
    limits = Limits(**{name: 1})
    with zipfile.ZipFile(packed) as archive, pytest.raises(Exception, match="MB and more") as failure:
        list(counted_lines(archive, "answers.ndjson", 1000, Unpacking(limits)))
    assert getattr(failure.value, "limit", None) == name


def test_an_export_is_no_larger_on_disk_than_it_may_be(limit: SetLimit) -> None:
    limit("file_megabytes", 1)

    def answer(out: BinaryIO, _: int) -> None:
        out.write(head("Transfer-Encoding: chunked"))
        in_chunks(out, b"PK" * 50_000)

    with vendor(answer) as there, pytest.raises(LimitError, match="`file_megabytes` is 1"):
        client(there.base_url).archive("/file")


def test_a_page_is_not_followed_from_https_to_http() -> None:
    with pytest.raises(SourceError, match="is not on https://"):
        client("https://vendor.example").get("http://vendor.example/next")


@pytest.mark.parametrize("value", ["0", "-1", "many", "inf", "nan"])
def test_a_limit_is_a_number_above_zero(limit: SetLimit, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__STRIPE__LOAD_HOURS", value)
    with pytest.raises(ConfigurationError, match=r"sources\.stripe\.load_hours"):
        Limits.of("stripe")


def test_a_company_may_set_each_limit_of_each_vendor() -> None:
    for source in SOURCES:
        if source.name != "files":
            assert set(KEYS) <= set(source.optional_keys)
    assert not set(KEYS) & set(source_spec("files").optional_keys)
