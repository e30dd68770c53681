"""Dealbook, declared to the second hand from its API's documentation."""

from typing import Final

from expectations.declaring import Vendor, fields

VENDOR: Final = Vendor(
    tables={
        "accounts": fields(
            "account_id=id merged_into_id=merged_into name=name plan=tier lifecycle_stage=stage "
            "branch_id=office is_deleted=deleted created_at=created_at version_at=updated_at"
        ),
        "account_history": fields(
            "change_id=id account_id=account field=field old_value=from new_value=to changed_at=at "
            "version_at=updated_at"
        ),
        "contacts": fields(
            "contact_id=id account_id=account email=email created_at=created_at version_at=updated_at"
        ),
        "branches": fields("branch_id=id name=name region=region version_at=updated_at"),
    }
)
