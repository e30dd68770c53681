"""Counts of any period from running totals: what is before its end less what is before its start.

Belongs here: the SQL by which sentences count answers and invitations of a period independently of the
models, which add up slices between boundaries. Does not belong here: the sentences.

A figure's cell is one text, its members joined; events are counts by cell and day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from expectations.nps_definition import DIMENSIONS

ANSWERS = ("promoters", "passives", "detractors", "responses")
SEGMENTS: Mapping[str, tuple[str, ...]] = {
    "company": (),
    **{dimension: (dimension,) for dimension in DIMENSIONS},
    "customer_value_tier*journey_stage": ("customer_value_tier", "journey_stage"),
    "branch*journey_stage": ("branch", "journey_stage"),
    "customer_value_tier*branch": ("customer_value_tier", "branch"),
}


def cell(split: Iterable[str] | None = None) -> str:
    """An SQL expression that names the cell of a figure, or of a row split by some dimensions."""
    wanted = None if split is None else set(split)
    members = [name if wanted is None or name in wanted else "'(all)'" for name in DIMENSIONS]
    return " || '|' || ".join(["survey_type", "definition_version", *members])


def by_cell(relation: str, day: str, values: Iterable[str]) -> str:
    """Sums of `values` by segment, cell and day; cells are named after grouping, when they are few."""
    names = list(values)
    sums = ", ".join(f"sum({name}) as {name}" for name in names)
    segments = []
    for segment, split in SEGMENTS.items():
        members = ", ".join(("survey_type", "definition_version", *split, day))
        segments.append(
            f"select '{segment}' as segment, {cell(split)} as cell, {day} as day, {', '.join(names)}"
            f" from (select {members}, {sums} from {relation} group by {members}) as grouped"
        )
    return " union all ".join(segments)


def totals(events: str, boundaries: str, values: Iterable[str]) -> str:
    """The total of each value before each boundary, as CTEs that end in `totals`.

    `events` selects measure, segment, cell, day and the values; `boundaries` measure, segment, cell, day.
    """
    names = list(values)
    sums = ", ".join(f"sum({name}) over before_day as {name}" for name in names)
    same = "numbered.measure = {0}.measure and numbered.segment = {0}.segment and numbered.cell = {0}.cell"
    return f"""
        boundaries as ({boundaries}),
        -- a number sorts ten times as fast as a cell's name
        numbered as (
            select measure, segment, cell, row_number() over (order by measure, segment, cell) as number
            from (select distinct measure, segment, cell from boundaries) as cells
        ),
        events as (
            select number, day, 1 as is_event, {", ".join(names)}
            from ({events}) as given
            inner join numbered on {same.format("given")}
            union all
            select number, day, 0, {", ".join("0" for _ in names)}
            from boundaries
            inner join numbered on {same.format("boundaries")}
        ),
        running as (
            select number, day, is_event, {sums}
            from events
            window before_day as (
                partition by number order by day, is_event
                rows between unbounded preceding and current row
            )
        ),
        totals as (
            select measure, segment, cell, day, {", ".join(names)}
            from running
            inner join numbered on running.number = numbered.number
            where is_event = 0
        )
    """


#: Counted answers by day and members.
DAILY = f"select 'in_period' as measure, * from ({by_cell('marts.fct_nps_daily', 'response_date', ANSWERS)})"

#: Answers as they become and cease to be their person's current one: a person's answer leaves when the
#: next one is given, or after 365 days.
STATES = f"""states as (
    select survey_type, definition_version, {", ".join(DIMENSIONS)}, day,
        sum(case when nps_band = 'promoter' then step else 0 end) as promoters,
        sum(case when nps_band = 'passive' then step else 0 end) as passives,
        sum(case when nps_band = 'detractor' then step else 0 end) as detractors,
        sum(step) as responses
    from (
        select survey_type, definition_version, {", ".join(DIMENSIONS)}, nps_band, 1 as step,
            cast(responded_at as date) as day
        from marts.fct_survey_responses
        where disposition = 'counted'
        union all
        select survey_type, definition_version, {", ".join(DIMENSIONS)}, nps_band, -1,
            least(
                cast(responded_at as date) + 365,
                coalesce(cast(lead(responded_at) over persons as date), date '9999-01-01')
            )
        from marts.fct_survey_responses
        where disposition = 'counted'
        window persons as (partition by survey_type, person_key order by responded_at, answer_key)
    ) as steps
    group by survey_type, definition_version, {", ".join(DIMENSIONS)}, day
)"""
#: The same by segment and cell; needs the CTE `STATES`.
CURRENT = f"select 'current_state' as measure, * from ({by_cell('states', 'day', ANSWERS)})"
