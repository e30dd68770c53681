"""Salesforce, declared to the second hand from its object reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from expectations.declaring import Fields, Tables, Vendor, fields
from expectations.vendors.salesforce.ids import SHORT_IDS

if TYPE_CHECKING:
    from expectations.offending_rows import ExpectNoOffendingRows

#: It sends what is asked for, by field: what the recount reads of each table must be asked for.
ASKED_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("merged_into_id", "branch_id", "plan", "lifecycle_stage"),
    "account_history": ("account_id", "field", "old_value", "new_value"),
    "contacts": ("merged_into_id", "account_id", "email"),
    "users": ("email",),
    "branches": ("region",),
    "tasks": ("case_key", "status"),
}
#: A record that is listed nowhere any more, or again, says when it was found so before it says the rest.
_DELETED: Final = "is_deleted=isMissing|IsDeleted version_at=foundAt|SystemModstamp"


def _renamed(tables: Tables, names: Mapping[str, Any]) -> Tables:
    """Fields under the company's names (table → column → name); one without a name is not sent."""
    given: Mapping[str, Mapping[str, str]] = names.get("fields", {})
    return {
        table: {
            column: field._replace(paths=(name,)) if name else field
            for column, field in of_table.items()
            if (name := given.get(table, {}).get(column)) != ""
        }
        for table, of_table in tables.items()
    }


def _sentences(table: str, of_table: Fields) -> Sequence[ExpectNoOffendingRows]:
    from expectations.merges import ExpectMergesToEnd
    from expectations.raw_landings import ExpectRecordsToCarryTheirFields

    carried = ExpectRecordsToCarryTheirFields.of(of_table, ASKED_FOR[table])
    return [carried, ExpectMergesToEnd()] if "merged_into_id" in of_table else [carried]


VENDOR: Final = Vendor(
    tables={
        "accounts": fields(
            "account_id=Id name=Name parent_account_id=ParentId branch_id=Branch__c owner_id=OwnerId "
            "plan=Plan__c industry=Industry region=Region__c lifecycle_stage=Lifecycle_Stage__c "
            "status=Status__c acquired_by_referral=Acquired_By_Referral__c created_at=CreatedDate "
            f"merged_into_id=MasterRecordId {_DELETED}"
        ),
        "account_history": fields(
            "history_id=Id account_id=AccountId field=Field old_value=OldValue new_value=NewValue "
            "changed_at=CreatedDate version_at=CreatedDate"
        ),
        "contacts": fields(
            "contact_id=Id account_id=AccountId email=Email created_at=CreatedDate "
            f"merged_into_id=MasterRecordId {_DELETED}"
        ),
        "users": fields(
            "user_id=Id name=Name email=Email is_active=IsActive branch_id=Branch__c user_type=UserType "
            "version_at=SystemModstamp"
        ),
        "branches": fields(
            "branch_id=Id name=Name region=Region__c owner_id=OwnerId opened_on=Opened_On__c "
            "closed_on=Closed_On__c version_at=SystemModstamp"
        ),
        "tasks": fields(
            "task_id=Id case_key=NPS_Case_Key__c status=Status changed_by=LastModifiedById "
            "changed_at=LastModifiedDate version_at=SystemModstamp"
        ),
    },
    renamed=_renamed,
    sentences=_sentences,
    short_ids=SHORT_IDS,
)
