"""Figures of the customer base against the contract's sentences, one cell at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations import definition
from expectations.dimensions import BUILT_IN
from expectations.recount.figures import figures
from expectations.recount.keys import FigureKey

AS_OF = date(2026, 3, 12)
FIRST = date(2025, 12, 20)
EPOCH = date(1970, 1, 1)
ALWAYS_SHOWN = (("reportable", 1), ("indicative", 1), ("interval_only", 1), ("suppressed", 0))
VERSIONS = [replace(definition.versions()[0], version=version, floors=ALWAYS_SHOWN) for version in ("1", "2")]
OF_ACCOUNTS = ("customer_value_tier", "branch", "region", "plan")
Row = dict[str, Any]

members = {
    "customer_value_tier": st.sampled_from(["key", "core", "Unassigned"]),
    "branch": st.sampled_from(["B1", "B2"]),
    "region": st.sampled_from(["North", "South"]),
    "plan": st.sampled_from(["P1", "P2"]),
    "definition_version": st.sampled_from(["1", "2"]),
}
answers = st.lists(
    st.fixed_dictionaries(
        {
            **members,
            "day": st.sampled_from([0, 11, 12, 13, 30, 42, 43, 44, 71, 81]),  # also about ends of windows
            "survey_type": st.sampled_from(["relationship", "transactional"]),
            "nps_band": st.sampled_from([*definition.WEIGHTS]),
            "person": st.sampled_from(["p1", "p2", "p3"]),
            "account": st.sampled_from([None, "a1", "a2", "stranger"]),
            "journey_stage": st.sampled_from(["support", "renewal"]),
            "channel": st.sampled_from(["email", "web"]),
        }
    ),
    min_size=1,
    max_size=12,
)
standings = st.lists(
    st.fixed_dictionaries(
        {
            **members,
            "account": st.sampled_from(["a1", "a2", "a3"]),
            "day": st.sampled_from([date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1), AS_OF]),
            "trailing_revenue_amount": st.integers(1, 10**15),
        }
    ),
    max_size=12,
    unique_by=lambda row: (row["account"], row["day"], row["definition_version"]),
)
DIMENSIONS, SEGMENTS = BUILT_IN.names, BUILT_IN.segments
KIND = ("survey_type", "definition_version")
NUMBERS = ("day", "sent_day", "trailing_revenue_amount", "responded_at", "is_answered")


def table(rows: list[Row], *names: str) -> pa.Table:
    return pa.table(
        {
            name: pa.array([row[name] for row in rows], pa.int64() if name in NUMBERS else pa.string())
            for name in names
        }
    )


def behind(key: FigureKey, given_answers: list[Row]) -> list[Row]:
    """The answers of a figure's measure, survey type and period, before they are split."""
    inside = [
        row
        for row in given_answers
        if row["survey_type"] == key.survey_type
        and key.period_start <= FIRST + timedelta(days=row["day"]) < key.period_end
    ]
    if key.measure == "current_state":
        last = {row["person"]: row for row in sorted(inside, key=lambda row: row["responded_at"])}
        inside = list(last.values())
    return [row for row in inside if row["definition_version"] == key.definition_version]


def agrees(row: Row, key: FigureKey, names: tuple[str, ...]) -> bool:
    split = dict(zip(DIMENSIONS, key.members, strict=True))
    return all(row[name] == split[name] for name in names if name in SEGMENTS[key.segment])


def naive(key: FigureKey, given_answers: list[Row], customers: list[Row]) -> tuple[float | None, ...]:
    today = [
        row
        for row in customers
        if row["day"] == min(key.period_end, AS_OF)
        and row["definition_version"] == key.definition_version
        and agrees(row, key, OF_ACCOUNTS)
    ]
    told = behind(key, given_answers)
    said = {row["account"] for row in told if agrees(row, key, ("journey_stage", "channel"))}
    revenue = sum(row["trailing_revenue_amount"] for row in today)
    covered = sum(row["trailing_revenue_amount"] for row in today if row["account"] in said)
    coverage = covered / revenue if revenue else None
    strata = []
    for tier in ("key", "core", "Unassigned"):
        customers_of_tier = sum(row["customer_value_tier"] == tier for row in today)
        bands = [
            row["nps_band"]
            for row in told
            if row["customer_value_tier"] == tier and agrees(row, key, (*members, "journey_stage", "channel"))
        ]
        if customers_of_tier and bands:
            nps = 100 * (bands.count("promoter") - bands.count("detractor")) / len(bands)
            strata.append((customers_of_tier, len(bands), nps))
    if not strata or "customer_value_tier" in SEGMENTS[key.segment]:
        return coverage, None, None, None
    total = sum(customers_of_tier for customers_of_tier, _, _ in strata)
    return (
        coverage,
        sum(weight * nps for weight, _, nps in strata) / total,
        total**2 / sum(weight**2 / n for weight, n, _ in strata),
        total / len(today),
    )


SOMEONE = {
    **{"customer_value_tier": "key", "branch": "B1", "region": "North", "plan": "P1"},
    **{"definition_version": "1", "account": "a1"},
}
ANSWER = {
    **SOMEONE,
    **{"survey_type": "relationship", "nps_band": "promoter", "person": "p1"},
    **{"journey_stage": "support", "channel": "email"},
}


@settings(max_examples=25, deadline=None)
@given(answers, standings)
@example(  # the next answer comes on the day after the window
    [{**ANSWER, "day": 30}, {**ANSWER, "day": 43, "nps_band": "detractor", "channel": "web"}],
    [{**SOMEONE, "day": date(2026, 2, 1), "trailing_revenue_amount": 7}],
)
def test_every_cell_is_as_counted_alone(given_answers: list[Row], customers: list[Row]) -> None:
    for number, row in enumerate(given_answers):
        moment = ((FIRST - EPOCH).days + row["day"]) * 86_400_000_000 + number
        row.update(key=f"k{number}", responded_at=moment)
    told = ("key", "person", "account", "responded_at", "nps_band")
    of_day = [{**row, "day": (row["day"] - EPOCH).days} for row in customers]
    found = figures(
        table(given_answers, *KIND, *DIMENSIONS, *told),
        table([], *KIND, *DIMENSIONS, "sent_day", "is_answered"),
        table(of_day, "definition_version", *OF_ACCOUNTS, "account", "day", "trailing_revenue_amount"),
        VERSIONS,
        AS_OF,
    )
    assert len(found) >= len(SEGMENTS)
    columns = ("revenue_coverage", "post_stratified_nps", "effective_responses", "stratified_share")
    for place, key in enumerate(found.keys):
        shown = [found.numbers[name][place] for name in columns]
        expected = [math.nan if n is None else n for n in naive(key, given_answers, customers)]
        assert shown == pytest.approx(expected, abs=1e-9, nan_ok=True), key
