"""An attacker has two publications, and learns what those said who came in between.

What is measured here, without a release calendar, is in
docs/decisions/0087-two-publications-tell-who-came-in-between.md; what a calendar does for it is in
docs/decisions/0104-what-came-in-between-is-of-enough.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from expectations.recount import released
from expectations.recount.periods import later
from expectations.recount.released import Units
from publication.figure import SEGMENTS, split_by
from tests.disclosure.publications import held_back, told
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

#: Days apart -> how many pairs of publications, one after another back from as-of.
PAIRS = {1: 12, 7: 12, 30: 12, 91: 4, 365: 2}


@pytest.fixture(scope="module")
def answers(refreshed: Company) -> list[dict[str, Any]]:
    version = (refreshed.home / "published" / "current").resolve().name
    with duckdb.connect() as reader:
        found = reader.execute(f"from '{refreshed.home / 'answers' / version}.parquet'")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def share(company: Company, answers: list[dict[str, Any]], days: int, segments: list[str]) -> float:
    """The share of answers, come between publications so many days apart, whose band follows."""
    came, known = 0, 0
    for before, between in pairs(company, answers, days):
        came += len(between)
        known += told(before, between, map(split_by, segments))
    return known / came


def pairs(
    company: Company, answers: list[dict[str, Any]], days: int
) -> Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Of each survey type and version: answers before the first publication, and those until the second."""
    kinds = sorted({(answer["survey_type"], answer["definition_version"]) for answer in answers})
    for number in range(PAIRS[days]):
        end = company.today - number * timedelta(days=days)
        for kind in kinds:
            own = [each for each in answers if (each["survey_type"], each["definition_version"]) == kind]
            start = end - timedelta(days=days)
            yield (
                [each for each in own if each["response_date"] < start],
                [each for each in own if start <= each["response_date"] < end],
            )


def test_the_more_often_a_company_publishes_the_more_is_told(
    refreshed: Company, answers: list[dict[str, Any]]
) -> None:
    """The decision states the shares."""
    single = [segment for segment in SEGMENTS if "*" not in segment]
    company, members, every = (
        [share(refreshed, answers, days, segments) for days in PAIRS]
        for segments in (["company"], single, list(SEGMENTS))
    )
    assert company == sorted(company, reverse=True)
    assert members == sorted(members, reverse=True)
    assert every == sorted(every, reverse=True)
    assert all(one <= two <= three for one, two, three in zip(company, members, every, strict=True))
    # the attacker wins against publications a day apart, and nearly loses against those a year apart
    assert every[0] > 0.95 > 0.1 > every[-1]


def of_kinds(answers: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for kind in sorted({(answer["survey_type"], answer["definition_version"]) for answer in answers}):
        yield [each for each in answers if (each["survey_type"], each["definition_version"]) == kind]


@pytest.mark.long
def test_with_a_release_calendar_no_pair_tells_a_band(
    refreshed: Company, answers: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publications a day, a week, 30 and 91 days apart, and those of release days, months apart."""
    segments = [split_by(segment) for segment in SEGMENTS]
    monkeypatch.setattr(released, "units", lambda: Units("month", "month"))
    today = refreshed.today
    apart = [(today - timedelta(days=days), today) for days in (1, 7, 30, 91)]
    apart += [(later(today, -months), today) for months in (1, 3)]
    apart += [(later(today, -4), later(today, -1))]
    without, with_calendar, shown = 0, 0, 0
    for own in of_kinds(answers):
        for start, end in apart:
            before, between = until(own, start), until(own, end)[len(until(own, start)) :]
            hidden = held_back(before, start, segments) | held_back([*before, *between], end, segments)
            without += told(before, between, segments)
            with_calendar += told(before, between, segments, hidden)
            shown += ((), ()) not in hidden
    assert without > 100
    assert with_calendar == 0
    assert shown > 0


def until(answers: list[dict[str, Any]], day: date) -> list[dict[str, Any]]:
    """In the order of their days."""
    found = [answer for answer in answers if answer["response_date"] < day]
    return sorted(found, key=lambda answer: (answer["response_date"], answer["answer_id"]))
