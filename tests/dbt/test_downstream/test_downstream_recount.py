"""The governed models against a second count of wild answers in plain Python.

The answers are put where the models read them (`int_survey_answers__as_of`), thousands at once and full
of ties, boundaries and nonsense; every disposition and every published figure is then counted again
here, from the rules in docs/contracts/ and not from the models.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.disclosure import tables
from tests.expectations.dates import Dates, undivided_dates

DAY = timedelta(days=1)
AS_OF = date(2026, 1, 1)
NOW = datetime(2026, 1, 1)
Z = 1.959963984540054
WINDOWS = {"relationship": 180 * DAY, "transactional": 90 * DAY}
REGISTERED = {
    ("files", "relationship", "nps"): ("relationship", "company", None),
    ("qualtrics", "sv_relationship001", "qid1"): ("relationship", "company", None),
    ("qualtrics", "sv_support0000001", "qid1"): ("transactional", "support", "support"),
    ("qualtrics", "sv_branchvisit001", "qid1"): ("transactional", "branch_visit", "branch_visit"),
}
DIMENSIONS = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
SEGMENTS = [
    (),
    *((dimension,) for dimension in DIMENSIONS),
    ("customer_value_tier", "journey_stage"),
    ("branch", "journey_stage"),
    ("customer_value_tier", "branch"),
]

Answer = dict[str, Any]
pytestmark = pytest.mark.xdist_group("downstream")


def own_reason(answer: Answer) -> str | None:
    """The first rule about the answer alone that holds."""
    score = answer["score"]
    key = tuple(answer[name].lower() for name in ("source", "survey_id", "question_id"))
    rules = (
        ("preview_or_test", answer["is_test"]),
        ("unregistered_question", key not in REGISTERED),
        ("unanswered", score is None),
        ("non_integer", score is not None and math.isfinite(score) and score != int(score)),
        ("off_scale", score is not None and not 0 <= score <= 10),
        ("in_future", answer["responded_at"] >= NOW),
        ("before_invitation", answer["sent_at"] is not None and answer["responded_at"] < answer["sent_at"]),
        ("before_event", answer["event_at"] is not None and answer["responded_at"] < answer["event_at"]),
        ("staff_or_own_domain", answer["is_staff"]),
    )
    return next((reason for reason, holds in rules if holds), None)


def registered(answer: Answer) -> tuple[str, str, str | None]:
    return REGISTERED[tuple(answer[name].lower() for name in ("source", "survey_id", "question_id"))]


def dispositions(answers: list[Answer]) -> dict[str, str]:
    verdict = {answer["answer_key"]: own_reason(answer) for answer in answers}
    in_order = sorted(answers, key=lambda answer: (answer["responded_at"], answer["answer_key"]))

    latest: dict[tuple[str, ...], str] = {}
    for answer in in_order:
        if verdict[answer["answer_key"]] is None and answer["invitation_id"] is not None:
            asked = tuple(
                answer[name].lower() for name in ("source", "survey_id", "question_id", "invitation_id")
            )
            if asked in latest:
                verdict[latest[asked]] = "superseded"
            latest[asked] = answer["answer_key"]

    last: dict[tuple[str, str, str], Answer] = {}
    for answer in in_order:
        if verdict[answer["answer_key"]] is None:
            survey_type, touchpoint, _ = registered(answer)
            person = (answer["person_key"], survey_type, touchpoint)
            before = last.get(person)
            if before and answer["responded_at"] - before["responded_at"] < WINDOWS[survey_type]:
                verdict[before["answer_key"]] = "quarantine_window"
            last[person] = answer
    return {key: reason or "counted" for key, reason in verdict.items()}


def members(answer: Answer) -> dict[str, str]:
    revenue, lifecycle = answer["trailing_revenue_amount"], (answer["lifecycle_stage"] or "").strip().lower()
    tiers = ((100000, "strategic"), (25000, "key"), (5000, "core"), (-math.inf, "starter"))
    return {
        "customer_value_tier": "Unassigned"
        if revenue is None
        else next(name for minimum, name in tiers if revenue >= minimum),
        "journey_stage": registered(answer)[2]
        or (lifecycle if lifecycle in {"adoption", "renewal"} else "Unassigned"),
        "branch": {"b1": "B1", "b2": "B2"}.get(answer["branch_key"], "Unassigned"),
        **{name: answer[name] or "Unassigned" for name in ("region", "plan", "channel")},
    }


def first_of_next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def periods(first: date) -> Iterator[tuple[str, date, date]]:
    month = first.replace(day=1)
    ends = [AS_OF]
    while month < AS_OF:
        following = first_of_next_month(month)
        yield "month", month, following
        ends.append(following)
        month = following
    for year in range(first.year, (AS_OF - DAY).year + 1):
        yield "year", date(year, 1, 1), date(year + 1, 1, 1)
        for quarter in (1, 4, 7, 10):
            start = date(year, quarter, 1)
            end = first_of_next_month(date(year, quarter + 2, 1))
            if end > first and start < AS_OF:
                yield "quarter", start, end
    for end in {end for end in ends if end <= AS_OF}:
        for days in (90, 365):
            yield f"trailing_{days}d", end - days * DAY, end
    yield "all_time", first, AS_OF


def interval(promoters: int, detractors: int, responses: int) -> tuple[float, float]:
    n = responses + 3
    score = (promoters - detractors) / n
    error = math.sqrt(((promoters + detractors + 1.5) / n - score**2) / n)
    return max(-100.0, 100 * (score - Z * error)), min(100.0, 100 * (score + Z * error))


def measured(
    counted: list[Answer], made_for: list[tuple[str, date, date]]
) -> Iterator[tuple[str, tuple[str, date, date], Answer]]:
    """Measure, period, answer: all in the period, and of those of a trailing year each person's latest."""
    in_order = sorted(counted, key=lambda answer: (answer["responded_at"], answer["answer_key"]))
    for period in made_for:
        within = [answer for answer in in_order if period[1] <= answer["responded_at"].date() < period[2]]
        yield from (("in_period", period, answer) for answer in within)
        if period[0] == "trailing_365d":
            latest = {(answer["person_key"], registered(answer)[0]): answer for answer in within}
            yield from (("current_state", period, answer) for answer in latest.values())


def figures(
    answers: list[Answer], verdict: dict[str, str], dates: Dates
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Key of nps_scores → what it shows, suppressed; `dates` are those at which cells must not be divided."""
    counted = [answer for answer in answers if verdict[answer["answer_key"]] == "counted"]
    made_for = list(periods(min(answer["responded_at"].date() for answer in counted)))
    cells = {}
    for answer in counted:
        member, survey_type = members(answer), registered(answer)[0]
        band = "promoter" if answer["score"] >= 9 else "passive" if answer["score"] >= 7 else "detractor"
        cells[answer["answer_key"]] = (
            (survey_type, band),
            [
                ("*".join(split) or "company", *(member[d] if d in split else "(all)" for d in DIMENSIONS))
                for split in SEGMENTS
            ],
        )
    bands: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for measure, period, answer in measured(counted, made_for):
        (survey_type, band), own = cells[answer["answer_key"]]
        for cell in own:
            bands[(survey_type, measure, *period, *cell)][band] += 1
    found = {
        key: shown(*(count[b] for b in ("promoter", "passive", "detractor"))) for key, count in bands.items()
    }
    [version] = {cell[1] for cell in dates.of}
    undivided = {
        key
        for key in bands
        if key[1] == "in_period" and dates.of[key[0], version, *key[5:]] & {key[3], key[4]}
    }
    for key in for_others(bands, undivided):
        found[key] = (*[None] * 3, found[key][3], *[None] * 3, "suppressed_for_others")
    return found


def for_others(
    bands: dict[tuple[Any, ...], Counter[str]], undivided: set[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    """The figures that go with those of few answers. A key names the group up to its segment."""
    yield from (key for key in undivided if bands[key].total() >= 5)
    groups: defaultdict[tuple[Any, ...], list[tuple[bool, int, tuple[Any, ...]]]] = defaultdict(list)
    for key, count in bands.items():
        if key[5] in DIMENSIONS:
            is_shown = count.total() >= 5 and key not in undivided
            groups[key[:6]].append((is_shown, count.total(), key))
    not_shown: defaultdict[tuple[Any, ...], set[str]] = defaultdict(set)
    for group, members_of in groups.items():
        left: Counter[str] = Counter()
        for is_shown, _, key in sorted(
            members_of, key=lambda each: (*each[:2], *map(tables.digest, each[2][6:]))
        ):
            if is_shown:
                if not left or (left.total() >= 5 and len(+left) > 1):
                    break
                yield key
            left += bands[key]
            not_shown[group].add(key[6 + DIMENSIONS.index(group[5])])
    crossed: defaultdict[tuple[Any, ...], dict[tables.Cell, tuple[Any, ...]]] = defaultdict(dict)
    for key in bands:
        if "*" in key[5]:
            row, column = (key[6 + DIMENSIONS.index(side)] for side in tables.lines(key[5]))
            crossed[key[:6]][row, column] = key
    for group, keys in crossed.items():
        table = {
            at: tuple(bands[key][band] for band in ("promoter", "passive", "detractor"))
            for at, key in keys.items()
        }
        rows_gone, columns_gone = (not_shown[*group[:5], side] for side in tables.lines(group[5]))
        whole = {at for at, key in keys.items() if key in undivided}
        yield from (keys[at] for at in tables.for_others(table, rows_gone, columns_gone, whole))


def shown(promoters: int, passives: int, detractors: int) -> tuple[Any, ...]:
    responses = promoters + passives + detractors
    if responses < 5:
        return None, None, None, responses, None, None, None, "suppressed"
    low, high = interval(promoters, detractors, responses)
    nps = 100 * (promoters - detractors) / responses if responses >= 30 else None
    status = "interval_only" if responses < 30 else "indicative" if responses < 100 else "reportable"
    return promoters, passives, detractors, responses, nps, low, high, status


def test_every_answer_has_the_disposition_counted_by_hand(
    counted_warehouse: Any, answers: list[Answer]
) -> None:
    expected = dispositions(answers)
    assert set(expected.values()) == {
        *("preview_or_test", "unregistered_question", "unanswered", "non_integer", "off_scale", "in_future"),
        *(
            "before_invitation",
            "before_event",
            "staff_or_own_domain",
            "superseded",
            "quarantine_window",
            "counted",
        ),
    }
    built = counted_warehouse.query("select answer_key, disposition from marts.fct_survey_responses")
    assert len(built) == len(answers)
    assert dict(built) == expected


def test_every_published_figure_is_the_one_counted_by_hand(
    counted_warehouse: Any, answers: list[Answer]
) -> None:
    with counted_warehouse.connection() as connection:
        dates = undivided_dates(connection, {"*".join(split) or "company": split for split in SEGMENTS})
    expected = figures(answers, dispositions(answers), dates)
    assert {row[-1] for row in expected.values()} == {
        "suppressed",
        "suppressed_for_others",
        "interval_only",
        "indicative",
        "reportable",
    }
    keys = ("survey_type", "measure", "period_grain", "period_start", "period_end", "segment", *DIMENSIONS)
    shows = (
        "promoters",
        "passives",
        "detractors",
        "responses",
        "nps",
        "nps_low",
        "nps_high",
        "reportability",
    )
    built = {
        row[: len(keys)]: row[len(keys) :]
        for row in counted_warehouse.query(f"select {', '.join([*keys, *shows])} from publication.nps_scores")
    }
    assert not sorted(built.keys() ^ expected.keys(), key=str)[:3]
    wrong = {
        key: (row, expected[key])
        for key, row in built.items()
        if row != pytest.approx(expected[key], abs=1e-9, nan_ok=False)
    }
    assert not wrong


def test_a_branch_manager_reads_the_published_figure(counted_warehouse: Any) -> None:
    rows = counted_warehouse.query(
        "select c.nps, s.nps, c.responses, s.responses, c.standing, c.branch_name "
        "from publication.branch_scorecards as c left join publication.nps_scores as s "
        "on s.segment = 'branch' and s.branch = c.branch and s.survey_type = c.survey_type "
        f"and s.measure = 'in_period' and s.period_grain = 'trailing_365d' and s.period_end = date '{AS_OF}'"
    )
    assert len(rows) == 6
    for nps, published, responses, published_responses, standing, name in rows:
        assert (nps, responses) == (published, published_responses)
        assert (standing is None) == (name == "Unassigned")
        assert name in {"Main Street", "Harbour", "Unassigned"}


def test_published_answers_tell_nothing_about_persons(counted_warehouse: Any, answers: list[Answer]) -> None:
    expected = Counter(dispositions(answers).values())["counted"]
    [(rows, days)] = counted_warehouse.query(
        "select count(*), count(*) filter (response_year <> date_trunc('year', response_year))"
        " from publication.nps_responses"
    )
    columns = {name for name, *_ in counted_warehouse.query("describe publication.nps_responses")}
    assert (rows, days) == (expected, 0)
    assert columns == {
        *("survey_type", "response_year", "likelihood_score", "nps_band", "nps_weight"),
        *("customer_value_tier", "journey_stage", "definition_version"),
    }
