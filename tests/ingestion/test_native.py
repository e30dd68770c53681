"""Both lanes make the same of the same lines, whatever the lines are."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.arrow import convert_batch
from ingestion.billing.stripe_tables import TABLES
from ingestion.lanes import NO_REJECTS, Converted, Signs, by_lane, converted, each_with_its_own, joined
from ingestion.native import native_rows
from ingestion.ndjson import read_lines
from ingestion.pages import read_pieces
from ingestion.records import Block, Parse
from ingestion.tables import Column, Kind, Source, TableSpec

from .test_arrow import json_values

SPEC = TableSpec(
    "answers",
    ("answer_id", "question_id"),
    (
        Column("answer_id", source="id", required=True),
        Column("question_id", required=True),
        Column("text", Kind.TEXT, ("values", "text")),
        Column("score", Kind.DOUBLE, "values.score"),
        Column("whole", Kind.INTEGER, "values.whole"),
        Column("flag", Kind.BOOLEAN, "values.flag"),
        Column("bit", Kind.BIT, "values.bit"),
        Column("at", Kind.TIMESTAMP, "values.at", required=True),
        Column("second", Kind.EPOCH, "values.second"),
        Column("day", Kind.DATE, "values.day"),
        Column("amount", Kind.AMOUNT, "values.amount"),
        Column("email", source="contact.address.email"),
    ),
    Column("version_at", Kind.TIMESTAMP, "values.at"),
)
MOMENTS = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.123+0100"]
CLEAN: dict[str, Any] = {
    "text": st.none() | st.text() | st.sampled_from(["NaN", "Inf,", '",Inf,"', "\x00", "}\n{"]),
    "score": st.none() | st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9),
    "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
    "flag": st.none() | st.booleans(),
    "bit": st.sampled_from([0, 1, None]),
    "second": st.none() | st.integers(-62_135_596_800, 253_402_300_799),
    "day": st.sampled_from(["2026-01-01", "", None]),
    "amount": st.sampled_from(["12.3400", "-1", None]),
    "unknown": json_values,
}
clean_values = st.fixed_dictionaries({"at": st.sampled_from([*MOMENTS, ""])}, optional=CLEAN)
contacts = st.none() | st.fixed_dictionaries(
    {"id": json_values}, optional={"address": st.none() | st.fixed_dictionaries({"email": st.text()})}
)
clean_records = st.fixed_dictionaries(
    {"id": st.text(), "values": clean_values}, optional={"contact": contacts, "at": json_values}
)
clean_lines = st.builds(
    lambda record, ascii_only: json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"),
    clean_records,
    st.booleans(),
)
wild_members = st.dictionaries(st.sampled_from(["at", *CLEAN]), json_values | st.sampled_from(MOMENTS))
wild_records = st.fixed_dictionaries({}, optional={"id": json_values, "values": wild_members | json_values})
#: What two parsers may read differently.
ODD = [
    '{"id":"a","id":"b"}',
    '{"id":"a","values":{"whole":1},"values":{"at":"2026-01-01T00:00:00Z"}}',
    *(
        f'{{"id":"a","values":{{"at":"2026-01-01T00:00:00Z",{member}}}}}'
        for member in (
            *(f'"{name}":{value}' for name in ("score", "whole", "bit", "second", "unknown")
              for value in ("NaN", "-Infinity", "Inf", "-Inf", "9.0", "9e0", "-0", "-0.0", "1e999", "1" * 400,
                            "9007199254740993", "1e15", "01", "1.", '"9"', "true", "2", "[]", "{}")),
            '"flag":1', '"flag":"true"', '"bit":true', '"text":9', '"text":"\\ud800"', '"unknown":"\\ud800"',
            '"\\u0074ext":"\\u00e9\\ud83d\\ude00\\u0000"', '"text":"\x01"', '"text":"a",',
            '"at":"2026-02-30T00:00:00Z"',
            '"unknown":{"values":{"text":1}},"text":"x"', '"unknown":' + "[" * 1200 + "]" * 1200,
            '"unknown":' + "9" * 5000,
        )
    ),
    '{"id":"a","values":null}', '{"id":"a"}', '{"values":{}}', "{}", "[]", "1", "null", "{", "}", "",
    '{"id":"a"}{"id":"b"}', '{"id":"a"}{"id":', '"b"}', '{"id":"a"} ', "\ufeff{}", '{"id":"a"}\0{',
    '{"id":"a"}}', '{"id":\n"a"}', "{'id':1}", '{"id":"a"/**/}',
]  # fmt: skip
odd_lines = st.sampled_from([line.encode() for line in ODD]) | st.sampled_from(
    [b'{"id":"\xff"}', b'{"x":"\xed\xa0\x80","id":"a"}', b'{"id":"\xc0\x80"}', b'\xef\xbb\xbf{"id":"a"}']
)
wild_lines = st.builds(lambda value: json.dumps(value).encode(), wild_records | json_values) | odd_lines
CONSTANTS = {"question_id": "Q1"}


def block(lines: list[bytes], start: int = 1, parse: Parse = read_lines) -> Block:
    return Block(lines, range(start, start + len(lines)), "/answers", parse)


def slow(lines: list[bytes]) -> tuple[pa.Table, pa.Table]:
    return convert_batch(SPEC, block(lines).parsed(), CONSTANTS)


def assert_alike(fast: tuple[pa.Table, pa.Table], ordinary: tuple[pa.Table, pa.Table]) -> None:
    for one, other in zip(fast, ordinary, strict=True):
        assert one.schema == other.schema
        # As text, too: -0.0 equals 0.0. The order is in `position`.
        mine, theirs = one.sort_by("position").to_pylist(), other.sort_by("position").to_pylist()
        assert mine == theirs
        assert repr(mine) == repr(theirs)


@settings(max_examples=300)
@given(st.lists(clean_lines, max_size=8), st.lists(wild_lines, max_size=2), st.randoms(use_true_random=False))
def test_both_lanes_make_the_same_of_any_lines(clean: list[bytes], wild: list[bytes], random: Any) -> None:
    lines = [*clean, *wild]
    random.shuffle(lines)
    assert_alike(converted(SPEC, block(lines), CONSTANTS), slow(lines))


@pytest.mark.parametrize("line", [line.encode() for line in ODD], ids=range(len(ODD)))
def test_both_lanes_make_the_same_of_an_odd_line_alone(line: bytes) -> None:
    assert_alike(converted(SPEC, block([line]), CONSTANTS), slow([line]))
    good = b'{"id":"a","values":{"at":"2026-01-01T00:00:00Z"}}'
    assert_alike(converted(SPEC, block([good, line, line, good]), CONSTANTS), slow([good, line, line, good]))


@pytest.mark.parametrize("wild", [[], [3], [0, 1999], range(0, 2000, 700), range(500, 1999), range(2000)])
@pytest.mark.parametrize("member", ['"score":"9"', '"score": "9"', '"whole":9.5', '"score":NaN'])
def test_a_large_block_with_odd_lines_is_what_its_lines_are(wild: list[int], member: str) -> None:
    good = '{"id":"%d","values":{"at":"2026-01-01T00:00:00Z","score":9}}'
    odd = '{"id":"%d","values":{"at":"2026-01-01T00:00:00Z",' + member + "}}"
    lines = [((odd if at in wild else good) % at).encode() for at in range(2000)]
    made = converted(SPEC, block(lines), CONSTANTS)
    assert made.rejects.num_rows == len(wild)
    assert_alike(made, slow(lines))


def test_a_sign_is_looked_for_once_it_was_met_and_costs_its_lines_alone() -> None:
    signs, good, odd = Signs([b'"score":"', b'"whole":"']), b'{"id":"a"}', b'{"id":"b","score":"9"}'
    tried: list[int] = []

    def fast(part: Block) -> pa.Table | None:
        tried.append(len(part))
        return None if odd in part.lines else SPEC.schema.empty_table()

    def ordinary(part: Block) -> Converted:
        assert part.lines == [odd, odd]
        return Converted(SPEC.schema.empty_table(), NO_REJECTS)

    for expected in ([6, 4], [4]):
        tried.clear()
        by_lane(block([good, odd, good, good, odd, good]), fast, ordinary, signs)
        assert tried == expected


@settings(max_examples=50)
@given(st.lists(st.lists(clean_lines, max_size=3), min_size=2, max_size=4))
def test_small_blocks_together_are_what_each_is_alone(portions: list[list[bytes]]) -> None:
    start, blocks = 1, []
    for at, portion in enumerate(portions):
        blocks.append((block(portion, start, read_pieces), {"question_id": f"Q{at}"}))
        start += len(portion)
    together = native_rows(SPEC, joined([each for each, _ in blocks]), each_with_its_own(blocks))
    alone = [convert_batch(SPEC, each.parsed(), own)[0] for each, own in blocks]
    if together is not None:
        assert together.to_pylist() == pa.concat_tables(alone).to_pylist()


@given(st.text(), st.text(min_size=1))
def test_a_clean_block_takes_the_fast_lane(text: str, answer_id: str) -> None:
    record = {"id": answer_id, "values": {"at": MOMENTS[0], "text": text, "score": 9, "new": {"a": [1]}}}
    rows = native_rows(SPEC, block([json.dumps(record).encode()] * 3), CONSTANTS)
    assert rows is not None
    assert rows["text"].to_pylist() == [text] * 3
    assert rows["record_id"].to_pylist() == [f"{answer_id}:Q1"] * 3


def test_a_table_that_is_read_by_a_function_or_ambiguously_is_for_the_other_lane() -> None:
    unread: tuple[list[Source], ...] = (
        [lambda record: record["id"]],
        ["a.b", "a.0"],
        ["a.0", "a.1"],
        ["a", "a.b"],
        ["a.b", "a"],
    )
    for sources in unread:
        columns = [Column(f"c{at}", source=source) for at, source in enumerate(sources)]
        spec = TableSpec("t", ("id",), (Column("id", source="id"), *columns))
        assert native_rows(spec, block([b'{"id":"a"}'])) is None


INVOICES = TABLES["invoices"]
amounts = st.none() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([9.0, 1.5, "9", True])
seconds = st.none() | st.integers(0, 2_000_000_000) | st.sampled_from([[], {}, "1", 10**15])
texts = st.none() | st.text(max_size=2) | st.sampled_from([{"id": "cus_1"}, {"id": 1}, {}, 1, []])
periods = st.none() | st.fixed_dictionaries({}, optional={"start": seconds, "end": seconds, "more": texts})
discounts = st.none() | st.lists(
    st.none() | st.fixed_dictionaries({}, optional={"amount": amounts}), max_size=2
)
invoice_lines = st.lists(
    st.none()
    | st.fixed_dictionaries(
        {"amount": amounts}, optional={"period": periods, "id": texts, "discount_amounts": discounts}
    ),
    max_size=3,
)
invoices = st.fixed_dictionaries(
    {"id": st.text(), "status": st.just("paid"), "currency": st.just("eur"), "total": amounts},
    optional={
        **dict.fromkeys(["customer", "subscription"], texts),
        **dict.fromkeys(["tax", "total_excluding_tax", "subtotal_excluding_tax", "subtotal"], amounts),
        "created": seconds,
        "status_transitions": st.none() | st.fixed_dictionaries({}, optional={"finalized_at": seconds}),
        "lines": st.none() | st.fixed_dictionaries({}, optional={"data": st.none() | invoice_lines}),
    },
)
PAID: dict[str, Any] = {
    **{"id": "in_1", "status": "paid", "currency": "eur", "total": 12, "tax": 2, "total_excluding_tax": 10},
    **{"customer": "cus_1", "subscription": None, "created": 5, "status_transitions": {"finalized_at": 7}},
    "lines": {
        "data": [
            {"amount": -5, "discount_amounts": [], "period": {"start": 1, "end": 2}},
            {"amount": 20, "discount_amounts": [{"amount": 2}, {"amount": 3}], "period": None},
        ]
    },
}
EARLIER: dict[str, Any] = {
    "tax": None,
    "status_transitions": {"finalized_at": None},
    "lines": {"data": []},
    "customer": None,
}


@settings(max_examples=80)
@given(st.lists(invoices | st.just(PAID) | st.just(PAID | EARLIER), max_size=5))
def test_both_lanes_make_the_same_of_any_invoices(records: list[dict[str, Any]]) -> None:
    lines = [json.dumps(record).encode() for record in records]
    ordinary = convert_batch(INVOICES, block(lines, parse=read_pieces).parsed(), {"version_at": 9})
    assert_alike(converted(INVOICES, block(lines, parse=read_pieces), {"version_at": 9}), ordinary)


def test_invoices_as_vendors_write_them_take_the_fast_lane() -> None:
    lines = [json.dumps(PAID | changed).encode() for changed in ({}, EARLIER, {"lines": None})]
    rows = native_rows(INVOICES, block(lines), {"version_at": 9})
    assert rows is not None
    assert rows["tax_minor"].to_pylist() == [2, 2, 2]
    assert rows["customer_id"].to_pylist() == ["cus_1", None, "cus_1"]
    assert rows["issued_at"].cast(pa.int64()).to_pylist() == [7_000_000, 5_000_000, 7_000_000]
    lines_of_paid = "-5/1970-01-01T00:00:01/1970-01-01T00:00:02 15//"
    assert rows["lines"].to_pylist() == [lines_of_paid, None, None]


def test_credit_notes_of_either_version_name_their_refunds() -> None:
    note = {
        "id": "cn_1",
        "invoice": "in_1",
        "status": "issued",
        "currency": "eur",
        "created": 5,
        "subtotal": 1,
    }
    given: list[dict[str, Any]] = [
        {"refund": "re_1"},
        {"refunds": [{"refund": "re_1"}, {"refund": "re_2"}]},
        {"refund": None},
        {},
    ]
    lines = [json.dumps(note | refund).encode() for refund in given]
    expected = ["re_1", "re_1 re_2", None, None]
    notes = TABLES["credit_notes"]
    fast = native_rows(notes, block(lines), {"version_at": 9})
    ordinary, _ = convert_batch(notes, block(lines, parse=read_pieces).parsed(), {"version_at": 9})
    assert fast is not None
    assert [rows["refund_ids"].to_pylist() for rows in (fast, ordinary)] == [expected, expected]
