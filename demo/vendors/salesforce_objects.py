"""Salesforce's objects: their fields, rendered from the company's CRM.

Timestamps are written 2026-01-31T10:11:12.000+0000, dates 2026-01-31. `AccountHistory` has CreatedDate and no
SystemModstamp, and two rows for a change of a lookup (`Owner`, `Branch__c`): one with ids, one with names.

Belongs here: the objects' fields. Does not belong here: routes and SOQL (`demo.vendors.salesforce`), what the
fields mean to the company (`demo.company`).
"""

from dataclasses import dataclass

from demo.vendors.records import visible

#: The fields that are no text, by their type.
TYPES = {
    **dict.fromkeys(("CreatedDate", "SystemModstamp"), "datetime"),
    **dict.fromkeys(("IsDeleted", "IsActive", "Acquired_By_Referral__c"), "boolean"),
    **dict.fromkeys(("Opened_On__c", "Closed_On__c"), "date"),
    **dict.fromkeys(("OldValue", "NewValue"), "anyType"),
}


@dataclass(frozen=True)
class SObject:
    """An object: the table behind it, its fields as SQL, and how to tell a deleted record."""

    table: str
    fields: dict[str, str]
    times: dict[str, str]
    hidden: str = "false"
    rows: str | None = None

    @property
    def visible(self) -> str:
        """SQL for its records at `$now`; `rows` where they are not simply those of the table."""
        return self.rows or visible(self.table)


def _time(column: str) -> str:
    return f"strftime({column}, '%Y-%m-%dT%H:%M:%S.%g+0000')"


_MODIFIED = {"SystemModstamp": "visible_at"}
_CREATED_AND_MODIFIED = {"SystemModstamp": "visible_at", "CreatedDate": "created_at"}
_CREATED_MERGED_AND_DELETED = {
    "CreatedDate": _time("created_at"),
    "SystemModstamp": _time("visible_at"),
    "IsDeleted": "is_deleted",
    "MasterRecordId": "merged_into_id",
}

# A change of a lookup is two rows: one with ids, which only the API shows, one with the names people read.
_HISTORY = f"""(
    with names as (
        select user_id as id, arg_max(name, visible_at) as name from {visible("employees")} group by 1
        union all
        select branch_id as id, arg_max(name, visible_at) as name from {visible("branches")} group by 1
    )

    select history_id, account_id, field, old_value, new_value, visible_at from {visible("account_history")}
    union all
    select
        '01N' || substr(history_id, 4) as history_id, account_id, field, before.name as old_value,
        after.name as new_value, visible_at
    from {visible("account_history")}
    left join names as before on old_value = before.id
    left join names as after on new_value = after.id
    where field in ('Owner', 'Branch__c')
) as account_history"""

OBJECTS: dict[str, SObject] = {
    "Account": SObject(
        "accounts",
        {
            "Id": "account_id",
            "Name": "name",
            "ParentId": "parent_account_id",
            "Branch__c": "branch_id",
            "Region__c": "region",
            "OwnerId": "owner_id",
            "Plan__c": "plan",
            "Industry": "industry",
            "Lifecycle_Stage__c": "lifecycle_stage",
            "Status__c": "status",
            "Acquired_By_Referral__c": "acquired_by_referral",
            **_CREATED_MERGED_AND_DELETED,
        },
        _CREATED_AND_MODIFIED,
        hidden="is_deleted",
    ),
    "AccountHistory": SObject(
        "account_history",
        {
            "Id": "history_id",
            "AccountId": "account_id",
            "Field": "field",
            "OldValue": "old_value",
            "NewValue": "new_value",
            "CreatedDate": _time("visible_at"),
        },
        {"CreatedDate": "visible_at"},
        rows=_HISTORY,
    ),
    "Contact": SObject(
        "contacts",
        {
            "Id": "contact_id",
            "AccountId": "account_id",
            "Email": "email",
            **_CREATED_MERGED_AND_DELETED,
        },
        _CREATED_AND_MODIFIED,
        hidden="is_deleted",
    ),
    "User": SObject(
        "employees",
        {
            "Id": "user_id",
            "Name": "name",
            "Email": "email",
            "IsActive": "is_active",
            "Branch__c": "branch_id",
            "UserType": "user_type",
            "SystemModstamp": _time("visible_at"),
        },
        _MODIFIED,
    ),
    "Branch__c": SObject(
        "branches",
        {
            "Id": "branch_id",
            "Name": "name",
            "Region__c": "region",
            "OwnerId": "owner_id",
            "Opened_On__c": "cast(opened_on as date)",
            "Closed_On__c": "cast(closed_on as date)",
            "SystemModstamp": _time("visible_at"),
            "IsDeleted": "false",
        },
        _MODIFIED,
    ),
}
