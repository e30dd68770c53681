"""What the recount reads of a question's choices, against the loader's reading: two hands, one answer."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from expectations.recount.asked import Questions
from expectations.vendors import medallia as declared_medallia
from expectations.vendors import surveymonkey as declared_surveymonkey
from expectations.vendors import typeform as declared_typeform
from expectations.vendors.qualtrics.questions import Asked, asked_by, number_in
from ingestion.surveys import medallia_tables, surveymonkey_tables, typeform
from ingestion.surveys.qualtrics_scales import number_shown, scale

pieces = st.sampled_from(
    (
        *(
            "0",
            "7",
            "10",
            "-3",
            "1.5",
            " ",
            "  ",
            "-",
            " - ",
            ":",
            "= ",
            "(",
            ")",
            "[",
            "/",
            "%",
            "_",
            ".",
            "+",
        ),
        *("likely", "Not at all", "&nbsp;", "<br>", "<b>", "</b>", "sehr", "I&#39;d"),
    )
)
labels = st.lists(pieces, max_size=6).map("".join)


@given(labels, st.booleans())
@example("10 - Extremely likely", False)
@example("Extremely likely (10)", False)
def test_both_read_the_same_number_in_a_label(label: str, anywhere: bool) -> None:
    assert number_in(label, anywhere) == number_shown(label, anywhere)


exported = st.dictionaries(st.integers(0, 12).map(str), st.integers(-1, 13).map(str), max_size=12)


@given(
    st.lists(st.sampled_from([*map(str, range(11)), "10 - best", "0: worst", "Don't know"]), max_size=12),
    exported,
    st.sampled_from(["NPS", "SAVR"]),
)
@example([*map(str, range(11))], {str(at): str(at + 1) for at in range(11)}, "NPS")
def test_both_read_the_same_scale(shown: list[str], recodes: dict[str, str], selector: str) -> None:
    question: dict[str, Any] = {
        "QuestionType": "MC",
        "Selector": selector,
        "Choices": [{"Display": label} for label in shown],
        "RecodeValues": recodes,
    }
    own, loaded = asked_by(question), scale(question)
    if loaded is None:  # not scored: there is no answer to it
        return
    as_exported = {value: number for value, number in (own.meant or {}).items() if number is not None}
    assert (own.meant or {}) == (dict(loaded.shown) or as_exported)
    assert own.is_zero_to_ten == ((loaded.low, loaded.high, loaded.points) == (0, 10, 11))


def test_a_question_is_as_it_was_when_an_answer_was_loaded() -> None:
    first, then = Asked("", {1.0: 0}, True), Asked("", {1.0: 1}, False)
    questions = Questions(Asked(), {("sv_1", "qid1"): [("3.0", 1, then), ("2.0", 1, first)]})
    known = [questions.asked("sv_1", "qid1", load) for load in ("1.0", "2.0", "2.5", "3.0", "4.0")]
    assert known == [first, first, first, then, then]
    assert questions.asked("sv_2", "qid1", "2.0") == Asked()


def test_a_slider_is_exported_under_its_statement() -> None:
    slider = {"QuestionType": "Slider", "Configuration": {"CSSliderMin": 0, "CSSliderMax": 10}}
    assert asked_by(slider | {"Choices": {"4": {}}}) == Asked("_4", None, True)
    slider["Configuration"] = {"CSSliderMin": 0, "CSSliderMax": 100}
    assert asked_by(slider | {"Choices": {"4": {}}}) == Asked("_4", None, False)


@given(
    st.sampled_from(["nps", "opinion_scale", "rating", "number"]),
    st.fixed_dictionaries({}, optional={"steps": st.integers(5, 11), "start_at_one": st.booleans()}),
)
def test_a_forms_scale_is_the_same_to_both_hands(kind: str, said: dict[str, Any]) -> None:
    field = {"id": "f", "type": kind, "properties": said}
    low, high, points = (typeform.scale(place, field) for place in range(3))
    is_known = low is not None
    assert declared_typeform.asked_by(field).is_zero_to_ten == (
        not is_known or (low, high, points) == (0, 10, 11)
    )


@given(st.lists(st.integers(0, 12), min_size=1, max_size=12, unique=True), st.booleans())
def test_choices_show_the_same_numbers_to_both_hands(numbers: list[int], has_none: bool) -> None:
    choices = [{"id": f"c{number}", "text": f" {number}", "is_na": False} for number in numbers]
    choices += [{"id": "na", "text": "Not applicable", "is_na": True}] * has_none
    question = {"id": "q", "answers": {"choices": choices}}
    asked, shown = declared_surveymonkey.asked_by(question), surveymonkey_tables.choices(question)
    assert asked.is_zero_to_ten == (sorted(numbers) == list(range(11)))
    for choice in shown:
        answers = [{"other_id": "1", "text": "x"}, {"choice_id": choice}]
        given_answer = {"pages": [{"questions": [{"id": "q", "answers": answers}]}]}
        assert asked.score("r:q", given_answer) == shown[choice]


@given(
    st.lists(st.integers(0, 12), min_size=1, max_size=12, unique=True), st.sampled_from(["", " - so", "."])
)
def test_options_show_the_same_numbers_to_both_hands(numbers: list[int], further: str) -> None:
    field: dict[str, Any] = {"options": [{"id": f"o{n}", "name": f" {n}{further}"} for n in numbers]}
    field["options"].append({"id": "na", "name": "N/A"})
    asked, shown = declared_medallia.asked_by(field), medallia_tables.options(field)
    assert asked.is_zero_to_ten == (sorted(numbers) == list(range(11)))
    assert shown is not None
    for option in shown:
        assert asked.score("1:q", {"q": {"values": [option]}}) == shown[option]
    plain = declared_medallia.asked_by({"options": None})
    assert [plain.score("1:q", {"q": {"values": each}}) for each in (["9"], [], ["x"])] == [9, None, None]


def test_a_field_is_answered_under_its_ref_or_id_by_a_number() -> None:
    field = {"id": "f1", "ref": "a:b"}
    given_answer = {"answers": [{"field": {"id": "x"}, "text": "9"}, {"field": field, "number": 9}]}
    asked = declared_typeform.FieldAsked()
    assert [asked.score(record, given_answer) for record in ("t:f1", "t:a:b", "t:x", "t:y")] == [
        9,
        9,
        None,
        None,
    ]
