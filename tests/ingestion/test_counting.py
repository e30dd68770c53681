"""Records are counted a second time; a record that is lost on the way stops the load."""

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.server import VendorServers
from ingestion import counting
from ingestion.bodies import Unpacking
from ingestion.counting import counted_lines, counted_page
from ingestion.errors import LoadMismatchError
from ingestion.limits import Limits
from ingestion.load import load_source
from ingestion.pages import Page, split_page


def export(text: bytes) -> zipfile.ZipFile:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("answers.ndjson", text)
    return zipfile.ZipFile(file)


def lines(text: bytes) -> list[bytes]:
    with export(text) as archive:
        return [
            line
            for block in counted_lines(archive, "answers.ndjson", 2, Unpacking(Limits()))
            for line in block
        ]


def test_a_page_has_as_many_records_as_its_body() -> None:
    for body in (b'{"data":[]}', b'{"data":[{"a":1},{"a":2}],"x":[1]}', b'{"data": [ {"a": "},{"} , 3 ] }'):
        assert counted_page(body, "data") is not None
    assert counted_page(b'{"more":[]}', "data") is None


@given(st.lists(st.sampled_from([b"{}", b"", b"  ", b'{"a": 1}', b"\r"])), st.booleans())
def test_any_lines_are_counted_alike(drawn: list[bytes], ended: bool) -> None:
    found = lines(b"\n".join(drawn) + (b"\n" if ended else b""))
    assert found == [line.strip() for line in drawn if line.strip()]


@pytest.mark.parametrize(
    ("source", "resource"), [("salesforce", "records"), ("stripe", "data"), ("qualtrics", "elements")]
)
def test_a_record_that_is_lost_while_a_page_is_cut_stops_the_load(
    vendors: VendorServers,
    query: Callable[[str], list[tuple[Any, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    resource: str,
) -> None:
    def one_lost(body: bytes, *path: str) -> Page | None:
        page = split_page(body, *path)
        return page and Page(page.lines[:-1], page.envelope)

    monkeypatch.setattr(counting, "split_page", one_lost)
    with pytest.raises(
        LoadMismatchError, match=rf"{source}: a page's `.*{resource}` has \d+ records by a sec"
    ):
        load_source(source)


def test_a_line_that_is_lost_on_the_way_stops_the_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def one_lost(stream: Any, size: int) -> Iterator[list[bytes]]:
        yield stream.read(-1).splitlines()[:-1]

    monkeypatch.setattr(counting, "json_lines", one_lost)
    with pytest.raises(
        LoadMismatchError, match=r"`answers.ndjson` of an export has 2 records by a second coun"
    ):
        lines(b"{}\n{}\n")
