"""Which questions of a Qualtrics survey are scored, and under which keys scores and comments are exported."""

from typing import Any

import pytest

from ingestion.surveys.qualtrics_tables import (
    EMBEDDED_DATA,
    Question,
    comment_keys,
    responses_table,
    scale,
    scored_questions,
)

TEXT = {"QuestionType": "TE", "Selector": "SL"}


def choices(*shown: object, **more: Any) -> dict[str, Any]:
    listed = {str(at): {"Display": str(each)} for at, each in enumerate(shown, start=1)}
    return {"QuestionType": "MC", "Selector": "SAVR", "Choices": listed, **more}


def slider(statements: int) -> dict[str, Any]:
    return {
        "QuestionType": "Slider",
        "Selector": "HSLIDER",
        "Configuration": {"CSSliderMin": 0, "CSSliderMax": 10},
        "Choices": {str(at + 1): {"Display": f"Statement {at}"} for at in range(statements)},
    }


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (choices(*range(11), RecodeValues={str(at + 1): str(at) for at in range(11)}), (0, 10)),
        (choices(1, 2, 3, 4, 5), (1, 5)),
        (choices("yes", "no"), (None, None)),
        (choices(1, 2, RecodeValues={"1": "low", "2": "high"}), (None, None)),
        (choices(1, 2, Selector="MAVR"), (None, None)),
        (slider(1), (0, 10)),
        (slider(2), (None, None)),
        (TEXT, (None, None)),
    ],
)
def test_a_scale_is_what_is_exported_not_what_is_shown(question: Any, expected: tuple[Any, Any]) -> None:
    assert scale(question) == expected


def test_a_slider_is_exported_under_its_statement() -> None:
    questions = {"QID10": slider(1), "QID9": choices(1, 2), "QID1": TEXT}
    assert scored_questions(questions) == [Question("QID9", "QID9"), Question("QID10", "QID10_1")]


def test_the_comment_is_the_first_text_that_was_given() -> None:
    keys = comment_keys({"QID10": TEXT, "QID2": TEXT, "QID1": slider(1)})
    assert keys == ["QID2_TEXT", "QID10_TEXT"]
    table = responses_table(Question("QID1", "QID1"), keys, EMBEDDED_DATA)
    [read] = [column.source for column in table.columns if column.name == "comment"]
    assert callable(read)
    assert read({"values": {"QID2_TEXT": None, "QID10_TEXT": "later"}}) == "later"
    assert read({"values": {"QID2_TEXT": "first", "QID10_TEXT": "later"}}) == "first"
    assert read({"values": {}}) is None
