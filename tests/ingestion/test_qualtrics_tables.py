"""Which questions of a Qualtrics survey are scored, and under which keys scores and comments are exported."""

from typing import Any

import pytest

from ingestion.surveys.qualtrics_scales import Scale, is_unreadable, number_shown, scale, translated
from ingestion.surveys.qualtrics_tables import (
    EMBEDDED_DATA,
    Question,
    comment_keys,
    reading_of,
    responses_table,
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


NPS = {"QuestionType": "MC", "Selector": "NPS"}
LABELS = ["0 Not at all likely", *map(str, range(1, 10)), "10 - Extremely likely"]
SHIFTED = tuple((float(at + 1), at) for at in range(11))


def nps(*shown: object, **more: Any) -> dict[str, Any]:
    return {**NPS, "Choices": [{"Display": str(each)} for each in shown], **more}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (choices(*range(11), RecodeValues={str(at + 1): str(at) for at in range(11)}), Scale(0, 10, 11)),
        (choices(*range(11)), Scale(0, 10, 11, SHIFTED)),
        (nps(*range(11)), Scale(0, 10, 11)),
        (nps(*range(11), RecodeValues={str(at): str(at + 1) for at in range(11)}), Scale(0, 10, 11, SHIFTED)),
        (nps(*range(11), RecodeValues=[str(at + 1) for at in range(11)]), Scale(0, 10, 11, SHIFTED)),
        (nps(*LABELS), Scale(0, 10, 11)),
        (nps(*range(10, -1, -1)), Scale(0, 10, 11, tuple((float(at), 10 - at) for at in range(11)))),
        (nps(*range(1, 11)), Scale(1, 10, 10, tuple((float(at), at + 1) for at in range(10)))),
        (
            nps(*range(11), "Don't know"),
            Scale(0, 10, 11, (*((float(at), at) for at in range(11)), (11.0, None))),
        ),
        (choices(1, 2, 3, 4, 5), Scale(1, 5, 5)),
        (choices(1, 2, 3, "none"), None),
        (choices("1-10", "11-50", "more"), None),
        (choices("Agent 1", "Agent 2"), None),
        (choices("yes", "no"), None),
        (nps("unlikely", "likely"), None),
        (nps(1, "1 again", 2), None),
        (choices(1, 2, RecodeValues={"1": "low", "2": "high"}), None),
        (choices(1, 2, RecodeValues={"1": "7", "2": "7"}), None),
        (choices(1, 2, Selector="MAVR"), None),
        (slider(1), Scale(0, 10)),
        (slider(2), None),
        (TEXT, None),
    ],
)
def test_a_score_is_the_number_shown_not_what_is_exported(question: Any, expected: Scale | None) -> None:
    assert scale(question) == expected
    assert is_unreadable(question) is (question["Selector"] == "NPS" and expected is None)


def test_words_that_are_exported_as_0_to_10_are_not_passed_over() -> None:
    words, exported = [f"word {chr(97 + at)}" for at in range(11)], {str(at + 1): str(at) for at in range(11)}
    assert is_unreadable(choices(*words, RecodeValues=exported))
    assert not is_unreadable(choices(*words))


@pytest.mark.parametrize(
    ("label", "number"),
    [
        ("10", 10),
        ("-5", -5),
        (" 10&nbsp;", 10),
        ("<b>10</b><br>Extremely likely", 10),
        ("0: Not at all likely", 0),
        ("(10) Extremely likely", 10),
        ("Extremely likely (10)", 10),
        ("Extremely likely - 10", 10),
        ("Extremely likely 10", None),
        ("1-10", None),
        ("11 - 50", None),
        ("10/10", None),
        ("9 or 10", None),
        ("1.5", None),
        ("5%", None),
        ("Q3", None),
        ("-5 at worst", None),
        ("10 - I&#39;d recommend", 10),
        ("--3", None),
    ],
)
def test_a_label_shows_a_number_at_an_end(label: str, number: int | None) -> None:
    assert number_shown(label, at_any_end=False) == number


def test_a_label_of_an_nps_question_may_end_with_its_number() -> None:
    assert number_shown("Extremely likely 10", at_any_end=True) == 10


def test_what_is_exported_is_translated() -> None:
    score = translated("QID1", SHIFTED)
    values = [11, 1.0, None, 7]
    assert [score({"values": {"QID1": value}}) for value in values] == [10, 0, None, 6]
    assert "12, which no choice" in repr(score({"values": {"QID1": 12}}))


def test_a_scale_that_changes_is_another_reading() -> None:
    readings: dict[str, list[Any]] = {}
    seen = [reading_of(shown, readings, "q") for shown in ((), SHIFTED, SHIFTED, (), SHIFTED)]
    assert seen == [0, 1, 1, 2, 3]
    assert reading_of(SHIFTED, readings, "another") == 1


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
