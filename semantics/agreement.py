"""Checks whether MetricFlow answers what is published: asked for the company, and by each single dimension.

The recount proves every cell; this proves that a metric means what the published column of its name means.
Does not belong here: how a figure is calculated (`dbt_project/models/semantic/`).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from semantics.layer import METRIC_DAY, METRIC_TIME, SemanticLayer
from semantics.vocabulary import ALWAYS_SPLIT_BY

CALENDAR = ("month", "quarter", "year")
TRAILING = ("trailing_90d", "trailing_365d")
LONGEST = "trailing_365d"
ALL_TIME = "all_time"
COMPANY = "company"
IN_PERIOD, CURRENT_STATE = "in_period", "current_state"
COUNTS = ("promoters", "passives", "detractors", "responses")
INVITED = ("answered_invitations", "delivered_invitations")
# A member that one of both lacks.
MISSING = "(missing)"
# Sums in another order differ in the last digits of a double; that is not a difference of figures.
TOLERANCE = 1e-9
TOLD = 20
# By a dimension, and in all above this number of counted answers, trailing figures are compared only at the
# `NEWEST_ENDS` newest days.
LARGE = 2_000_000
NEWEST_ENDS = 2


@dataclass(frozen=True)
class Difference:
    """A figure on which the two disagree; None is a value, or a whole cell, that one of them lacks."""

    figure: str
    column: str
    asked: float | None
    published: float | None


@dataclass(frozen=True)
class Agreement:
    """How many cells were compared, how many differ, and the first `TOLD` differences.

    `is_partial`: the company's trailing figures were compared only for the newest days.
    """

    cells: int
    differing: int
    differences: tuple[Difference, ...]
    is_partial: bool


@dataclass(frozen=True)
class Comparison:
    """What one query compares: the cells of a measure and a grain."""

    measure: str
    grain: str

    @property
    def suffix(self) -> str:
        """The suffix that metrics of this measure and grain add to the name of the column."""
        if self.measure == CURRENT_STATE:
            return f"_{CURRENT_STATE}"
        return f"_{self.grain}" if self.grain in TRAILING else ""

    def sides(self) -> Iterator[Side]:
        """The semantic models compared for these cells."""
        yield ANSWERS
        if self.measure == IN_PERIOD:
            yield INVITATIONS
            if self.grain == LONGEST:
                yield CUSTOMERS


COMPARISONS = (
    *(Comparison(IN_PERIOD, grain) for grain in (*CALENDAR, ALL_TIME, *TRAILING)),
    Comparison(CURRENT_STATE, LONGEST),
)


@dataclass(frozen=True)
class Periods:
    """The periods of published figures: the first day of all time, and the (exclusive) ends of windows."""

    first: date
    ends: tuple[date, ...]


@dataclass(frozen=True)
class Side:
    """What is queried from one semantic model, and what it must equal.

    `columns` are the name of a figure and the SQL of its two values, over `asked` and `published`. Answers
    make cells, so both sides must have the same ones; invitations and customers only accompany them.
    """

    entity: str
    metrics: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    makes_cells: bool = False
    is_of_the_grain: bool = True
    """Whether there is a metric for every grain, named after it."""
    is_of_accounts: bool = False
    """Whether it is split only by the dimensions that accounts have themselves."""
    by_a_dimension: tuple[str, ...] = ("month", LONGEST)
    """The grains in which each dimension is asked for: months, windows and states."""

    def is_asked_by(self, dimension: str, of_accounts: set[str], grain: str, everything: bool) -> bool:
        """Whether it is asked for by this dimension in this grain."""
        has_it = dimension in of_accounts or not self.is_of_accounts
        return has_it and (everything or grain in self.by_a_dimension)


ANSWERS = Side(
    entity="answer",
    metrics=(*COUNTS, "nps"),
    makes_cells=True,
    columns=(
        *((count, f"asked.{count}", f"published.{count}") for count in COUNTS),
        ("shown responses", "asked.responses", "published.shown_responses"),
        *(
            (
                f"shown {count}",
                f"case when published.reportability not like 'suppressed%' then asked.{count} end",
                f"published.shown_{count}",
            )
            for count in COUNTS[:3]
        ),
        (
            "nps",
            "case when published.reportability in ('indicative', 'reportable') then asked.nps end",
            "published.nps",
        ),
    ),
)
INVITATIONS = Side(
    entity="invitation",
    metrics=(*INVITED, "response_rate"),
    columns=(
        *((count, f"coalesce(asked.{count}, 0)", f"published.{count}") for count in INVITED),
        ("response_rate", "asked.response_rate", "published.response_rate"),
    ),
    by_a_dimension=("month",),
)
CUSTOMERS = Side(
    entity="customer",
    metrics=("revenue_coverage",),
    columns=(("revenue_coverage", "asked.revenue_coverage", "published.revenue_coverage"),),
    is_of_the_grain=False,
    is_of_accounts=True,
)

# If every current answer has been replaced, the totals are zero and no cell is published.
_SOMETHING_COUNTED = f"where not ({' and '.join(f'{count} = 0' for count in COUNTS)})"
_SINGLE = "position('*' in segment) = 0"
# The published row, and the counts that it may not show: of the company and of single dimensions.
_PUBLISHED = f"""
    select
        {{key}}, {", ".join(f"counted.{count}" for count in COUNTS)},
        {", ".join(f"shown.{count} as shown_{count}" for count in COUNTS)},
        shown.nps, shown.reportability, {", ".join(INVITED)}, response_rate, revenue_coverage
    from (from publication.nps_scores where {_SINGLE}) as shown
    full outer join (from marts.fct_nps_cells where {_SINGLE}) as counted using ({{key}})
"""


def compare(warehouse: Path, target: Path, everything: bool | None = None) -> Agreement:
    """Ask MetricFlow for figures of `publication.nps_scores` and compare.

    Args:
        warehouse: the working file, with its publication models built.
        target: dbt's folder, with the semantic manifest.
        everything: ask for every period of every dimension; None: according to `NPS_RECOUNT`.

    Raises:
        NothingBuiltError: there is no working file, or no semantic manifest.
        QuestionError: MetricFlow or the working file cannot answer.
    """
    compared, differing, told = 0, 0, list[Difference]()
    with SemanticLayer(warehouse, target) as layer:
        if everything is None:
            everything = os.environ.get("NPS_RECOUNT", "") == "all"
        is_partial = not everything and _answers(layer) > LARGE
        key = itertools.takewhile(lambda column: column != COUNTS[0], _columns(layer, "nps_scores"))
        layer.connection.execute(f"create temp table cells as {_PUBLISHED.format(key=', '.join(key))}")
        of_accounts = {*_columns(layer, "fct_account_standings")}
        for segment in _segments(layer):
            is_whole = everything or (segment == COMPANY and not is_partial)
            periods = _periods(layer, None if is_whole else NEWEST_ENDS)
            for comparison in COMPARISONS:
                for side in comparison.sides():
                    asked = (segment, of_accounts, comparison.grain, everything)
                    if segment != COMPANY and not side.is_asked_by(*asked):
                        continue
                    [row] = layer.rows(_sql(layer, comparison, side, segment, periods))
                    compared += row["cells"] if side.makes_cells else 0
                    differing += row["differing"]
                    for example in row["examples"] or ():
                        told.extend(_differences(comparison, side, segment, example))
    return Agreement(compared, differing, tuple(told[:TOLD]), is_partial)


def _segments(layer: SemanticLayer) -> list[str]:
    """The company and the single dimensions that are published."""
    return [row["segment"] for row in layer.rows("select distinct segment from cells order by 1")]


def _columns(layer: SemanticLayer, table: str) -> list[str]:
    """The columns of a built table in order; those of scores begin with what names a figure."""
    found = layer.rows(
        f"select column_name from duckdb_columns() where table_name = '{table}' order by column_index"
    )
    return [row["column_name"] for row in found]


def _answers(layer: SemanticLayer) -> int:
    [row] = layer.rows("select coalesce(sum(responses), 0) as answers from marts.fct_nps_daily")
    return int(row["answers"])


def _periods(layer: SemanticLayer, newest_ends: int | None) -> Periods:
    """The periods of the working file."""
    rows = layer.rows("select period_grain, period_start, period_end from marts.dim_periods")
    [whole] = [row for row in rows if row["period_grain"] == ALL_TIME]
    ends = sorted({row["period_end"] for row in rows if row["period_grain"] in TRAILING}, reverse=True)
    return Periods(whole["period_start"], tuple(ends[:newest_ends]))


def _sql(layer: SemanticLayer, comparison: Comparison, side: Side, segment: str, periods: Periods) -> str:
    """SQL that joins both sides of a comparison; one row: cells, how many differ, and examples."""
    entity = "current_answer" if comparison.measure == CURRENT_STATE else side.entity
    suffix = comparison.suffix if side.is_of_the_grain else ""
    period, time, where = _time(comparison, side, periods)
    members = [*ALWAYS_SPLIT_BY, *([] if segment == COMPANY else [segment])]
    asked = layer.sql(
        [f"{metric}{suffix}" for metric in side.metrics],
        [*([time] if time else []), *(f"{entity}__{member}" for member in members)],
        [where] if where else [],
    )
    key = [*([period] if period else []), *members]
    ends = ", ".join(f"date '{end}'" for end in periods.ends)
    differ = [f"coalesce(abs({a} - {b}) > {TOLERANCE}, {a} is distinct from {b})" for _, a, b in side.columns]
    return f"""
        with asked as (
            select
                {f"cast({time} as date) + {int(period == 'period_end')} as {period}," if period else ""}
                {", ".join(f"{entity}__{member} as {member}" for member in members)},
                {", ".join(f"{metric}{suffix} as {metric}" for metric in side.metrics)}
            from (
                {asked}
            )
            {_SOMETHING_COUNTED if side.makes_cells else ""}
        ),

        published as (
            select *
            from cells
            where
                measure = '{comparison.measure}'
                and period_grain = '{comparison.grain}'
                and segment = '{segment}'
                {f"and period_end in ({ends})" if comparison.grain in TRAILING else ""}
        ),

        both_sides as (
            select
                [{", ".join(f"coalesce(cast({part} as varchar), '{MISSING}')" for part in key)}] as figure,
                [{", ".join(f"cast({a} as double)" for _, a, _ in side.columns)}] as asked,
                [{", ".join(f"cast({b} as double)" for _, _, b in side.columns)}] as published,
                [{", ".join(differ)}] as differ
            from published
            {"full outer" if side.makes_cells else "left"} join asked using ({", ".join(key)})
        )

        select
            count(*) as cells,
            count(*) filter (where list_contains(differ, true)) as differing,
            (list(both_sides) filter (where list_contains(differ, true)))[:{TOLD}] as examples
        from both_sides
    """


def _time(comparison: Comparison, side: Side, periods: Periods) -> tuple[str | None, str | None, str | None]:
    """The published column that identifies a period, MetricFlow's name for it, and a filter on days."""
    if comparison.grain in TRAILING:
        last_days = ", ".join(f"cast('{end - timedelta(days=1)}' as date)" for end in periods.ends)
        return "period_end", f"{METRIC_TIME}__day", f"{METRIC_DAY} in ({last_days})"
    if comparison.grain in CALENDAR:
        return "period_start", f"{METRIC_TIME}__{comparison.grain}", None
    if side.makes_cells:
        return None, None, None
    # all time begins with the first answer, and invitations may be earlier
    return None, None, f"{METRIC_DAY} >= cast('{periods.first}' as date)"


def _differences(
    comparison: Comparison, side: Side, segment: str, example: dict[str, Any]
) -> Iterator[Difference]:
    figure = " ".join((comparison.measure, comparison.grain, segment, *example["figure"]))
    sides = zip(side.columns, example["differ"], example["asked"], example["published"], strict=True)
    for (column, _, _), differs, asked, published in sides:
        if differs:
            yield Difference(figure, column, asked, published)
