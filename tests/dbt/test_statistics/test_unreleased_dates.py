"""What the model holds back is what the recount does, over made-up answers of every density."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import pytest

from expectations.recount import released
from expectations.recount.periods import Calendar
from expectations.recount.released import Group, Units
from expectations.recount.statistics import Integers
from publication.figure import DIMENSIONS, SEGMENTS, split_by
from tests.dbt.conftest import AS_OF

pytestmark = pytest.mark.long

BANDS = ("promoters", "passives", "detractors")
KIND = ("relationship", "2023.1")
TODAY = date.fromisoformat(AS_OF)
_EPOCH = date(1970, 1, 1)
#: Day, band, members.
Answers = list[tuple[date, int, dict[str, str]]]


@pytest.fixture(scope="module")
def model(files_only: Any) -> str:
    """The SQL of the model."""
    run = files_only.dbt("compile", "--select", "fct_nps_unreleased_dates")
    assert run.success, run.exception
    [found] = [each.node for each in run.result.results if each.node.name == "fct_nps_unreleased_dates"]
    return str(found.compiled_code)


def made(seed: int) -> Answers:
    """Two years; a third of the members have few answers, and some dimensions only members with many."""
    chance = random.Random(seed)
    sizes = {name: chance.choice([(9, 8), (9, 8, 7, 1), (20, 6, 1, 1)]) for name in DIMENSIONS}
    members = {name: [f"{name}{place}" for place in range(len(sizes[name]))] for name in DIMENSIONS}
    return [
        (
            TODAY - timedelta(days=chance.randint(1, 730)),
            chance.choice((0, 0, 0, 1, 2)),
            {name: chance.choices(members[name], sizes[name])[0] for name in DIMENSIONS},
        )
        for _ in range(chance.choice((60, 400, 2_000)))
    ]


def of_model(model: str, answers: Answers, calendar: Calendar, units: Units | None) -> set[tuple[Any, ...]]:
    """Cell and date of each row."""
    days = [_EPOCH + timedelta(days=day) for day in calendar.days.tolist()]
    daily = Counter((day, band, *(of[name] for name in DIMENSIONS)) for day, band, of in answers)
    bands = ", ".join(f"if(band = {place}, number, 0)::bigint as {name}" for place, name in enumerate(BANDS))
    with duckdb.connect() as opened:
        opened.execute("attach ':memory:' as warehouse; use warehouse")
        opened.execute("create schema marts; create schema definition")
        columns = ", ".join(f"{name} varchar" for name in DIMENSIONS)
        opened.execute(f"create table answers (response_date date, band integer, {columns}, number bigint)")
        marks = ", ".join("?" for _ in range(3 + len(DIMENSIONS)))
        opened.executemany(
            f"insert into answers values ({marks})", [(*key, number) for key, number in daily.items()]
        )
        opened.execute(
            f"create table marts.fct_nps_daily as select *, '{KIND[0]}' as survey_type,"
            f" '{KIND[1]}' as definition_version, {bands}, number as responses,"
            " 0::decimal(38, 0) as answers_fingerprint from answers"
        )
        opened.execute("create table marts.dim_period_slices (slice_start date, slice_end date)")
        opened.executemany("insert into marts.dim_period_slices values (?, ?)", [*pairwise(days)])
        opened.execute(
            f"create table definition.reportability_floors as select '{KIND[1]}' as definition_version,"
            " 'interval_only' as reportability, 5 as minimum_responses"
        )
        opened.execute("create table definition.release_calendar (figures varchar, release_unit varchar)")
        for figures, unit in units._asdict().items() if units else ():
            opened.execute("insert into definition.release_calendar values (?, ?)", [figures, unit])
        return {*opened.execute(model).fetchall()}


def of_recount(answers: Answers, calendar: Calendar) -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    groups: dict[tuple[str, ...], Group] = {}
    for segment in sorted(SEGMENTS, key=lambda each: len(split_by(each))):
        split = tuple(split_by(segment))
        cells = sorted({tuple(of[name] for name in split) for _, _, of in answers})
        upto: Integers = np.zeros((len(calendar.days), len(cells), 3), np.int64)
        for day, band, of in answers:
            upto[
                calendar.days > (day - _EPOCH).days, cells.index(tuple(of[name] for name in split)), band
            ] += 1
        groups[split] = group = released.released(
            upto,
            calendar,
            np.full(len(cells), 5.0),
            [cell[0] if cell else "" for cell in cells],
            [np.arange(len(cells))],
            groups[()].unreleased if split else None,
            [groups[(name,)].clean for name in split if len(split) == 2],
        )
        for place, at in np.argwhere(group.unreleased).tolist():
            members = dict(zip(split, cells[at], strict=True))
            where = (members.get(name, "(all)") for name in DIMENSIONS)
            found.add((*KIND, segment, *where, _EPOCH + timedelta(days=int(calendar.days[place]))))
    return found


@pytest.mark.parametrize(
    "units",
    [Units("month", "month"), Units("month", "quarter"), Units("quarter", "year"), None],
    ids=lambda units: "-".join(units) if units else "none",
)
def test_the_model_holds_back_what_the_recount_does(
    model: str, units: Units | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(released, "units", lambda: units)
    held_back = 0
    for seed in range(6):
        answers = made(seed)
        calendar = Calendar.of(min(day for day, _, _ in answers), TODAY)
        expected = of_recount(answers, calendar)
        assert of_model(model, answers, calendar, units) == expected
        held_back += len(expected)
    assert (held_back > 1_000) == (units is not None)
