"""HubSpot, declared to the second hand from its API's documentation.

A record that was merged away stands within the one that survived, and a change between two versions of a
property: the loader puts these together, of HubSpot's own texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from expectations.declaring import Field, Fields, Kind, Tables, Vendor, fields

if TYPE_CHECKING:
    from expectations.offending_rows import ExpectNoOffendingRows

#: It leaves out what is not asked for: what the recount reads of each table must be asked for.
ASKED_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "accounts": ("branch_id", "plan", "lifecycle_stage", "owner_id"),
    "contacts": ("account_id", "email"),
    "branches": ("region",),
}
_MODIFIED: Final = "properties.hs_lastmodifieddate|mergedInto.properties.hs_lastmodifieddate"
_MERGED: Final = "created_at=properties.createdate is_deleted=isMissing|archived merged_into_id=mergedInto.id"
#: A record that is listed nowhere any more, or again, says when it was found so before it says the rest.
_FOUND: Final = "version_at=foundAt|archivedAt"


def _renamed(tables: Tables, names: Mapping[str, Any]) -> Tables:
    """Properties under the company's names (table → column → name); one without a name is not sent."""
    given: Mapping[str, Mapping[str, str]] = names.get("fields", {})
    return {
        table: {
            column: field._replace(paths=(f"properties.{name}",)) if name else field
            for column, field in of_table.items()
            if (name := given.get(table, {}).get(column)) != ""
        }
        for table, of_table in tables.items()
    }


def _sentences(table: str, of_table: Fields) -> Sequence[ExpectNoOffendingRows]:
    from expectations.merges import ExpectMergesToEnd
    from expectations.raw_landings import ExpectRecordsToCarryTheirFields

    properties = {column: field._replace(paths=field.steps[0][-1:]) for column, field in of_table.items()}
    carried = ExpectRecordsToCarryTheirFields.of(properties, ASKED_FOR.get(table, ()))
    return [carried, ExpectMergesToEnd()] if "merged_into_id" in of_table else [carried]


VENDOR: Final = Vendor(
    tables={
        "accounts": {
            **fields(
                "account_id=id name=properties.name parent_account_id=properties.hs_parent_company_id "
                "branch_id=properties.branch region=properties.region owner_id=properties.hubspot_owner_id "
                "plan=properties.plan industry=properties.industry status=properties.status "
                f"lifecycle_stage=properties.lifecyclestage {_MERGED} {_FOUND}|{_MODIFIED}"
            ),
            "acquired_by_referral": Field(Kind.FLAG, ("properties.acquired_by_referral",)),
        },
        "account_history": fields(
            "account_id=id field=property old_value=previous.value new_value=version.value "
            "changed_at=version.timestamp version_at=version.timestamp"
        ),
        "contacts": fields(
            f"contact_id=id account_id=properties.associatedcompanyid email=properties.email {_MERGED} "
            f"{_FOUND}|{_MODIFIED.replace('hs_', '')}"
        ),
        "users": {
            **fields("user_id=id email=email version_at=updatedAt"),
            "name": Field(Kind.WORDS, ("firstName", "lastName")),
            "is_active": Field(Kind.CONTRARY, ("archived",)),
        },
        "branches": fields(
            "branch_id=id name=properties.name region=properties.region owner_id=properties.hubspot_owner_id "
            "opened_on=properties.opened_on closed_on=properties.closed_on "
            "version_at=properties.hs_lastmodifieddate"
        ),
        "stages": fields("stage_id=stage.value|stage.id stage_name=stage.label found_in=of"),
        "tasks": fields(
            "task_id=id case_key=properties.nps_case_key status=properties.hs_task_status "
            "changed_by=properties.hs_updated_by_user_id "
            "changed_at=properties.hs_lastmodifieddate version_at=properties.hs_lastmodifieddate"
        ),
    },
    within={"accounts": ("properties",)},
    renamed=_renamed,
    sentences=_sentences,
)
