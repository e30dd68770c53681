"""Checks that what dbt built from is what somebody other than its author approved, cell by cell.

Belongs here: the governed seeds compared with the company folder, and the approvals of its content. Does not
belong here: the rules that use them (`nps_definition`).
"""

from __future__ import annotations

from typing import Self

from expectations.definition import EXCLUSIONS
from expectations.definition_rows import DAYS, NUMBERS, held, stated, text
from expectations.governed_tables import sealed
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged


class ExpectTheContentOfTheFolder(ExpectNoOffendingRows):
    """A figure follows from what was approved only if dbt has built from exactly that."""

    description: str = "The seed says what its table in the company folder says, and bands are those of NPS"

    @classmethod
    def of(cls, table: str) -> Self:
        """About one table: every column of every row."""
        columns = held(table).columns
        names = ", ".join(columns)
        given = ", ".join(
            name if name in (*DAYS, *NUMBERS) else f"coalesce(trim(cast({name} as varchar)), '') as {name}"
            for name in columns
        )
        return cls(
            unexpected_rows_query=offending(f"""
                select {names}, case when sum(side) > 0 then 'in the seed only' else 'in the folder only' end
                    as entered
                from (
                    select {given}, 1 as side from checked
                    union all
                    select {names}, -1 from {stated(table, "folder")}
                ) as both_sides
                group by {names}
                having sum(side) <> 0
            """)
        )


def _sealed() -> str:
    return ", ".join(f"({', '.join(map(text, part))})" for part in sealed())


class ExpectContentToBeApproved(ExpectNoOffendingRows):
    """Content that was changed after its approval is content that nobody has approved."""

    description: str = "Each table of each version is approved as the company folder has it now"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select content.*, last.approved_by, last.content_hash as approved_hash
        from (values {_sealed()}) as content (definition_version, table_name, content_hash)
        left join (
            select * from checked where approved_by is not null
            qualify approval = max(approval) over (partition by definition_version, table_name)
        ) as last
            on content.definition_version = coalesce(last.definition_version, '')
            and content.table_name = last.table_name
        where last.content_hash is distinct from content.content_hash
    """)
    )


_ADDRESS = r"'[^\s<>@]+@[^\s<>@]+'"


def _one_person(one: str, other: str) -> str:
    """Whether two columns name one person: by address, or by the letters and digits of the name beside it."""
    address = f"regexp_extract(lower({{}}), {_ADDRESS})"
    name = f"regexp_replace(regexp_replace(lower({{}}), {_ADDRESS}, '', 'g'), '[^\\pL\\pN]', '', 'g')"
    return " or ".join(
        f"({form.format(one)} <> '' and {form.format(one)} = {form.format(other)})"
        for form in (address, name)
    )


class ExpectApprovalByAnother(ExpectNoOffendingRows):
    """Two people, or one who says that there is nobody else, which is then published with the figures."""

    description: str = (
        "Whoever approves is not the author, or says that they are alone; both are named, with day and reason"
    )
    unexpected_rows_query: str = offending(f"""
        select table_name, author, approved_by, approved_as
        from checked
        where
            coalesce(trim(author), '') = ''
            or (
                approved_by is not null
                and (
                    trim(approved_by) = ''
                    or coalesce(trim(reason), '') = ''
                    or coalesce(approved_on < proposed_on, true)
                    or coalesce(approved_as not in ('another_person', 'only_person'), true)
                    or (approved_as = 'another_person') = ({_one_person("author", "approved_by")})
                )
            )
    """)


class ExpectReasonsInTheirOrder(ExpectNoOffendingRows):
    """Which reason is given, where several hold, is part of the definition."""

    description: str = "The reasons an answer does not count are the known ones, in their order"
    unexpected_rows_query: str = offending(f"""
        select disposition, precedence, is_counted
        from (
            select
                disposition, is_counted, precedence,
                rank() over (order by precedence) as place
            from checked
            where disposition <> 'quarantined'
        ) as ordered
        full outer join (values {
        ", ".join(f"('{name}', {place})" for place, name in enumerate((*EXCLUSIONS, "counted"), start=1))
    }) as known (name, known_place)
            on ordered.disposition = known.name
        where
            coalesce(ordered.place <> known.known_place, true)
            or is_counted <> (disposition = 'counted')
    """)
