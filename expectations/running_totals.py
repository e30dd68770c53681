"""Counts of any period from running totals: what is before its end less what is before its start.

Belongs here: the SQL by which sentences count answers and invitations of a period independently of the
models, which add up slices between boundaries. Does not belong here: the sentences.

A figure's cell is one text, its members joined. An event counts for the totals at boundaries after its day:
of the days between two boundaries nothing is kept but their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from expectations.nps_definition import DIMENSIONS

ANSWERS = ("promoters", "passives", "detractors", "responses")
SEGMENTS: Mapping[str, tuple[str, ...]] = {
    "company": (),
    **{dimension: (dimension,) for dimension in DIMENSIONS},
    "customer_value_tier*journey_stage": ("customer_value_tier", "journey_stage"),
    "branch*journey_stage": ("branch", "journey_stage"),
    "customer_value_tier*branch": ("customer_value_tier", "branch"),
}
_KINDS = ("survey_type", "definition_version")


def totals(events: Mapping[str, str], boundaries: Sequence[str], values: Iterable[str]) -> str:
    """The total of each value before each boundary, as CTEs from `figures` to `totals`.

    The CTE `named` comes before: figures with their `cell` (see `cell`). `figures` are these with the number
    of their cell; `totals` has number, day and the values.

    Args:
        events: by measure a select of survey_type, definition_version, the dimensions, day and the values.
        boundaries: selects of number and day from `figures`: what totals are wanted of.
        values: columns of the events.
    """
    names = list(values)
    sums = ", ".join(f"sum({name}) over before_day as {name}" for name in names)
    return f"""
        -- a number sorts ten times as fast as a cell's name
        numbered as (
            select cell, row_number() over (order by cell) as number
            from (select distinct cell from named) as cells
        ),
        figures as (
            select named.*, numbered.number from named inner join numbered on named.cell = numbered.cell
        ),
        boundaries as ({" union ".join(boundaries)}),
        boundary_days as (select distinct day from boundaries),
        {" ".join(f"{cte}," for measure, select in events.items() for cte in _cells(measure, select, names))}
        events as (
            select number, day, {", ".join(names)}
            from ({" union all ".join(f"select * from {measure}_by_cell" for measure in events)}) as given
            inner join numbered on given.cell = numbered.cell
            union all
            select number, day, {", ".join("0" for _ in names)} from boundaries
        ),
        by_day as (
            select number, day, {", ".join(f"sum({name}) as {name}" for name in names)}
            from events
            group by number, day
        ),
        totals as (
            select number, day, {sums}
            from by_day
            window before_day as (
                partition by number order by day rows between unbounded preceding and current row
            )
        )
    """


def cell(measure: str, segment: str = "segment", split: Iterable[str] = DIMENSIONS) -> str:
    """An SQL expression that names the cell of a figure, or of a row of a segment split so.

    `measure` and `segment` are expressions too.
    """
    wanted = set(split)
    members = [name if name in wanted else "'(all)'" for name in DIMENSIONS]
    return " || '|' || ".join([measure, segment, *_KINDS, *members])


def _cells(measure: str, select: str, values: list[str]) -> Iterator[str]:
    """CTEs that end in `<measure>_by_cell`: the sums of each cell between a boundary and the one before.

    A segment is summed from one that is split by more, where there is one; it is named when rows are few.
    """
    sums = ", ".join(f"sum({name}) as {name}" for name in values)
    yield f"""{measure}_days as (
        select given.day, min(boundary_days.day) as boundary
        from (select distinct day from ({select}) as events) as given
        inner join boundary_days on given.day < boundary_days.day
        group by given.day
    )"""
    yield f"""{measure}_dated as (
        select {", ".join((*_KINDS, *DIMENSIONS, *values))}, boundary
        from ({select}) as events
        inner join {measure}_days as days on events.day = days.day
    )"""
    summed: dict[str, tuple[str, ...]] = {}
    named = []
    for segment, split in sorted(SEGMENTS.items(), key=lambda item: -len(item[1])):
        finer = [table for table, members in summed.items() if set(split) < set(members)]
        table = f"{measure}_by_{'_'.join(split) or segment}"
        members = ", ".join((*_KINDS, *split, "boundary"))
        yield f"""{table} as (
            select {members}, {sums} from {(finer or [f"{measure}_dated"])[0]} group by {members}
        )"""
        name = cell(f"'{measure}'", f"'{segment}'", split)
        named.append(f"select {name} as cell, boundary as day, {', '.join(values)} from {table}")
        summed[table] = split
    yield f"{measure}_by_cell as ({' union all '.join(named)})"


#: Counted answers on their day.
DAILY = f"""
    select {", ".join((*_KINDS, *DIMENSIONS, *ANSWERS))}, response_date as day from marts.fct_nps_daily
"""

#: Answers as they become and cease to be their person's current one. When they do is a sentence about the
#: marts (`answers_of_persons`).
CURRENT = f"""
    select
        {", ".join((*_KINDS, *DIMENSIONS))}, day,
        case when nps_band = 'promoter' then step else 0 end as promoters,
        case when nps_band = 'passive' then step else 0 end as passives,
        case when nps_band = 'detractor' then step else 0 end as detractors,
        step as responses
    from (
        select *, 1 as step, cast(responded_at as date) as day
        from marts.fct_survey_responses
        where disposition = 'counted'
        union all
        select *, -1, current_until - 1
        from marts.fct_survey_responses
        where disposition = 'counted'
    ) as steps
"""
