"""Checks that a branch is published under its own name and region.

Belongs here: the columns that name a branch, compared with the last record of it in raw. Does not belong
here: its scores (`published_figures`) or its comparison with others (`published_scorecards`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.raw_tables import BRANCH_TABLES, unread

_SPACE = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288)"


class ExpectBranchesToBearTheirNames(ExpectNoOffendingRows):
    """A score under another's name is read by the wrong people. A branch without a name goes by its id."""

    description: str = "Every row of a branch bears the name (a scorecard the region too) of its last record"

    @classmethod
    def of(cls, vendors: Sequence[str], *, with_region: bool = False) -> Self:
        """About `branch_name`, and `region` where the table says the region of a branch."""
        told = " union all ".join(
            f"select branch_id, name, region, version_at, _dlt_load_id, position from raw_{vendor}.{table}"
            f" where not {unread(vendor, table)}"
            for vendor, table in BRANCH_TABLES.items()
            if vendor in vendors
        )
        is_one = "checked.branch not in ('(all)', 'Unassigned')"
        expected = {
            "branch_name": f"case when {is_one} then coalesce(named.name, checked.branch)"
            " else checked.branch end",
            "region": f"coalesce(case when {is_one} then named.region end, 'Unassigned')",
        }
        columns = expected if with_region else {"branch_name": expected["branch_name"]}
        return cls(
            unexpected_rows_query=offending(f"""
                with named as (
                    select
                        lower(trim(branch_id, {_SPACE})) as branch_key,
                        arg_max_null(nullif(trim(name, {_SPACE}), ''), place) as name,
                        arg_max_null(nullif(trim(region, {_SPACE}), ''), place) as region
                    from (
                        select *, row_number() over (
                            order by version_at nulls first, _dlt_load_id, position
                        ) as place
                        from ({told})
                    ) as told
                    group by lower(trim(branch_id, {_SPACE}))
                )
                select distinct checked.branch, {
                ", ".join(f"checked.{name}, {text} as {name}_of_its_record" for name, text in columns.items())
            }
                from checked
                left join named on lower(trim(checked.branch, {_SPACE})) = named.branch_key
                where {
                " or ".join(f"checked.{name} is distinct from {text}" for name, text in columns.items())
            }
            """)
        )
