"""The company's surveys as Qualtrics describes them: list entries and survey definitions.

Belongs here: the JSON shape of a survey, its questions and choices. Does not belong here: which surveys
there are and what they ask (`demo.company.surveys`), or what a question means to the programme (the
warehouse's question registry).
"""

from collections.abc import Sequence
from typing import Any

from demo.company.surveys import RECOMMEND, SURVEYS, Survey

OWNER = "UR_0000000000demo1"
CREATED = "2022-01-03T09:00:00Z"
CATALOGUE: dict[str, Survey] = {survey.survey_id: survey for survey in SURVEYS}


def list_entry(survey: Survey) -> dict[str, Any]:
    """The survey as `GET /API/v3/surveys` lists it."""
    return {
        "id": survey.survey_id,
        "name": survey.name,
        "ownerId": OWNER,
        "lastModified": CREATED,
        "creationDate": CREATED,
        "isActive": True,
    }


def definition(survey: Survey) -> dict[str, Any]:
    """The survey as `GET /API/v3/survey-definitions/{id}` describes it."""
    questions = {
        question_id: _nps(question_id) if text == RECOMMEND else _scale(question_id, text)
        for question_id, text in survey.scored
    }
    questions["QID2"] = _question("QID2", "What is the main reason for your score?", "TE", "ML", ())
    return {
        "SurveyID": survey.survey_id,
        "SurveyName": survey.name,
        "SurveyStatus": "Active",
        "OwnerID": OWNER,
        "CreatorID": OWNER,
        "BrandID": "demo",
        "LastModified": CREATED,
        "LastActivated": CREATED,
        "QuestionCount": str(len(questions)),
        "Questions": questions,
    }


def _nps(question_id: str) -> dict[str, Any]:
    # Choices numbered from 0 without a gap arrive as a list, the list's index being the choice.
    choices = [{"Display": str(score)} for score in range(11)]
    order = [str(score) for score in range(11)]
    return _question(question_id, RECOMMEND, "MC", "NPS", order) | {"Choices": choices}


def _scale(question_id: str, text: str) -> dict[str, Any]:
    # Choices of an ordinary question are numbered from 1; what is exported is the recode value.
    choices = {str(score + 1): {"Display": str(score)} for score in range(11)}
    recodes = {str(score + 1): str(score) for score in range(11)}
    question = _question(question_id, text, "MC", "SAHR", list(choices))
    return question | {"SubSelector": "TX", "Choices": choices, "RecodeValues": recodes}


def _question(question_id: str, text: str, kind: str, selector: str, order: Sequence[str]) -> dict[str, Any]:
    return {
        "QuestionID": question_id,
        "QuestionText": text,
        "QuestionDescription": text,
        "DataExportTag": question_id.replace("QID", "Q"),
        "QuestionType": kind,
        "Selector": selector,
        "Configuration": {"QuestionDescriptionOption": "UseText"},
        "ChoiceOrder": list(order),
        "Validation": {"Settings": {"ForceResponse": "OFF", "Type": "None"}},
        "Language": [],
    }
