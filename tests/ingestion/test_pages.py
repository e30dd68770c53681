"""A page's records keep their text, letter for letter."""

import json
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ingestion.ndjson import json_lines, read_lines
from ingestion.pages import member_text, split_page
from ingestion.records import Unparsed

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(values), st.dictionaries(st.text(), values), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_a_page_is_split_into_its_records_and_their_texts(
    records: list[Any], envelope: dict[str, Any], indent: Any, ascii_only: bool
) -> None:
    envelope.pop("data", None)
    text = json.dumps({**envelope, "data": records}, indent=indent, ensure_ascii=ascii_only)
    page = split_page(text, "data")
    assert page is not None
    assert (page.records, page.envelope) == (records, envelope)
    assert [json.loads(piece) for piece in page.texts] == records
    assert all(piece in text for piece in page.texts)


def test_numbers_and_escapes_are_kept_as_written() -> None:
    page = split_page('{"data" : [ {"a":1.10,"b":"\\u00e9"} , {"a":1e2} ]}', "data")
    assert page is not None
    assert page.texts == ['{"a":1.10,"b":"\\u00e9"}', '{"a":1e2}']


def test_a_page_without_the_list_is_none() -> None:
    assert split_page("[]", "data") is None
    assert split_page('{"data":{}}', "data") is None
    assert split_page('{"data":{"list":{}}}', "data", "list") is None
    assert split_page('{"data":[]}', "data", "list") is None


def test_a_list_is_found_in_depth_and_the_last_of_several_is_taken() -> None:
    page = split_page('{"r":{"l":[1]},"r":{"l":[2],"n":"\\"]","l":[ 3 ,"\\\\"]}}', "r", "l")
    assert page is not None
    assert (page.texts, page.envelope) == (["3", '"\\\\"'], {"n": '"]'})


def test_a_members_text_is_found_in_depth() -> None:
    text = '{"id":1, "data": {"object": {"x": [1.0]} }}'
    assert member_text(text, "data", "object") == '{"x": [1.0]}'
    assert member_text(text, "data", "nothing") is None
    assert member_text(text, "id", "nothing") is None


def test_lines_keep_their_order_and_the_broken_ones_their_place() -> None:
    stream = BytesIO(b'{"a":1}\n\n{"a":\r\n{"b":"\xff"}\n{"a":NaN}\n{"a":"\\ud800"}')
    (lines,) = json_lines(stream, 10)
    records, texts = read_lines(lines)
    assert [type(record) for record in records] == [dict, Unparsed, Unparsed, dict, dict]
    assert [record.reason for record in records[1:3]] == ["malformed_json", "undecodable"]
    assert texts[:3] == ['{"a":1}', '{"a":', '{"b":"\\xff"}']


@given(st.integers(1, 5), st.lists(st.integers(-(2**63), 2**63)))
def test_lines_come_in_batches_of_at_most_the_size(size: int, numbers: list[int]) -> None:
    stream = BytesIO("\n".join(map(str, numbers)).encode())
    batches = [read_lines(lines)[0] for lines in json_lines(stream, size)]
    assert [number for batch in batches for number in batch] == numbers
    assert all(0 < len(batch) <= size for batch in batches)
