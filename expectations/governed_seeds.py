"""Checks that the governed seeds match the guard's definition, and that somebody is responsible for them.

Belongs here: the seeds compared with the second entry, approver and reason. Does not belong here: the rules
that use them (`nps_definition`).
"""

from __future__ import annotations

from typing import Self

from expectations.definition_rows import rows, stated
from expectations.nps_definition import EXCLUSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending

# How the page writes what a seed leaves empty.
_NOTHING = {"valid_to": "date '9999-12-31'", "journey_stage": "''"}


class ExpectTheDefinitionToBeEnteredTwice(ExpectNoOffendingRows):
    """Double-entry: a version is governed when the seeds and the guard's own page say the same."""

    description: str = (
        "The seed says what definition/guard.toml in the company folder says, version by version"
    )

    @classmethod
    def of(cls, seed: str) -> Self:
        """About one seed."""
        columns, _ = rows()[seed]
        names = ", ".join(columns)
        given = ", ".join(
            f"coalesce({name}, {_NOTHING[name]}) as {name}" if name in _NOTHING else name for name in columns
        )
        return cls(
            unexpected_rows_query=offending(f"""
                select {names}, case when sum(side) > 0 then 'in the seed only' else 'on the page only' end
                    as entered
                from (
                    select {given}, 1 as side from checked
                    union all
                    select {names}, -1 from {stated(seed, "page")}
                ) as both_sides
                group by {names}
                having sum(side) <> 0
            """)
        )


class ExpectAnApproverAndAReason(ExpectNoOffendingRows):
    """A definition nobody decided is not governed."""

    description: str = "Every row names who approved it and why"
    unexpected_rows_query: str = offending("""
        select *
        from checked
        where coalesce(trim(approved_by), '') = '' or coalesce(trim(reason), '') = ''
    """)


class ExpectScalesFromZeroToTen(ExpectNoOffendingRows):
    """A 1–10 or 1–5 question is another question: its answers are never re-banded."""

    description: str = "Every registered question offers 0 to 10"
    unexpected_rows_query: str = offending("""
        select source, survey_id, question_id, scale_min, scale_max
        from checked
        where coalesce(scale_min <> 0 or scale_max <> 10, true)
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
