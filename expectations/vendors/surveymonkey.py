"""SurveyMonkey, declared to the second hand from its API's documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from expectations.declaring import Asked, Field, Kind, Tables, Vendor, fields

if TYPE_CHECKING:
    from expectations.recount.versions import RawRecords

#: Column of answers → the custom variable that it is read from, unless configured otherwise.
CUSTOM_VARIABLES: Final[Mapping[str, str]] = {
    "invitation_id": "invitation_id",
    "account_id": "account_id",
    "contact_id": "contact_id",
    "respondent_email": "email",
    "branch_id": "branch_id",
    "event_at": "event_at",
    "employee_id": "employee_id",
    "device_id": "device_id",
}


class ChoiceAsked(NamedTuple):
    """A question: the number that each choice shows, and whether these are 0 to 10 and nothing else."""

    shown: Mapping[str, int]
    is_zero_to_ten: bool = True

    def score(self, record: str, values: Mapping[str, Any]) -> float | None:
        """The number of the choice made for the question that the record names after its response."""
        wanted = record.partition(":")[2]
        for page in values.get("pages") or []:
            for question in page.get("questions") or []:
                for answer in question["answers"] if question["id"] == wanted else []:
                    if "choice_id" in answer:
                        number = self.shown.get(answer["choice_id"])
                        return None if number is None else float(number)
        return None


def asked_by(question: Mapping[str, Any]) -> ChoiceAsked:
    """What a survey says of one of its questions; "not applicable" is no number."""
    numbers = {
        choice["id"]: int(choice["text"])
        for choice in question["answers"]["choices"]
        if not choice.get("is_na")
    }
    return ChoiceAsked(numbers, sorted(numbers.values()) == list(range(11)))


def _renamed(tables: Tables, names: Mapping[str, Any]) -> Tables:
    """Answers with the custom variables that the company's links carry, and the recipient's address."""
    carried = {
        column: Field(
            Kind.MOMENT if column == "event_at" else Kind.AS_IT_IS, (f"custom_variables.{name}",), 1
        )
        for column, name in {**CUSTOM_VARIABLES, **names.get("custom_variables", {})}.items()
    }
    address = carried["respondent_email"]
    carried["respondent_email"] = address._replace(paths=(*address.paths, "email_address"))
    return {**tables, "responses": {**tables["responses"], **carried}}


def _questions(records: RawRecords) -> Asked:
    from expectations.recount import asked

    return asked.read(records, "surveymonkey", ChoiceAsked({}), asked_by)


VENDOR: Final = Vendor(
    tables={
        "questions": fields("question_id=id question_text=headings.0.heading question_type=family"),
        "responses": {
            **fields(
                "response_id=id responded_at=date_created version_at=date_modified collector_id=collector_id "
                "recipient_id=recipient_id"
            ),
            "is_test": Field(Kind.ANY_WORD, ("collection_mode",), words=("preview", "survey_preview")),
        },
        "partial_responses": fields(
            "response_id=id status=response_status started_at=date_created version_at=date_modified"
        ),
    },
    recounted={"responses": fields("score=."), "questions": fields("definition=.")},
    within={"responses": ("custom_variables",)},
    renamed=_renamed,
    questions=_questions,
)
