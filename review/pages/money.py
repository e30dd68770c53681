"""What the score has to do with money: whose revenue has an opinion, who stays, and what is at risk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from publication import finance, wording
from review import money_charts
from review.published import Published, Row
from review.rendering import Entry, Page

_PATH = "finance.html"


def menu(published: Published) -> list[Entry]:
    """One entry, where anything of money is published."""
    return [("Finance", _PATH)] if published.finance.survey_types() or published.finance.growth() else []


def pages(published: Published) -> Iterator[Page]:
    """One page."""
    types = [_of(published.finance, name) for name in published.finance.survey_types()]
    growth = published.finance.growth()
    if types or growth:
        yield Page(
            _PATH, "What the score has to do with money", "finance.html", {"types": types, "growth": growth}
        )


def _of(money: finance.Finance, survey_type: str) -> dict[str, Any]:
    horizons = money.horizons()
    coverage = money.coverage(survey_type)
    outcomes = {days: money.association(survey_type, days) for days in horizons}
    curves = money.curves(survey_type)
    return {
        "survey_type": survey_type,
        "coverage": coverage,
        "shares": _shares(coverage),
        "weighted": money.weighted(survey_type),
        "non_response": money.non_response(survey_type),
        "outcomes": {days: rows for days, rows in reversed(outcomes.items()) if rows},
        "placebos": {days: money.placebos(survey_type, days) for days in outcomes},
        "ratios": _ratios(outcomes),
        "at_risk": money.at_risk(survey_type),
        "curves": curves,
        "survival": [
            (wording.band(band), money_charts.survival(points))
            for band in finance.BANDS
            if len(points := _survival([row for row in curves if row["band"] == band])) > 1
        ],
        "moves": {days: rows for days in horizons if (rows := money.transitions(survey_type, days))},
    }


def _shares(rows: Sequence[Row]) -> str:
    """Revenue is drawn only where every band of it is shown."""
    kinds = [("accounts", "accounts_share"), ("MRR", "mrr_share")]
    points = [
        {"of": of, "band": wording.band(row["band"]), "place": place, "share": 100 * row[column]}
        for of, column in kinds
        if all(row[column] is not None for row in rows)
        for place, row in enumerate(rows)
    ]
    return money_charts.shares(points) if points else ""


def _ratios(outcomes: dict[int, list[Row]]) -> str:
    points = [
        {
            "name": f"{wording.band(row['band'])}, {days} days",
            "ratio": row["stratified_risk_ratio"],
            "low": row["stratified_risk_ratio_low"],
            "high": row["stratified_risk_ratio_high"],
        }
        for band in finance.BANDS
        for days, rows in outcomes.items()
        for row in rows
        if row["band"] == band and row["stratified_risk_ratio"] is not None
    ]
    return money_charts.ratios(points) if points else ""


def _survival(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All pay at first; then the steps that are shown."""
    start = {"days": 0, "share": 100, "low": 100, "high": 100}
    shown = [
        {
            "days": row["days"],
            "share": 100 * row["survival"],
            "low": None if row["survival_low"] is None else 100 * row["survival_low"],
            "high": None if row["survival_high"] is None else 100 * row["survival_high"],
        }
        for row in rows
        if row["survival"] is not None
    ]
    return [start, *shown]
