"""An attacker has two publications, and learns what those said who came in between.

Nothing is hidden for it: why, and what is measured here, is in
docs/decisions/0087-two-publications-tell-who-came-in-between.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import duckdb
import pytest

from publication.figure import SEGMENTS, split_by
from tests.disclosure.publications import told
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
