"""The charts of the tables of money. Each takes plain rows, as in `charts`.

Belongs here: marks, axes, colours by role. Does not belong here: text as SVG (`drawing`), or the rows.
"""

from __future__ import annotations

from functools import cache

import altair as alt

from review.charts import DATA, MARKS, WIDTH, Points, spec
from review.drawing import COLOURS, Spec, drawn

_COLOURS = {
    "promoter": COLOURS["promoter"],
    "passive": COLOURS["passive"],
    "detractor": COLOURS["detractor"],
    "silent": COLOURS["muted"],
    "not invited": COLOURS["line"],
}
#: Ratios beyond these are drawn at the edge; the table has them.
_RATIOS = (0.1, 10.0)


def shares(points: Points) -> str:
    """`of`, `band`, `place`, `share`: a bar of bands for each `of`."""
    return drawn(_shares(len({point["of"] for point in points})), points=points)


def ratios(points: Points) -> str:
    """`name`, `ratio`, `low`, `high`: a line for each interval, a point for the ratio; 1 is no difference."""
    return drawn(_ratios(len(points)), points=points, marks=[{"reference": 1}])


def survival(points: Points) -> str:
    """`days`, `share`, `low`, `high`: a curve that falls in steps, within its interval."""
    return drawn(_survival(), points=points)


@cache
def _shares(rows: int) -> Spec:
    bands = alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values()))
    return spec(
        alt.Chart(DATA)
        .mark_bar(stroke=COLOURS["ground"], strokeWidth=1)
        .encode(
            y=alt.Y("of:N", title=None, sort=None),
            x=alt.X("share:Q", title="share, %", scale=alt.Scale(domain=[0, 100])),
            color=alt.Color("band:N", scale=bands, legend=alt.Legend(title=None, orient="bottom")),
            order=alt.Order("place:Q"),
        )
        .properties(width=WIDTH - 120, height=34 * rows)
    )


@cache
def _ratios(rows: int) -> Spec:
    chart = alt.Chart(DATA).encode(
        y=alt.Y("name:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, grid=True))
    )
    scale = alt.Scale(type="log", domain=list(_RATIOS), clamp=True)
    axis = alt.Axis(values=[0.1, 0.2, 0.5, 1, 2, 5, 10], format="~g")
    low = alt.X(
        "low:Q", title="risk of leaving, of promoters' (within tier and tenure)", scale=scale, axis=axis
    )
    return spec(
        (
            chart.mark_rule(strokeWidth=2, color=COLOURS["accent"]).encode(x=low, x2="high:Q")
            + chart.mark_point(filled=True, size=45, opacity=1, color=COLOURS["accent"]).encode(x="ratio:Q")
            + alt.Chart(MARKS).mark_rule(color=COLOURS["text"], strokeDash=[4, 3]).encode(x="reference:Q")
        ).properties(
            width=WIDTH - 220, height=22 * rows, padding={"left": 40, "right": 8, "top": 5, "bottom": 5}
        )
    )


@cache
def _survival() -> Spec:
    chart = alt.Chart(DATA).encode(
        x=alt.X("days:Q", title="days", axis=alt.Axis(tickCount=4)),
    )
    scale = alt.Scale(domain=[0, 100])
    return spec(
        (
            chart.mark_area(opacity=0.25, color=COLOURS["accent"], interpolate="step-after").encode(
                y=alt.Y("low:Q", title="still pay, %", scale=scale), y2="high:Q"
            )
            + chart.mark_line(color=COLOURS["accent"], interpolate="step-after").encode(
                y=alt.Y("share:Q", scale=scale)
            )
        ).properties(width=190, height=110)
    )
