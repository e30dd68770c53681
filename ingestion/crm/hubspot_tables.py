"""HubSpot's objects and the raw tables made of them: which property each column is read from.

Belongs here: names of objects and properties, also those a company has for its own (`sources.hubspot.fields`
and `sources.hubspot.objects`). Does not belong here: requests and cursors (`hubspot.py`).

Properties are texts, also those that hold a number or a flag. What HubSpot does not write as one record is
put together from its own texts: a company that was merged away is known only by the one that it was merged
into, and a change by two neighbours of a property's history (`hubspot_records.py`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.crm.comparison import FOUND, MISSING
from ingestion.errors import ConfigurationError
from ingestion.tables import Column, Kind, TableSpec

#: Table → column → property. Branches are an object of the company's own.
_USUAL: Final[Mapping[str, Mapping[str, str]]] = {
    "accounts": {
        "name": "name",
        "parent_account_id": "hs_parent_company_id",
        "branch_id": "branch",
        "region": "region",
        "owner_id": "hubspot_owner_id",
        "plan": "plan",
        "industry": "industry",
        "lifecycle_stage": "lifecyclestage",
        "status": "status",
        "acquired_by_referral": "acquired_by_referral",
    },
    # The primary one of the companies that a contact is associated with.
    "contacts": {"account_id": "associatedcompanyid", "email": "email"},
    "branches": {
        "name": "name",
        "region": "region",
        "owner_id": "hubspot_owner_id",
        "opened_on": "opened_on",
        "closed_on": "closed_on",
    },
}
_NAMED: Final = ("accounts", "branches")
_KINDS: Final = {
    "acquired_by_referral": Kind.BOOLEAN,
    "opened_on": Kind.DATE,
    "closed_on": Kind.DATE,
}
#: Table → what decides who answered and under what.
_DECIDING: Final[Mapping[str, Sequence[str]]] = {
    "accounts": ("branch_id", "plan", "lifecycle_stage", "owner_id"),
    "contacts": ("account_id", "email"),
    "branches": ("region",),
}
#: Columns of accounts that are known through time.
_TRACKED: Final = ("branch_id", "region", "owner_id", "plan", "lifecycle_stage", "status")
_FLAGS: Final = {"true": True, "false": False, "": None, None: None}
_PROPERTY: Final = re.compile(r"[a-z]\w*")
MERGED: Final = "hs_merged_object_ids"


@dataclass(frozen=True)
class CrmObject:
    """An object by its name in the API, or none, and its table; the property that says when a record changed;
    the properties to ask for, and those of them that are asked for with their history. Of an object with
    `having`, only records that have a value of this property are read."""

    name: str
    table: TableSpec
    modified: str
    properties: tuple[str, ...]
    with_history: tuple[str, ...] = ()
    having: str = ""

    @property
    def has_archive(self) -> bool:
        """Whether records that were deleted are of interest."""
        return bool(self.with_history) or self.is_compared

    def property_of(self, column: str) -> str:
        """The property that a column of texts is read from; empty where there is none."""
        [source] = [each.source for each in self.table.columns if each.name == column]
        return str(source[-1]) if isinstance(source, tuple) else ""

    @property
    def is_compared(self) -> bool:
        """Whether a deletion that nobody reports is looked for."""
        return any(each.name == "is_deleted" for each in self.table.columns)


def crm_objects(
    fields: Mapping[str, Any],
    objects: Mapping[str, Any],
    further: Sequence[str] = (),
    key_property: str | None = None,
) -> tuple[CrmObject, ...]:
    """Every object to read. `fields` is table → column → property (an empty one is not asked for), `objects`
    table → object (of `stages`: whose pipelines they are); `further` are more properties of companies, which
    are read with their history. `key_property` of a task holds the key of its case; None: no tasks.
    ConfigurationError for a table, column or property that cannot be named."""
    _refuse_others("objects", objects, ["branches", "stages"])
    _refuse_others("fields", fields, _NAMED)
    named = {table: _named(table, usual, fields.get(table, {})) for table, usual in _USUAL.items()}
    if wrong := [name for name in further if not _PROPERTY.fullmatch(str(name))]:
        raise ConfigurationError(f"`sources.hubspot.further_fields` names {wrong[0]!r}, which is no property")
    tracked = {named["accounts"][column]: column for column in _TRACKED if column in named["accounts"]}
    accounts = _object("companies", "accounts", named["accounts"], further=further)
    history = CrmObject(
        "companies",
        _history(tracked),
        accounts.modified,
        ("createdate", accounts.modified),
        tuple(dict.fromkeys((*tracked, *further))),
    )
    return (
        accounts,
        history,
        _object("contacts", "contacts", named["contacts"], modified="lastmodifieddate"),
        _object(str(objects.get("branches", "")), "branches", named["branches"]),
        _tasks(key_property),
    )


def _tasks(key_property: str | None) -> CrmObject:
    """The tasks of cases, where the outbox writes them; a deleted one says what it said before."""
    modified, read = "hs_lastmodifieddate", ("hs_task_status", "hs_updated_by_user_id")
    key = key_property or ""
    columns = (
        Column("task_id", source="id", required=True),
        Column("case_key", source=("properties", key) if key else "", required=True),
        Column("status", source=("properties", read[0]), required=True),
        Column("changed_by", source=("properties", read[1])),
        Column("changed_at", Kind.TIMESTAMP, ("properties", modified), required=True),
    )
    table = TableSpec("tasks", ("task_id",), columns, _version_at(modified))
    return CrmObject("tasks" if key else "", table, modified, (key, *read, modified), having=key)


def _object(
    name: str,
    table: str,
    named: Mapping[str, str],
    modified: str = "hs_lastmodifieddate",
    further: Sequence[str] = (),
) -> CrmObject:
    own = [_column(each, named.get(each, ""), each in _DECIDING[table]) for each in _USUAL[table]]
    columns = [Column(f"{_SINGULAR[table]}_id", source="id", required=True), *own]
    properties = [*named.values(), *further, modified]
    if table != "branches":
        columns += [
            Column("created_at", Kind.TIMESTAMP, ("properties", "createdate")),
            Column("is_deleted", Kind.BOOLEAN, _is_deleted, required=True),
            Column("merged_into_id", source=("mergedInto", "id")),
        ]
        properties += ["createdate", MERGED]
    spec = TableSpec(
        table, (columns[0].name,), tuple(columns), _version_at(modified), reads=(*named.values(), *further)
    )
    return CrmObject(name, spec, modified, tuple(dict.fromkeys(properties)))


_SINGULAR: Final = {"accounts": "account", "contacts": "contact", "branches": "branch"}


def _column(name: str, property_name: str, asked: bool) -> Column:
    kind = _KINDS.get(name, Kind.TEXT)
    if property_name and kind is Kind.BOOLEAN:
        return Column(name, kind, lambda record: _FLAGS[(record.get("properties") or {}).get(property_name)])
    return Column(name, kind, ("properties", property_name) if property_name else "", asked=asked)


def _is_deleted(record: Any) -> Any:
    """In the archive, or missing without having been seen there."""
    return record.get(MISSING) or record.get("archived")


def _version_at(modified: str) -> Column:
    """When a version came to be. HubSpot dates a deletion apart: the record was not modified by it."""

    def moment(record: Any) -> Any:
        changed = record.get("mergedInto") or record
        return record.get(FOUND) or record.get("archivedAt") or changed["properties"][modified]

    return Column("version_at", Kind.TIMESTAMP, moment, required=True)


def _history(tracked: Mapping[str, str]) -> TableSpec:
    def attribute(record: Any) -> Any:
        return tracked.get(record["property"])

    columns = (
        Column("history_id", source=_history_id, required=True),
        Column("account_id", source="id", required=True),
        Column("field", source="property", required=True),
        Column("attribute_name", source=attribute),
        Column("old_value", source="previous.value"),
        Column("new_value", source="version.value"),
        Column("changed_at", Kind.TIMESTAMP, "version.timestamp", required=True),
    )
    version_at = Column("version_at", Kind.TIMESTAMP, "version.timestamp", required=True)
    return TableSpec("account_history", ("history_id",), columns, version_at)


def _history_id(change: Any) -> str:
    return f"{change['id']}:{change['property']}:{change['version']['timestamp']}"


def _joined(*keys: str) -> Callable[[Any], str | None]:
    return lambda record: " ".join(filter(None, map(record.get, keys))) or None


def _is_active(owner: Any) -> bool:
    return {True: False, False: True}[owner["archived"]]


OWNERS: Final = TableSpec(
    "users",
    ("user_id",),
    (
        Column("user_id", source="id", required=True),
        Column("name", source=_joined("firstName", "lastName")),
        Column("email", source="email"),
        Column("is_active", Kind.BOOLEAN, _is_active, required=True),
    ),
    Column("version_at", Kind.TIMESTAMP, "updatedAt", required=True),
    reads=("firstName", "lastName"),
)


def _named(table: str, usual: Mapping[str, str], names: Mapping[str, Any]) -> dict[str, str]:
    """Column → property, of those that are asked for."""
    _refuse_others(f"fields.{table}", names, usual)
    found = {column: str(names.get(column, name)) for column, name in usual.items()}
    return {column: name for column, name in found.items() if name}


def _refuse_others(setting: str, given: Mapping[str, Any], possible: Any) -> None:
    if unknown := sorted(given.keys() - set(possible)):
        raise ConfigurationError(
            f"`sources.hubspot.{setting}` names {', '.join(unknown)}; it can name {', '.join(possible)}"
        )
