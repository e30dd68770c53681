"""The vendors that the second hand knows: each is a module of this package that declares itself as `VENDOR`.

Belongs here: finding them. Does not belong here: any vendor by name. A declaration is short; what a vendor
needs beyond it is in a module of its own folder and imported where it is used.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from expectations.declaring import Names, Tables, Vendor, VendorFields


@cache
def declared() -> Mapping[str, Vendor]:
    """Name → declaration of every vendor."""
    names = sorted(module.name for module in iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}").VENDOR for name in names}


def vendor_fields(names: Names | None = None) -> VendorFields:
    """Vendor → raw table → column → field, under the company's own `names` where it has any."""
    return {name: _renamed(name, vendor, names) for name, vendor in declared().items()}


def for_the_recount(fields: VendorFields) -> VendorFields:
    """The same with the columns that only the recount reads."""
    return {
        name: {table: {**of, **declared()[name].recounted.get(table, {})} for table, of in tables.items()}
        for name, tables in fields.items()
    }


def _renamed(name: str, vendor: Vendor, names: Names | None) -> Tables:
    return vendor.renamed(vendor.tables, (names or {}).get(name, {})) if vendor.renamed else vendor.tables
