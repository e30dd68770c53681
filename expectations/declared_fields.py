"""Where the vendors' records have the dimensions that a company declares, said apart from the models.

Belongs here: tables and paths. Does not belong here: which dimensions there are (`dimensions`), or any other
column (`vendors`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from expectations.declaring import Field, Fields, Kind, VendorFields
from expectations.dimensions import Declared, Dimensions
from expectations.raw_tables import ACCOUNT_TABLES, ANSWER_TABLES, INVITATION_TABLES
from expectations.vendors import declared as vendors

#: Level → the tables whose records carry its dimensions (vendor → table).
_CARRIED_BY: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "account": (ACCOUNT_TABLES,),
    # a distribution's history carries no embedded data
    "answer": (ANSWER_TABLES, {"files": INVITATION_TABLES["files"]}),
}


def places(declared: Declared) -> Iterator[tuple[str, str, Field]]:
    """Vendor, table and field of each place where records carry the dimension."""
    for vendor, key in declared.source.items():
        for tables in _CARRIED_BY[declared.level]:
            if table := tables.get(vendor):
                within = vendors()[vendor].within.get(table, ()) if vendor in vendors() else ()
                yield vendor, table, Field(Kind.TEXT, (), keys=(*within, key))


def with_declared(fields: VendorFields, dimensions: Dimensions) -> VendorFields:
    """The same fields, and those of the declared dimensions in the tables whose records carry them."""
    found: dict[str, dict[str, Fields]] = {vendor: dict(tables) for vendor, tables in fields.items()}
    for declared in dimensions.declared:
        for vendor, table, field in places(declared):
            of_vendor = found.setdefault(vendor, {})
            of_vendor[table] = {**of_vendor.get(table, {}), declared.name: field}
    return found
