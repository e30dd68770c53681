"""That the records hold what a declared dimension is made of, before anything is built of it.

Belongs here: whether anybody delivers the dimension, and how many members it has. Does not belong here: which
member an answer has (`recount`), or whether the declaration is in order (`company`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from expectations.declared_fields import places
from expectations.declaring import Field
from expectations.dimensions import PAGE, Declared, Dimensions
from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.raw_tables import unread

_Place = tuple[str, str, Field]
#: Vendor and table → the declared dimensions that are judged with it, each with all of its places.
ByTable = Mapping[tuple[str, str], Sequence[tuple[Declared, Sequence[_Place]]]]


class ExpectDeclaredDimensionsToFit(ExpectNoOffendingRows):
    """A misspelt field would make everybody `Unassigned`; a customer's number would make a figure of each."""

    description: str = "Somebody delivers every declared dimension, with no more members than it declares"

    @classmethod
    def of(cls, dimensions: Iterable[tuple[Declared, Sequence[_Place]]]) -> Self:
        rows = (_misfits(declared, found) for declared, found in dimensions)
        return cls(unexpected_rows_query=offending(" union all ".join(rows)))


def by_table(dimensions: Dimensions, vendors: Sequence[str]) -> ByTable:
    """Each declared dimension at the first table whose records carry it."""
    found: dict[tuple[str, str], list[tuple[Declared, Sequence[_Place]]]] = {}
    for declared in dimensions.declared:
        if on := [place for place in places(declared) if place[0] in vendors]:
            found.setdefault(on[0][:2], []).append((declared, on))
    return found


def _misfits(declared: Declared, found: Sequence[_Place]) -> str:
    """A row with its `problem`, or none."""
    given = " union all ".join(
        f"select nullif(trim(json_extract_string(payload, '{_path(field)}')), '') as member"
        f" from raw_{vendor}.{table} where not {unread(vendor, table)}"
        for vendor, table, field in found
    )
    where = ", ".join(f"{field.keys[-1]} of raw_{vendor}.{table}" for vendor, table, field in found)
    absent = f"nobody delivers {declared.name}: {where} is empty; correct its source in {PAGE}"
    remedy = f"at most {declared.most_members:,} are declared; group them, or raise most_members in {PAGE}"
    return f"""
        select case
            when count(member) = 0 then '{_escaped(absent)}'
            else concat('{declared.name} has ', count(distinct member), ' members, and {remedy}')
        end as problem
        from ({given}) as given
        having count(*) > 0 and (count(member) = 0 or count(distinct member) > {declared.most_members})
    """


def _path(field: Field) -> str:
    return _escaped("$" + "".join(f'."{key}"' for key in field.keys))


def _escaped(text: str) -> str:
    """A text in which SQLAlchemy takes no word after a colon for a parameter."""
    return text.replace(":", "\\:")
