"""Rounds of a loop: an answer each, with the round in its id and its own comment."""

import orjson
import pyarrow as pa
import pytest

from ingestion.ndjson import read_line
from ingestion.records import Batch
from ingestion.surveys.qualtrics_loops import answers_in_rounds, with_rounds
from ingestion.surveys.qualtrics_tables import EMBEDDED_DATA, Question, responses_table
from ingestion.tables import TableSpec

QUESTIONS = [Question("QID1", "QID1", ((1.0, 0), (11.0, 10))), Question("QID5", "QID5_1")]
MOMENT = "2026-01-01T00:00:00Z"


def line(response: str, **values: object) -> bytes:
    common = {"status": 0, "recordedDate": MOMENT, "lastModifiedDate": MOMENT}
    return orjson.dumps({"responseId": response, "values": common | values})


def batch(*lines: bytes) -> Batch:
    return Batch(lines, range(1, len(lines) + 1), ["export"] * len(lines), read_line)


def table_of(question: Question) -> TableSpec:
    return responses_table(question, [f"{question.loop}QID2_TEXT"], EMBEDDED_DATA)


def read(*lines: bytes) -> tuple[pa.Table, pa.Table]:
    made = answers_in_rounds(
        batch(*lines),
        QUESTIONS,
        table_of,
        lambda each: {"survey_id": "SV_1", "question_id": each.question_id},
    )
    return made.rows, made.rejects


def test_only_lines_in_which_a_scored_question_has_rounds_are_chosen() -> None:
    lines = (
        line("R1", QID1=1),
        line("R2", **{"1_QID1": 1}),
        line("R3", QID1_NPS_GROUP=3, **{"2_QID9": 1}),
        line("R4", QID2_TEXT='a comment about "1_QID1": 5'),
        line("R5", **{"x2_QID5_1": 1}),
    )
    assert with_rounds(batch(*lines), QUESTIONS) == [1, 4]
    assert with_rounds(batch(lines[0]), QUESTIONS) == []


def test_each_round_is_an_answer_and_a_response_without_any_is_one() -> None:
    rows, rejects = read(
        line("R1", **{"1_QID1": 11, "2_QID1": 1, "2_QID2_TEXT": "bad", "x3_QID5_1": 7}), line("R2", QID1=11)
    )
    found = zip(
        *(rows[name].to_pylist() for name in ("record_id", "question_id", "score", "comment")), strict=True
    )
    assert sorted(found) == [
        ("R1:1_QID1", "QID1", 10.0, None),
        ("R1:2_QID1", "QID1", 0.0, "bad"),
        ("R1:x3_QID5", "QID5", 7.0, None),
        ("R2:QID1", "QID1", 10.0, None),
        ("R2:QID5", "QID5", None, None),
    ]
    assert not len(rejects)


@pytest.mark.parametrize(("exported", "reason"), [("nine", "wrong_type"), (12, "wrong_type")])
def test_a_round_that_cannot_be_read_is_set_aside_alone(exported: object, reason: str) -> None:
    rows, rejects = read(line("R1", **{"1_QID1": 11, "2_QID1": exported, "1_QID5_1": 3}))
    assert sorted(map(str, rows["record_id"].to_pylist())) == ["R1:1_QID1", "R1:1_QID5"]
    assert rejects.select(["record_id", "reason"]).to_pylist() == [
        {"record_id": "R1:2_QID1", "reason": reason}
    ]
