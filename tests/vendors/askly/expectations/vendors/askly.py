"""Askly, declared to the second hand from its API's documentation."""

from typing import Final

from expectations.declaring import Vendor, fields

VENDOR: Final = Vendor(
    tables={
        "responses": fields(
            "response_id=uuid survey_id=survey score=answer.value invitation_id=invitation "
            "account_id=company contact_id=contact respondent_email=email is_test=test "
            "responded_at=answered_at version_at=updated_at"
        ),
        "invitations": fields(
            "invitation_id=uuid survey_id=survey contact_id=contact email=email status=state sent_at=sent_at "
            "version_at=updated_at"
        ),
    }
)
