"""Salesforce's objects and the raw tables made of them: which field each column is read from.

Belongs here: API names, also those a company has for its own fields (`sources.salesforce.fields` and
`sources.salesforce.objects`). Does not belong here: tokens, queries and cursors (`salesforce.py`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ingestion.crm.comparison import FOUND, MISSING
from ingestion.errors import ConfigurationError
from ingestion.tables import Column, Kind, TableSpec

#: Columns of accounts whose changes field history records.
_TRACKED: Final = ("branch_id", "region", "owner_id", "plan", "lifecycle_stage", "status")
#: What identifies a record or its fate has the same name in every Salesforce.
_FIXED: Final = frozenset({"Id", "MasterRecordId", "AccountId", "UserType", "Email"})


_DELETED: Final = "IsDeleted"
_API_NAME: Final = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True)
class SObject:
    """An object by its API name and its table; `condition` narrows what is asked for. `further` fields are in
    the payload only."""

    name: str
    table: TableSpec
    condition: str = ""
    further: tuple[str, ...] = ()
    cursor: str = "SystemModstamp"

    @property
    def can_be_purged(self) -> bool:
        """Whether its records go to the recycle bin and, from there, for ever."""
        return any(column.name == "is_deleted" for column in self.table.columns)

    @property
    def sources(self) -> dict[str, str]:
        """Column → the field that it is read from."""
        read = {
            column.name: _DELETED if column.source is _is_deleted else column.source
            for column in self.table.columns
        }
        return {name: source for name, source in read.items() if isinstance(source, str)}

    @property
    def fields(self) -> list[str]:
        """The fields to select, each once."""
        return list(dict.fromkeys([*filter(None, self.sources.values()), *self.further, self.cursor]))


def _table(name: str, *columns: Column, modified: str = "SystemModstamp") -> TableSpec:
    def moment(record: Any) -> Any:
        return record.get(FOUND) or record.get(modified)

    version_at = Column("version_at", Kind.TIMESTAMP, moment, required=True)
    return TableSpec(name, (columns[0].name,), columns, version_at, reads=("url",))


def _is_deleted(record: Any) -> Any:
    """In the recycle bin, or missing without having been seen there."""
    return record.get(MISSING) or record.get(_DELETED)


def _id(name: str) -> Column:
    return Column(name, source="Id", required=True)


def _flag(name: str, source: str) -> Column:
    return Column(name, Kind.BOOLEAN, source, required=True)


_ACCOUNTS: Final = _table(
    "accounts",
    _id("account_id"),
    Column("name", source="Name"),
    Column("parent_account_id", source="ParentId"),
    Column("branch_id", source="Branch__c", asked=True),
    Column("region", source="Region__c"),
    Column("owner_id", source="OwnerId"),
    Column("plan", source="Plan__c", asked=True),
    Column("industry", source="Industry"),
    Column("lifecycle_stage", source="Lifecycle_Stage__c", asked=True),
    Column("status", source="Status__c"),
    Column("acquired_by_referral", Kind.BOOLEAN, "Acquired_By_Referral__c"),
    Column("created_at", Kind.TIMESTAMP, "CreatedDate", required=True),
    Column("is_deleted", Kind.BOOLEAN, _is_deleted, required=True),
    Column("merged_into_id", source="MasterRecordId", asked=True),
)
_CONTACTS: Final = _table(
    "contacts",
    _id("contact_id"),
    Column("account_id", source="AccountId", asked=True),
    Column("email", source="Email", asked=True),
    Column("created_at", Kind.TIMESTAMP, "CreatedDate", required=True),
    Column("is_deleted", Kind.BOOLEAN, _is_deleted, required=True),
    Column("merged_into_id", source="MasterRecordId", asked=True),
)
_USERS: Final = _table(
    "users",
    _id("user_id"),
    Column("name", source="Name"),
    Column("email", source="Email", asked=True),
    _flag("is_active", "IsActive"),
    Column("branch_id", source="Branch__c"),
    # Customers and partners who may log in are users too; only those of type Standard are staff.
    Column("user_type", source="UserType"),
)
_BRANCHES: Final = _table(
    "branches",
    _id("branch_id"),
    Column("name", source="Name"),
    Column("region", source="Region__c", asked=True),
    Column("owner_id", source="OwnerId"),
    Column("opened_on", Kind.DATE, "Opened_On__c"),
    Column("closed_on", Kind.DATE, "Closed_On__c"),
)


def _tasks(key_field: str | None) -> SObject:
    """The tasks of cases, where the outbox writes them; a deleted one says what it said before."""
    table = _table(
        "tasks",
        _id("task_id"),
        Column("case_key", source=key_field or "", required=True),
        Column("status", source="Status", required=True),
        Column("changed_by", source="LastModifiedById"),
        Column("changed_at", Kind.TIMESTAMP, "LastModifiedDate", required=True),
    )
    return SObject("Task" if key_field else "", table, f"{key_field} != null")


def sobjects(
    fields: Mapping[str, Any],
    objects: Mapping[str, Any],
    further: Sequence[str] = (),
    key_field: str | None = None,
) -> tuple[SObject, ...]:
    """Every object to read. `fields` is table → column → API name, `objects` table → API name; an empty name
    is not asked for. `further` are API names of more fields of accounts, which are read with their history.
    `key_field` of a task holds the key of its case; None: no tasks. ConfigurationError for a table, column or
    field that cannot be named."""
    tables = {table.name: table for table in (_ACCOUNTS, _CONTACTS, _USERS, _BRANCHES)}
    _refuse_others("objects", objects, ["branches"])
    _refuse_others("fields", fields, tables)
    named = {name: _renamed(table, fields.get(name, {})) for name, table in tables.items()}
    if wrong := [name for name in further if not _API_NAME.fullmatch(str(name))]:
        raise ConfigurationError(f"`sources.salesforce.further_fields` names {wrong[0]!r}, which is no field")
    branches = str(objects.get("branches", "Branch__c"))
    accounts = replace(named["accounts"], reads=(*named["accounts"].reads, *further))
    return (
        SObject("Account", accounts, further=tuple(further)),
        _history(accounts, further),
        SObject("Contact", named["contacts"]),
        SObject("User", named["users"]),
        SObject(branches, named["branches"]),
        _tasks(key_field),
    )


def _renamed(table: TableSpec, names: Mapping[str, Any]) -> TableSpec:
    open_to_names = [c.name for c in table.columns if not c.required and c.source not in _FIXED]
    _refuse_others(f"fields.{table.name}", names, open_to_names)
    columns = [
        replace(column, source=str(names[column.name])) if column.name in names else column
        for column in table.columns
    ]
    return replace(table, columns=tuple(columns))


def _refuse_others(setting: str, given: Mapping[str, Any], possible: Any) -> None:
    if unknown := sorted(given.keys() - set(possible)):
        raise ConfigurationError(
            f"`sources.salesforce.{setting}` names {', '.join(unknown)}; it can name {', '.join(possible)}"
        )


def _history(accounts: TableSpec, further: Sequence[str]) -> SObject:
    """Field history, of the tracked fields only: others have values of any type, and nobody reads them."""
    tracked = {
        _as_history_has_it(str(column.source)): column.name
        for column in accounts.columns
        if column.name in _TRACKED and column.source and "." not in str(column.source)
    }
    ours = {name.lower(): column for name, column in tracked.items()}

    def attribute(record: Any) -> Any:
        return ours.get(record["Field"].lower())

    names = ", ".join(f"'{name}'" for name in dict.fromkeys((*tracked, *map(_as_history_has_it, further))))
    table = _table(
        "account_history",
        _id("history_id"),
        Column("account_id", source="AccountId", required=True),
        Column("field", source="Field", required=True),
        Column("attribute_name", source=attribute),
        Column("old_value", source="OldValue", asked=True),
        Column("new_value", source="NewValue", asked=True),
        Column("changed_at", Kind.TIMESTAMP, "CreatedDate", required=True),
        modified="CreatedDate",
    )
    return SObject("AccountHistory", table, f"Field IN ({names})" if names else "", cursor="CreatedDate")


def _as_history_has_it(field: str) -> str:
    """A standard reference such as `OwnerId` is recorded as `Owner`."""
    return field[:-2] if field.endswith("Id") and not field.endswith("__c") else field
