"""The charts, as Altair describes them. Each takes plain rows, so that a page need not know Altair.

Belongs here: marks, axes, colours by role. Does not belong here: text as SVG (`drawing`), or the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt

from review.drawing import COLOURS, Spec, compiled, drawn

Points = Sequence[Mapping[str, Any]]
WIDTH = 640
_SMALL = 190
#: Names of so many letters need no limit.
_SHORT = 25
DATA: Any = alt.NamedData(name="points")
MARKS: Any = alt.NamedData(name="marks")
_NPS = alt.Scale(nice=True, zero=False)
_UTC = alt.Scale(type="utc")
_FEW_TICKS = alt.Axis(tickCount=4)


def distribution(points: Points) -> str:
    """`score`, `answers`, `band`: a bar for each score."""
    return drawn(_distribution(), points=points)


def trend(points: Points, versions: Sequence[str] = ()) -> str:
    """`day`, `nps`, `low`, `high`: the score with its interval; `versions` are days a definition began."""
    return drawn(_trend(WIDTH, 180), points=points, marks=[{"version": day} for day in versions])


def small_trend(points: Points) -> str:
    """As `trend`, small enough to stand beside others; one scale for all of them."""
    return drawn(_trend(_SMALL, 90, fixed=True), points=points, marks=[])


def control(points: Points, versions: Sequence[str] = ()) -> str:
    """Months within or outside their limits; `versions` are days a definition began.

    `day`, `version`, `nps`, `centre`, `lower`, `upper`, `is_outside`.
    """
    return drawn(_control(), points=points, marks=[{"version": day} for day in versions])


def cusum(points: Points) -> str:
    """`day`, `version`, `up`, `down`, `limit`: sums upward and downward by period, with their limits."""
    limits = {sign * point["limit"] for point in points for sign in (-1, 1)}
    return drawn(_cusum(), points=points, marks=[{"limit": limit} for limit in sorted(limits)])


def shares(points: Points) -> str:
    """`day`, `of`, `share` in percent: a line for each `of`."""
    return drawn(_shares(), points=points)


def intervals(points: Points, reference: float | None = None) -> str:
    """`name`, `nps`, `low`, `high`: a line for each interval, a point where there is a score.

    `reference` is a line across all of them.
    """
    marks = [] if reference is None else [{"reference": reference}]
    is_long = any(len(point["name"]) > _SHORT for point in points)
    return drawn(_intervals(max(1, len(points)), is_long), points=points, marks=marks)


def attained(points: Points) -> str:
    """`name`, `nps`, `low`, `high`, `target`: an interval and a score as in `intervals`, and a tick each."""
    is_long = any(len(point["name"]) > _SHORT for point in points)
    return drawn(_intervals(max(1, len(points)), is_long, has_targets=True), points=points, marks=[])


def matrix(points: Points) -> str:
    """`row`, `column`, `nps`, `text`: a square for each pair, coloured by its score."""
    return drawn(_matrix(), points=points)


@cache
def _distribution() -> Spec:
    bars = alt.Chart(DATA).encode(
        x=alt.X("score:O", title="score given", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("answers:Q", title="answers"),
    )
    colour = alt.Color("band:N", scale=_bands(), legend=None)
    return spec(
        (bars.mark_bar().encode(color=colour) + bars.mark_text(dy=-6).encode(text="answers:Q")).properties(
            width=WIDTH, height=140
        )
    )


@cache
def _trend(width: int, height: int, fixed: bool = False) -> Spec:
    scale = alt.Scale(domain=[-100, 100]) if fixed else _NPS
    chart = alt.Chart(DATA).encode(x=alt.X("day:T", title=None, scale=_UTC, axis=_time_axis(width)))
    return spec(
        (
            chart.mark_area(opacity=0.25, color=COLOURS["accent"]).encode(
                y=alt.Y("low:Q", title=None, scale=scale, axis=_FEW_TICKS), y2="high:Q"
            )
            + chart.mark_line(color=COLOURS["accent"], point=alt.OverlayMarkDef(size=14)).encode(
                y=alt.Y("nps:Q", scale=scale)
            )
            + _beginnings()
        ).properties(width=width, height=height)
    )


def _beginnings() -> alt.Chart:
    """A line for each day a definition began."""
    rules = alt.Chart(MARKS).mark_rule(color=COLOURS["text"], strokeDash=[4, 3])
    marked: alt.Chart = rules.encode(x=alt.X("version:T", scale=_UTC))
    return marked


@cache
def _control() -> Spec:
    chart = alt.Chart(DATA).encode(x=alt.X("day:T", title=None, scale=_UTC, axis=_time_axis(WIDTH)))
    lines = [
        chart.mark_line(strokeDash=dash, color=COLOURS["muted"], interpolate="step").encode(
            y=alt.Y(f"{name}:Q", title="NPS", scale=_NPS), detail="version:N"
        )
        for name, dash in (("lower", [4, 3]), ("centre", [1, 0]), ("upper", [4, 3]))
    ]
    months = chart.mark_point(filled=True, size=36, opacity=1).encode(
        y=alt.Y("nps:Q", scale=_NPS),
        color=alt.Color(
            "is_outside:N",
            scale=alt.Scale(domain=[False, True], range=[COLOURS["accent"], COLOURS["detractor"]]),
            legend=None,
        ),
        shape=alt.Shape(
            "is_outside:N", scale=alt.Scale(domain=[False, True], range=["circle", "diamond"]), legend=None
        ),
    )
    return spec(alt.layer(*lines, months, _beginnings()).properties(width=WIDTH, height=180))


@cache
def _cusum() -> Spec:
    chart = alt.Chart(DATA).encode(x=alt.X("day:T", title=None, scale=_UTC, axis=_time_axis(WIDTH)))
    lines = [
        chart.mark_line(color=COLOURS[colour], point=alt.OverlayMarkDef(size=14)).encode(
            y=alt.Y(f"{name}:Q", title="sum", axis=_FEW_TICKS), detail="version:N"
        )
        for name, colour in (("up", "promoter"), ("down", "detractor"))
    ]
    limits = alt.Chart(MARKS).mark_rule(color=COLOURS["muted"], strokeDash=[4, 3]).encode(y="limit:Q")
    return spec(alt.layer(*lines, limits).properties(width=WIDTH, height=160))


@cache
def _shares() -> Spec:
    lines = alt.Chart(DATA).encode(
        x=alt.X("day:T", title=None, scale=_UTC, axis=_time_axis(WIDTH)),
        y=alt.Y("share:Q", title="%", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(tickCount=4)),
        color=alt.Color(
            "of:N",
            sort=None,
            scale=alt.Scale(range=[COLOURS["accent"], COLOURS["promoter"]]),
            legend=alt.Legend(title=None, orient="bottom", symbolType="stroke", symbolStrokeWidth=2),
        ),
        strokeDash=alt.StrokeDash("of:N", sort=None, legend=alt.Legend(title=None, orient="bottom")),
    )
    return spec(lines.mark_line().properties(width=WIDTH, height=90))


@cache
def _intervals(rows: int, is_long: bool, has_targets: bool = False) -> Spec:
    chart = alt.Chart(DATA).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=220 if is_long else 0, grid=True))
    )
    whole = alt.Axis(values=[-100, -50, 0, 50, 100])
    low = alt.X("low:Q", title=None, scale=alt.Scale(domain=[-100, 100]), axis=whole)
    if has_targets:
        marked = chart.mark_tick(thickness=3, size=16, color=COLOURS["text"]).encode(x="target:Q")
    else:
        rule = alt.Chart(MARKS).mark_rule(color=COLOURS["text"], strokeDash=[4, 3])
        marked = rule.encode(x="reference:Q")
    return spec(
        (
            chart.mark_rule(strokeWidth=2, color=COLOURS["accent"]).encode(x=low, x2="high:Q")
            + chart.mark_point(filled=True, size=45, opacity=1, color=COLOURS["accent"]).encode(x="nps:Q")
            + marked
        ).properties(width=WIDTH - 220, height=22 * rows)
    )


@cache
def _matrix() -> Spec:
    chart = alt.Chart(DATA).encode(
        x=alt.X("column:N", title=None, sort=None, axis=alt.Axis(orient="top", labelAngle=0, labelLimit=110)),
        y=alt.Y("row:N", title=None, sort=None),
    )
    colour = alt.Color(
        "nps:Q",
        scale=alt.Scale(
            domain=[-100, 0, 100], range=[COLOURS["low"], COLOURS["middle"], COLOURS["high"]], clamp=True
        ),
        legend=None,
    )
    return spec(
        (
            chart.mark_rect(stroke=COLOURS["ground"], strokeWidth=2).encode(color=colour)
            + chart.mark_text(color=COLOURS["on_matrix"]).encode(text="text:N")
        ).properties(width=alt.Step(108), height=alt.Step(34))
    )


def _time_axis(width: int) -> alt.Axis:
    return alt.Axis(
        format="%Y-%m",
        tickCount=5 if width == WIDTH else 2,
        labelAngle=0,
        labelOverlap="greedy",
        labelSeparation=6,
    )


def _bands() -> alt.Scale:
    bands = ["detractor", "passive", "promoter"]
    return alt.Scale(domain=bands, range=[COLOURS[band] for band in bands])


def spec(chart: alt.TopLevelMixin) -> Spec:
    """A chart as its renderer takes it, with its datasets still to come."""
    return compiled(chart.to_dict(context={"datasets": {}}))
