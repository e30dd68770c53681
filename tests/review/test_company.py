"""Control limits: those of the definition that a month was judged by."""

from __future__ import annotations

from datetime import date
from typing import Any

from review import charts
from review.pages.company import limited


def month(number: int, version: str, promoters: int, detractors: int) -> dict[str, Any]:
    return {
        "period_start": date(2024 + number // 12, number % 12 + 1, 1),
        "definition_version": version,
        "promoters": promoters,
        "detractors": detractors,
        "responses": 100,
        "nps": float(promoters - detractors),
    }


def test_a_month_beyond_chance_is_found_among_the_months_of_its_definition() -> None:
    """The second definition has another level, which is not beyond chance; one of its months is."""
    first = [month(number, "1", 50, 20) for number in range(8)]
    second = [month(number, "2", 10, 60) for number in range(8, 19)]
    second[4] = month(12, "2", 40, 40)
    found = limited([*first, *second])
    assert [point["name"] for point in found if point["is_outside"]] == ["2025-01"]
    assert {point["centre"] for point in found if point["version"] == "1"} == {30.0}
    assert all(point["lower"] < point["centre"] < point["upper"] for point in found)


def test_too_few_months_have_no_limits() -> None:
    few, enough = [month(n, "1", 90, 0) for n in range(7)], [month(n, "2", 20, 20) for n in range(7, 16)]
    assert limited(few) == []
    found = limited([*few, *enough])
    assert {point["upper"] for point in found if point["version"] == "1"} == {None}
    assert not [point for point in found if point["is_outside"]]


def test_lines_of_two_definitions_are_apart_and_the_beginning_is_marked() -> None:
    found = limited([month(n, "1", 50, 20) for n in range(8)] + [month(n, "2", 10, 60) for n in range(8, 17)])
    drawn = charts.control(found, ["2024-09-01"])
    assert drawn.count('stroke-dasharray="4,3"') == charts.control(found).count('stroke-dasharray="4,3"') + 1
    assert drawn.count('stroke-dasharray="1,0"') == 2
