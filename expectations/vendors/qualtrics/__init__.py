"""Qualtrics, declared to the second hand from its API's documentation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from expectations.declaring import Asked as AskedOf
from expectations.declaring import Field, Fields, Kind, Tables, Vendor, fields

if TYPE_CHECKING:
    from expectations.offending_rows import ExpectNoOffendingRows
    from expectations.recount.versions import RawRecords

_NOBODY_ANSWERED: Final = 1 | 2 | 8 | 256  # a preview, a test, spam and the synthetic
#: Column of answers → the key of embedded data that it is read from, unless configured otherwise.
EMBEDDED_DATA: Final[Mapping[str, str]] = {
    "invitation_id": "InvitationId",
    "account_id": "AccountId",
    "contact_id": "ContactId",
    "respondent_email": "Email",
    "branch_id": "BranchId",
    "event_at": "EventAt",
    "employee_id": "EmployeeId",
    "device_id": "DeviceId",
}


def _renamed(tables: Tables, names: Mapping[str, Any]) -> Tables:
    """Answers with embedded data under the keys that the company gives it. The values are flat."""
    keys = {**EMBEDDED_DATA, **names.get("embedded_data", {})}
    embedded = {
        column: Field(Kind.MOMENT if column == "event_at" else Kind.AS_IT_IS, (f"values.{key}",), 1)
        for column, key in keys.items()
    }
    return {**tables, "responses": {**tables["responses"], **embedded}}


def _sentences(table: str, _: Fields) -> Sequence[ExpectNoOffendingRows]:
    from expectations.vendors.qualtrics.sentences import ExpectAnswersToNameTheirQuestion

    return [ExpectAnswersToNameTheirQuestion()] if table == "responses" else []


def _questions(records: RawRecords) -> AskedOf:
    from expectations.recount import asked
    from expectations.vendors.qualtrics.questions import Asked, asked_by

    return asked.read(records, "qualtrics", Asked(), asked_by)


VENDOR: Final = Vendor(
    tables={
        "surveys": fields("survey_id=id name=name is_active=isActive last_modified_at=lastModified"),
        "questions": fields(
            "question_id=QuestionID question_text=QuestionText question_type=QuestionType selector=Selector"
        ),
        "responses": fields(
            "response_id=responseId status=values.status is_finished=values.finished "
            "progress=values.progress duration_seconds=values.duration started_at=values.startDate "
            "ended_at=values.endDate recorded_at=values.recordedDate "
            "last_modified_at=values.lastModifiedDate version_at=values.lastModifiedDate "
            "distribution_channel=values.distributionChannel user_language=values.userLanguage "
            "external_reference=values.externalDataReference"
        ),
        "invitations": fields(
            "invitation_id=id distribution_id=distributionId contact_id=contactId email=contact.email "
            "status=status sent_at=sentAt opened_at=openedAt started_at=responseStartedAt "
            "finished_at=responseCompletedAt response_id=responseId channel=distributionChannel"
        ),
    },
    recounted={
        "responses": {
            **fields("responded_at=values.recordedDate channel=values.distributionChannel score=values"),
            "is_test": Field(Kind.ANY_BIT, ("values.status",), bits=_NOBODY_ANSWERED),
        },
        # only whether anything is there is asked
        "invitations": {
            "reached_at": Field(Kind.AS_IT_IS, ("openedAt", "responseStartedAt", "responseCompletedAt"))
        },
        "questions": fields("definition=."),
    },
    within={"responses": ("values",)},
    renamed=_renamed,
    sentences=_sentences,
    questions=_questions,
)
