"""Any JSON value in any column either lands unchanged or is in quarantine with its original text."""

import json
import math
from dataclasses import replace
from typing import Any

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.arrow import convert_batch, dig
from ingestion.columns import column_array
from ingestion.ndjson import read_line
from ingestion.records import Batch, Unparsed
from ingestion.tables import Column, Kind, Reason, TableSpec

SPEC = TableSpec(
    "answers",
    ("answer_id", "question_id"),
    (
        Column("answer_id", source="id", required=True),
        Column("question_id", required=True),
        Column("text", Kind.TEXT, "values.text"),
        Column("score", Kind.DOUBLE, "values.score"),
        Column("whole", Kind.INTEGER, "values.whole"),
        Column("flag", Kind.BOOLEAN, "values.flag"),
        Column("at", Kind.TIMESTAMP, "values.at"),
        Column("second", Kind.EPOCH, "values.second"),
        Column("day", Kind.DATE, "values.day"),
        Column("first", Kind.TEXT, "values.items.0.name"),
    ),
    Column("version_at", Kind.TIMESTAMP, "modified"),
)
FIELDS = {"text": "text", "score": "score", "whole": "whole", "flag": "flag"}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["9", "ten", "2026-01-01T00:00:00Z", "2026-01-01", "\ud800", "", 9.0, 6.5, -0.0, 1e300])
    | st.datetimes().map(lambda moment: f"{moment.isoformat()}+00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
members = st.dictionaries(
    st.sampled_from(["text", "score", "whole", "flag", "at", "second", "day", "items"]), json_values
)
records = st.fixed_dictionaries(
    {},
    optional={
        "id": st.text(min_size=1) | json_values,
        "values": members | json_values,
        "modified": json_values,
    },
)


def batch(*parsed: Any) -> Batch:
    lines = [json.dumps(record).encode() for record in parsed]
    return Batch(lines, range(1, len(parsed) + 1), ["/answers"] * len(parsed), read_line, parsed)


def convert(*parsed: Any) -> tuple[pa.Table, pa.Table]:
    return convert_batch(SPEC, batch(*parsed), {"question_id": "Q1"})


@given(st.lists(records | json_values, max_size=12))
def test_every_record_lands_unchanged_or_is_rejected_with_its_text(parsed: list[Any]) -> None:
    rows, rejects = convert(*parsed)
    placed = {**by_position(rows, "payload"), **by_position(rejects, "original_text")}
    assert rows.num_rows + rejects.num_rows == len(parsed)
    assert placed == {at + 1: json.dumps(record) for at, record in enumerate(parsed)}
    for row in rows.to_pylist():
        values = parsed[row["position"] - 1].get("values") or {}
        for column, field in FIELDS.items():
            assert same(row[column], values.get(field)), (column, values)
        assert row["record_id"] == f"{row['answer_id']}:Q1"


@given(st.lists(records, min_size=2, max_size=8))
def test_a_record_fares_alike_alone_and_in_company(parsed: list[Any]) -> None:
    together, _ = convert(*parsed)
    alone = [convert(record)[0].num_rows for record in parsed]
    assert [at + 1 for at, landed in enumerate(alone) if landed] == together["position"].to_pylist()


def by_position(table: pa.Table, column: str) -> dict[Any, Any]:
    return dict(zip(table["position"].to_pylist(), table[column].to_pylist(), strict=True))


def same(landed: Any, sent: Any) -> bool:
    """Equal as values and as kinds: 1 is not true, and "9" is not 9."""
    return bool(landed == sent) and isinstance(landed, bool) == isinstance(sent, bool)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Kind.DOUBLE, 9, 9.0),
        (Kind.DOUBLE, 9.0, 9.0),
        (Kind.DOUBLE, 6.5, 6.5),
        (Kind.DOUBLE, "9", Reason.WRONG_TYPE),
        (Kind.DOUBLE, True, Reason.WRONG_TYPE),
        (Kind.DOUBLE, math.nan, Reason.WRONG_TYPE),
        (Kind.DOUBLE, math.inf, Reason.WRONG_TYPE),
        (Kind.DOUBLE, 2**70, Reason.WRONG_TYPE),
        (Kind.INTEGER, 9.0, 9),
        (Kind.INTEGER, 6.5, Reason.WRONG_TYPE),
        (Kind.INTEGER, 2**63, Reason.WRONG_TYPE),
        (Kind.INTEGER, -9.223372036854776e18, Reason.WRONG_TYPE),
        (Kind.INTEGER, False, Reason.WRONG_TYPE),
        (Kind.BOOLEAN, 1, Reason.WRONG_TYPE),
        (Kind.BOOLEAN, "true", Reason.WRONG_TYPE),
        (Kind.TEXT, 9, Reason.WRONG_TYPE),
        (Kind.TEXT, {}, Reason.WRONG_TYPE),
        (Kind.TEXT, "\ud800", Reason.UNDECODABLE),
        (Kind.TIMESTAMP, "2026-01-01T01:00:00+0100", "2026-01-01T00:00:00"),
        (Kind.TIMESTAMP, "2026-01-01T00:00:00.000+0000", "2026-01-01T00:00:00"),
        (Kind.TIMESTAMP, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00"),
        (Kind.TIMESTAMP, "", None),
        (Kind.TIMESTAMP, "2026-01-01T00:00:00", Reason.BAD_TIMESTAMP),
        (Kind.TIMESTAMP, "2026-02-30T00:00:00Z", Reason.BAD_TIMESTAMP),
        (Kind.TIMESTAMP, 1767225600, Reason.WRONG_TYPE),
        (Kind.TIMESTAMP_UTC, "2026-01-01T00:00:00", "2026-01-01T00:00:00"),
        (Kind.TIMESTAMP_UTC, "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00"),
        (Kind.EPOCH, 1767225600, "2026-01-01T00:00:00"),
        (Kind.EPOCH, 10**15, Reason.BAD_TIMESTAMP),
        (Kind.EPOCH, "1767225600", Reason.WRONG_TYPE),
        (Kind.DATE, "2026-01-01", "2026-01-01"),
        (Kind.DATE, "01/02/2026", Reason.BAD_TIMESTAMP),
    ],
)
def test_what_each_kind_accepts(kind: Kind, value: Any, expected: Any) -> None:
    # None of the neighbours may change what becomes of a value.
    array, bad = column_array([None, value], kind)
    landed: Any
    (landed,) = array.slice(1).to_pylist()
    if expected in vars(Reason).values():
        assert (landed, bad) == (None, {1: expected})
    else:
        shown = landed.isoformat().removesuffix("+00:00") if hasattr(landed, "isoformat") else landed
        assert (shown, bad) == (expected, {})


def test_a_reject_says_which_column_and_value() -> None:
    good = {"id": "a", "values": {"score": 9}}
    bad = {"id": "b", "values": {"score": "ten"}}
    rows, rejects = convert(good, bad)
    (reject,) = rejects.to_pylist()
    assert rows["record_id"].to_pylist() == ["a:Q1"]
    assert reject["detail"] == "answers.score should be double and is 'ten'"
    assert (reject["record_id"], reject["position"], reject["origin"]) == ("b:Q1", 2, "/answers")
    assert orjson.loads(reject["original_text"]) == bad


def test_a_missing_required_value_and_another_shape_are_told_apart() -> None:
    _, rejects = convert({"values": {}}, ["a"], {"id": "c", "values": ["score"]})
    assert rejects["reason"].to_pylist() == [Reason.MISSING_REQUIRED, Reason.BAD_ROW_SHAPE, Reason.WRONG_TYPE]


def test_an_unparsed_line_keeps_its_reason() -> None:
    unparsed = Unparsed(Reason.MALFORMED_JSON, "the line is not JSON")
    broken = Batch([b"{"], [7], ["/answers"], lambda line: unparsed)
    _, rejects = convert_batch(SPEC, broken, {"question_id": "Q1"})
    (reject,) = rejects.to_pylist()
    assert (reject["reason"], reject["original_text"], reject["position"]) == ("malformed_json", "{", 7)


def test_a_version_the_payload_does_not_date_is_dated_by_its_id() -> None:
    spec = TableSpec("t", ("id",), (Column("id", source="id"),), Column("version_at", Kind.EPOCH), False)
    records = batch({"id": "a"}, {"id": "a"})
    rows, _ = convert_batch(spec, records, {"version_at": [1767225600, None]})
    dated, undated = rows["version_id"].to_pylist()
    assert dated == f"{undated}@2026-01-01T00:00:00.000000Z"
    assert undated == records.hashes[1]


@given(json_values, st.lists(st.sampled_from(["a", "b", 0, 1]), max_size=4))
def test_dig_never_raises(record: Any, path: list[str | int]) -> None:
    dig(record, *path)


@pytest.mark.parametrize(
    ("record", "column"), [({"id": ""}, "answer_id"), ({"id": "A", "modified": ""}, "version_at")]
)
def test_an_empty_text_is_no_id_and_no_moment(record: dict[str, Any], column: str) -> None:
    """A moment that a vendor writes as an empty text is unknown; where it is required, only that record is
    refused, not the load. A row without an id would be refused by the guard for ever."""
    table = replace(SPEC, version_at=Column("version_at", Kind.TIMESTAMP, "modified", required=True))
    whole = {"id": "B", "modified": "2026-01-01T00:00:00Z"}
    rows, rejects = convert_batch(table, batch(whole | record, whole), {"question_id": "Q1"})
    assert rows["answer_id"].to_pylist() == ["B"]
    assert rejects["reason"].to_pylist() == [Reason.MISSING_REQUIRED]
    assert f"answers.{column} is required" in rejects["detail"][0].as_py()
