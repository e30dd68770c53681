"""Lines that parsers of JSON read differently: each lands as it is or is in quarantine with its text."""

import hashlib

import pytest

from ingestion.arrow import Converted, convert_batch
from ingestion.ndjson import read_line
from ingestion.records import Batch
from ingestion.tables import Column, Kind, Reason, TableSpec

SPEC = TableSpec(
    "answers",
    ("answer_id",),
    (
        Column("answer_id", source="id", required=True),
        Column("text", Kind.TEXT, ("values", "text")),
        Column("score", Kind.DOUBLE, "values.score"),
        Column("whole", Kind.INTEGER, "values.whole"),
        Column("flag", Kind.BOOLEAN, "values.flag"),
        Column("bit", Kind.BIT, "values.bit"),
        Column("second", Kind.EPOCH, "values.second"),
        Column("at", Kind.TIMESTAMP, "values.at"),
    ),
)
GOOD = b'{"id":"good"}'
#: A member of `values`, and what is read of it: a value of its column, or the reason why none is.
MEMBERS: dict[str, object] = {
    '"score":NaN': Reason.WRONG_TYPE,
    '"score":-Infinity': Reason.WRONG_TYPE,
    '"score":Inf': Reason.MALFORMED_JSON,
    '"score":9.0': 9.0,
    '"score":9e0': 9.0,
    '"score":-0': 0.0,
    '"score":1e999': Reason.WRONG_TYPE,
    '"score":9007199254740993': Reason.WRONG_TYPE,  # no such float
    '"score":01': Reason.MALFORMED_JSON,
    '"score":1.': Reason.MALFORMED_JSON,
    '"score":"9"': Reason.WRONG_TYPE,
    '"score":true': Reason.WRONG_TYPE,
    '"score":[]': Reason.WRONG_TYPE,
    '"score":1,"score":2': 2.0,
    '"whole":9.0': 9,
    '"whole":9.5': Reason.WRONG_TYPE,
    '"whole":9007199254740993': 9007199254740993,
    '"whole":1e15': 10**15,
    '"whole":9007199254740993.0': 9007199254740992,
    '"whole":1e16': Reason.WRONG_TYPE,
    f'"whole":{"1" * 400}': Reason.WRONG_TYPE,
    '"flag":1': Reason.WRONG_TYPE,
    '"flag":"true"': Reason.WRONG_TYPE,
    '"bit":true': True,
    '"bit":2': Reason.WRONG_TYPE,
    '"second":1.5': Reason.BAD_TIMESTAMP,
    '"text":9': Reason.WRONG_TYPE,
    r'"text":"\ud800"': Reason.UNDECODABLE,
    r'"\u0074ext":"\u00e9\ud83d\ude00\u0000"': "é😀\0",
    '"text":"\x01"': Reason.MALFORMED_JSON,
    '"text":"a",': Reason.MALFORMED_JSON,
    '"at":"2026-02-30T00:00:00Z"': Reason.BAD_TIMESTAMP,
    r'"unknown":"\ud800","text":"x"': "x",
    '"unknown":{"text":1},"text":"x"': "x",
    f'"unknown":{"[" * 1200}{"]" * 1200}': Reason.MALFORMED_JSON,
}
#: Whole lines, and the reason of each.
LINES: dict[bytes, str] = {
    b'{"id":"a"}{"id":"b"}': Reason.MALFORMED_JSON,
    b'{"id":': Reason.MALFORMED_JSON,
    b'"b"}': Reason.MALFORMED_JSON,
    b"[]": Reason.BAD_ROW_SHAPE,
    b"1": Reason.BAD_ROW_SHAPE,
    b"null": Reason.BAD_ROW_SHAPE,
    b"{}": Reason.MISSING_REQUIRED,
    b'{"id":"a"}\0{': Reason.MALFORMED_JSON,
    b"{'id':1}": Reason.MALFORMED_JSON,
    b'{"id":"a"/**/}': Reason.MALFORMED_JSON,
    b'{"id":"\xff"}': Reason.UNDECODABLE,
    b'{"x":"\xed\xa0\x80","id":"a"}': Reason.UNDECODABLE,
    b'{"id":"\xc0\x80"}': Reason.UNDECODABLE,
    b'{"id":"a","values":[]}': Reason.WRONG_TYPE,
}


def read(*lines: bytes) -> Converted:
    batch = Batch(lines, range(1, len(lines) + 1), ["export"] * len(lines), read_line)
    return convert_batch(SPEC, batch)


@pytest.mark.parametrize(("member", "expected"), MEMBERS.items(), ids=range(len(MEMBERS)))
def test_a_value_is_read_as_what_it_is_or_not_at_all(member: str, expected: object) -> None:
    line = f'{{"id":"a","values":{{{member}}}}}'.encode()
    rows, rejects = read(GOOD, line, line, GOOD)
    if expected in vars(Reason).values():
        assert rejects["reason"].to_pylist() == [expected] * 2
        assert rejects["original_text"].to_pylist() == [line.decode()] * 2
        assert rows["position"].to_pylist() == [1, 4]
        return
    assert not rejects.num_rows
    row = rows.slice(1, 1).to_pylist()[0]
    [found] = [row[c.name] for c in SPEC.columns if c.name != "answer_id" and row[c.name] is not None]
    assert (found, type(found)) == (expected, type(expected))
    assert (row["payload"], row["content_hash"]) == (line.decode(), hashlib.md5(line).hexdigest())


@pytest.mark.parametrize(("line", "reason"), LINES.items(), ids=range(len(LINES)))
def test_a_line_that_is_no_answer_has_its_reason(line: bytes, reason: str) -> None:
    rows, rejects = read(GOOD, line, GOOD)
    assert rows["position"].to_pylist() == [1, 3]
    assert rejects["reason"].to_pylist() == [reason]
    assert rejects["original_text"].to_pylist() == [line.decode("utf-8", "backslashreplace")]
