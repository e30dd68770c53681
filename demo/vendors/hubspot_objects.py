"""HubSpot's objects: their properties, rendered from the company's CRM, and the company with HubSpot's ids.

Properties are texts. A record that was merged away is not shown: the survivor has its id, and those of the
whole chain, in `hs_merged_object_ids`. A deleted one is shown as archived, and its deletion does not count
as a modification. Property history has the value at the record's creation and each later one, the last
first.

Belongs here: the objects' properties. Does not belong here: routes, filters and pages
(`demo.vendors.hubspot`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

import pyarrow as pa

from demo.vendors.records import visible

#: An object of the company's own, as its name has it in every account that has such objects.
BRANCHES = "p4711_branches"
MERGED = "hs_merged_object_ids"
SHOWN_VERSIONS = 20
_FIRST_ID = 7086461639
_IDS = {"accounts": "account_id", "contacts": "contact_id", "branches": "branch_id", "employees": "user_id"}


@dataclass(frozen=True)
class HubObject:
    """An object: the table behind it, its key and its properties as SQL; `modified` names the property that
    says when it changed, `history` the properties whose changes the company records, by their names there."""

    table: str
    key: str
    modified: str
    properties: dict[str, str]
    history: dict[str, str] = field(default_factory=dict)

    @property
    def is_merged(self) -> bool:
        """Whether its records can be merged and deleted."""
        return MERGED in self.properties

    def records(self) -> str:
        """SQL for the records there are at `$now`, with `is_archived`, `created`, `modified` and `merged`."""
        merged = (
            f"select {self.key} as id, merged_into_id as target, visible_at from {visible(self.table)}"
            " where merged_into_id is not null"
            if self.is_merged
            else "select null as id, null as target, null::timestamp as visible_at where false"
        )
        deleted, created = ("is_deleted", "created_at") if self.is_merged else ("false", "first_visible_at")
        return f"""
            with recursive merges as (
                {merged}
            ),
            chains as (
                select id, target, visible_at from merges
                union
                select chains.id, merges.target, greatest(chains.visible_at, merges.visible_at)
                from chains
                inner join merges on chains.target = merges.id
            ),
            absorbed as (
                select target, string_agg(id, ';' order by id) as ids, max(visible_at) as moment
                from chains
                group by target
            ),
            touched as (
                select {self.key} as id, max(visible_at) as moment
                from {self.table}
                where visible_at <= $now and not {deleted}
                group by {self.key}
            ),
            records as (
                select
                    {self.table}.*,
                    {deleted} as is_archived,
                    {created} as created,
                    greatest(
                        coalesce(touched.moment, first_visible_at),
                        coalesce(absorbed.moment, first_visible_at)
                    ) as modified,
                    absorbed.ids as merged
                from {visible(self.table)}
                left join touched on {self.table}.{self.key} = touched.id
                left join absorbed on {self.table}.{self.key} = absorbed.target
                where {self.table}.{self.key} not in (select id from merges)
            )
        """

    def versions(self) -> str:
        """SQL, after that of the records: `record_id` and a JSON list for each property with a history."""
        columns = ", ".join(f"'{name}'" for name in self.history)
        names = " ".join(f"when '{recorded}' then '{name}'" for name, recorded in self.history.items())
        current = " union all ".join(
            f"select {self.key} as record_id, '{name}' as property, {self.properties[name]} as value, created"
            " from records"
            for name in self.history
        )
        pivoted = ", ".join(
            f"max(case when property = '{name}' then versions end) as {name}_versions"
            for name in self.history
        )
        return f"""
            , changes as (
                select account_id as record_id, case field {names} end as property, old_value, new_value,
                    visible_at, position
                from {visible("account_history")}
            ),
            first_changes as (
                select record_id, property, arg_min(old_value, (visible_at, position)) as value
                from changes
                group by record_id, property
            ),
            every_version as (
                select record_id, property, new_value as value, visible_at as moment, position
                from changes
                where property in ({columns})
                union all
                select current.record_id, current.property, case
                    when first_changes.record_id is not null then first_changes.value else current.value
                end, current.created, -1
                from ({current}) as current
                left join first_changes using (record_id, property)
            ),
            ranked as (
                select *, row_number() over (
                    partition by record_id, property order by moment desc, position desc
                ) as place
                from every_version
                where value is not null
            ),
            listed as (
                select record_id, property, string_agg(
                    '{{' || member('value', value) || ',' || member('timestamp', iso(moment))
                    || ',"sourceType":"CRM_UI","sourceId":"userId:1"}}', ',' order by place
                ) as versions
                from ranked
                where place <= {SHOWN_VERSIONS}
                group by record_id, property
            ),
            history as (
                select record_id, {pivoted} from listed group by record_id
            )
        """


def _usual(modified: str) -> dict[str, str]:
    return {"createdate": "iso(created)", modified: "iso(modified)", "hs_object_id": "{key}"}


def _object(
    table: str, key: str, modified: str, properties: dict[str, str], history: dict[str, str] | None = None
) -> HubObject:
    usual = {name: sql.format(key=key) for name, sql in _usual(modified).items()}
    return HubObject(table, key, modified, usual | properties, history or {})


OBJECTS: dict[str, HubObject] = {
    "companies": _object(
        "accounts",
        "account_id",
        "hs_lastmodifieddate",
        {
            "name": "name",
            "hs_parent_company_id": "parent_account_id",
            "branch": "branch_id",
            "region": "region",
            "hubspot_owner_id": "owner_id",
            "plan": "plan",
            "industry": "industry",
            "lifecyclestage": "lifecycle_stage",
            "status": "status",
            "acquired_by_referral": "acquired_by_referral::varchar",
            MERGED: "merged",
        },
        {
            "branch": "Branch__c",
            "region": "Region__c",
            "hubspot_owner_id": "Owner",
            "plan": "Plan__c",
            "lifecyclestage": "Lifecycle_Stage__c",
            "status": "Status__c",
        },
    ),
    "contacts": _object(
        "contacts",
        "contact_id",
        "lastmodifieddate",
        {"email": "email", "associatedcompanyid": "account_id", MERGED: "merged"},
    ),
    BRANCHES: _object(
        "branches",
        "branch_id",
        "hs_lastmodifieddate",
        {
            "name": "name",
            "region": "region",
            "hubspot_owner_id": "owner_id",
            "opened_on": "cast(opened_on as date)::varchar",
            "closed_on": "cast(closed_on as date)::varchar",
        },
    ),
}


def numbers_of(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """HubSpot's number for each id of an account, contact, branch and employee, in the order of the ids. A
    short or a lower-case form of an id is the same number."""
    numbers: dict[str, str] = {}
    following = count(_FIRST_ID)
    for table, key in _IDS.items():
        ids = {str(own) for own in tables[table][key].to_pylist()}
        for own, number in zip(sorted(ids, key=str.lower), map(str, following), strict=False):
            numbers |= {own: number, own[:15]: number, own.lower(): number}
    return numbers


def with_ids_of_hubspot(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The same company, where these ids are HubSpot's numbers in every table."""
    numbers = numbers_of(tables)
    return {name: _numbered(table, numbers) for name, table in tables.items()}


def _numbered(table: pa.Table, numbers: Mapping[str, str]) -> pa.Table:
    for place, column in enumerate(table.schema):
        if column.type == pa.string() and column.name.endswith(("_id", "_value")):
            values = list(_replaced(table[column.name].to_pylist(), numbers))
            table = table.set_column(place, column, pa.array(values, pa.string()))
    return table


def _replaced(values: Sequence[str | None], numbers: Mapping[str, str]) -> Iterator[str | None]:
    for value in values:
        own = value.strip() if value else ""
        number = numbers.get(own) or numbers.get(own.lower())
        yield value.replace(own, number) if value and number else value
