"""A page's records keep their text, letter for letter."""

import json
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.ndjson import json_lines, read_line
from ingestion.pages import _cut_between_objects, _taken_apart, decoded, member_text, split_page
from ingestion.records import Batch, Unparsed

PAGE = b'{"more":true,"data":[{"a":1.0},{"b":2},{"c":"},"}],"x":null}'
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
    page = split_page(text.encode("utf-8", "surrogatepass"), "data")
    assert page is not None
    assert (page.records, page.envelope) == (records, envelope)
    texts = [decoded(line) for line in page.lines]
    assert [json.loads(piece) for piece in texts] == records
    assert all(piece in text for piece in texts)


compact = st.builds(
    lambda value, separators: json.dumps(value, separators=separators),
    st.lists(st.dictionaries(st.text(), values)),
    st.sampled_from([(",", ":"), (", ", ":"), (",\n", ": ")]),
)


@settings(max_examples=40)
@given(st.lists(compact, min_size=1, max_size=3), st.dictionaries(st.text(), values), st.randoms())
def test_both_ways_to_cut_a_page_make_the_same_of_it(lists: list[str], envelope: Any, random: Any) -> None:
    """Lists inside of records, texts that look like cuts, members before and after the list."""
    envelope |= {"text": '},{"data":[{', "nested": {"data": [{}, {}]}, "many": [{"a": {}}, {"b": [{}, {}]}]}
    members = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in envelope.items()]
    members += [f'"data":{text}' for text in lists]
    random.shuffle(members)
    body = f"{{{','.join(members)}}}".encode("utf-8", "surrogatepass")
    cut, apart = _cut_between_objects(body, ["data"]), _taken_apart(body, ["data"])
    assert apart is not None
    assert apart.records == json.loads(body)["data"]
    if cut is not None:
        assert list(cut.lines) == list(apart.lines)
        assert cut.envelope.keys() | {"data"} == apart.envelope.keys() | {"data"}


@pytest.mark.parametrize(
    "body", [PAGE, PAGE.replace(b"},{", b"} ,{"), PAGE.replace(b'"b":2', b'"b":[{},{}]')]
)
def test_a_page_that_is_no_json_is_noticed(body: bytes) -> None:
    assert split_page(body, "data") is not None
    for at in range(len(body)):
        with pytest.raises(json.JSONDecodeError):
            split_page(body[:at], "data")
    for at in range(len(body) - 1):
        spoilt = body[:at] + b"{" + body[at:]
        try:
            expected = json.loads(spoilt)
        except ValueError:
            with pytest.raises(json.JSONDecodeError):
                split_page(spoilt, "data")
        else:
            page = split_page(spoilt, "data")
            assert (page.records if page else None) == expected.get("data")


def test_a_page_as_vendors_write_it_is_cut_between_its_records() -> None:
    page = _cut_between_objects(PAGE, ["data"])
    assert page is not None
    assert (page.lines, page.envelope) == (
        [b'{"a":1.0}', b'{"b":2}', b'{"c":"},"}'],
        {"more": True, "x": None},
    )


def test_numbers_and_escapes_are_kept_as_written() -> None:
    page = split_page(b'{"data" : [ {"a":1.10,"b":"\\u00e9"} , {"a":1e2} ]}', "data")
    assert page is not None
    assert page.lines == [b'{"a":1.10,"b":"\\u00e9"}', b'{"a":1e2}']


def test_a_page_without_the_list_is_none() -> None:
    assert split_page(b"[]", "data") is None
    assert split_page(b'{"data":{}}', "data") is None
    assert split_page(b'{"data":{"list":{}}}', "data", "list") is None
    assert split_page(b'{"data":[]}', "data", "list") is None


def test_a_list_is_found_in_depth_and_the_last_of_several_is_taken() -> None:
    page = split_page(b'{"r":{"l":[1]},"r":{"l":[2],"n":"\\"]","l":[ 3 ,"\\\\"]}}', "r", "l")
    assert page is not None
    assert (page.lines, page.envelope) == ([b"3", b'"\\\\"'], {"n": '"]'})


def test_a_members_text_is_found_in_depth() -> None:
    text = '{"id":1, "data": {"object": {"x": [1.0]} }}'
    assert member_text(text, "data", "object") == '{"x": [1.0]}'
    assert member_text(text, "data", "nothing") is None
    assert member_text(text, "id", "nothing") is None


def test_lines_keep_their_order_and_the_broken_ones_their_place() -> None:
    stream = BytesIO(b'{"a":1}\n\n{"a":\r\n{"b":"\xff"}\n{"a":NaN}\n{"a":"\\ud800"}')
    (lines,) = json_lines(stream, 10)
    records = [read_line(line) for line in lines]
    batch = Batch(lines, range(1, 6), ["export"] * 5, read_line)
    assert [type(record) for record in records] == [dict, Unparsed, Unparsed, dict, dict]
    assert [record.reason for record in records[1:3]] == ["malformed_json", "undecodable"]
    assert [batch.text(at) for at in range(3)] == ['{"a":1}', '{"a":', '{"b":"\\xff"}']


@given(st.integers(1, 5), st.lists(st.integers(-(2**63), 2**63)))
def test_lines_come_in_batches_of_at_most_the_size(size: int, numbers: list[int]) -> None:
    stream = BytesIO("\n".join(map(str, numbers)).encode())
    batches = [list(map(read_line, lines)) for lines in json_lines(stream, size)]
    assert [number for batch in batches for number in batch] == numbers
    assert all(0 < len(batch) <= size for batch in batches)
