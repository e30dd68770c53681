"""From a chart's description to SVG that takes its colours and its font from the page.

Belongs here: the renderer, and the roles of colours. Does not belong here: what a chart shows (`charts`).

The renderer measures text with a font that comes with it, so that every machine draws the same. It knows only
fixed colours: each role has one of its own, which becomes the style sheet's variable in the SVG. Measuring a
text takes a millisecond, nearly all of what a chart costs, so a chart that each branch has needs few labels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import vl_convert

Spec: TypeAlias = dict[str, Any]

#: Roles → the colour that stands for it until the SVG is made. No two are alike.
COLOURS: dict[str, str] = {
    "text": "#010101",
    "muted": "#020202",
    "line": "#030303",
    "ground": "#040404",
    "accent": "#050505",
    "promoter": "#060606",
    "passive": "#070707",
    "detractor": "#080808",
    "on_matrix": "#090909",
    # These are mixed along a scale, so they are real. Dark text can be read on them in both themes.
    "low": "#e8a598",
    "middle": "#f3ecd8",
    "high": "#9ccfb4",
}
_MIXED = ("low", "middle", "high")
_FONT = "Liberation Sans"
_AXIS = {
    "labelColor": COLOURS["text"],
    "titleColor": COLOURS["text"],
    "domainColor": COLOURS["line"],
    "tickColor": COLOURS["line"],
    "gridColor": COLOURS["line"],
    "titleFontWeight": "normal",
    "labelLimit": 0,  # or each label is measured twice; a chart of names sets one
}
_CONFIG: Spec = {
    "background": "transparent",
    "font": _FONT,
    "axis": _AXIS,
    "legend": {"labelColor": COLOURS["text"], "symbolStrokeWidth": 0},
    "text": {"color": COLOURS["text"]},
    "view": {"stroke": "transparent"},
}
_SIZE = re.compile(r' width="(\d+(?:\.\d+)?)" height="(\d+(?:\.\d+)?)"')
#: What a screen reader would read of every mark; the table beside a chart says it better.
_SPOKEN = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


def compiled(chart: Spec) -> Spec:
    """What the renderer makes of a description in Vega-Lite: the same for all charts of a kind."""
    vega: Spec = vl_convert.vegalite_to_vega({**chart, "config": _CONFIG})
    return vega


def drawn(vega: Spec, **datasets: Sequence[Mapping[str, Any]]) -> str:
    """The chart of these datasets as an `svg` element for a page, hidden from screen readers."""
    data = [
        {**each, "values": [dict(row) for row in datasets[each["name"]]]}
        if each["name"] in datasets
        else each
        for each in vega["data"]
    ]
    svg: str = vl_convert.vega_to_svg({**vega, "data": data})
    for role, colour in COLOURS.items():
        if role not in _MIXED:
            svg = svg.replace(f'"{colour}"', f'"var(--{role.replace("_", "-")})"')
    svg = _SPOKEN.sub("", svg).replace(f'font-family="{_FONT}"', "")
    return _SIZE.sub(r' style="max-width:\1px" aria-hidden="true"', svg, count=1)
