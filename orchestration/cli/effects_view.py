"""What `nps cases effect` shows: what came after cases in which somebody was in touch, and after others.

Belongs here: which cases are compared, on what, and columns. Does not belong here: the method
(`orchestration.effects`), or referrals (`referrals_view`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import duckdb
import numpy as np
from rich.console import Console
from rich.table import Table

from orchestration import cases
from orchestration.cli import referrals_view
from orchestration.effects import Effect, Sides, Truths, effect, judged
from orchestration.environment import ConfigurationError, Home
from publication.wording import count, percentage, probability

#: What is known so long after an answer decides whether somebody was in touch; outcomes come later.
LANDMARK_DAYS: Final = 30
ALL: Final = "(all)"
CONTACT, LOTS = "contact", "lots"
#: Who was tried to be reached; whether the customer answered must not decide the side.
_IN_TOUCH: Final = ("contacted", "resolved", "no_response")
#: What is compared, in words.
MEASURES: Final[Mapping[str, str]] = {
    "answered_again": "answered again",
    "better_band": "answered in a better band",
    "next_score": "next score",
    "revenue_kept": "revenue kept",
}
_CASES: Final = """
with told as (
    select cases.answer_key, max_by(events.state, events.state_at) as state
    from marts.fct_follow_up_answers as cases
    inner join {events} as events on cases.case_key = events.case_key
    where events.state_at <= cases.opened_at + to_days($landmark)
    group by all
),
followed as (
    select
        cases.case_type, cases.outcome, cases.holdout_name, answers.answer_key, answers.survey_type,
        answers.nps_band, answers.nps_weight, answers.customer_value_tier, answers.journey_stage,
        answers.person_key, answers.account_key, answers.responded_at,
        coalesce(answers.account_key, answers.person_key) as unit_key,
        coalesce(told.state in {in_touch}, false) as is_in_touch,
        answers.responded_at + to_days(if({by_lot}, 0, $landmark)) as starts_at
    from marts.fct_follow_up_answers as cases
    inner join marts.fct_survey_responses as answers on cases.answer_key = answers.answer_key
    left join told on cases.answer_key = told.answer_key
    where {chosen}
),
over as (
    select *, starts_at + to_days($horizon) as ends_at from followed
    where starts_at + to_days($horizon) <= $as_of
),
later as (
    select
        over.answer_key,
        bool_or(later.responded_at <= over.starts_at) as is_too_soon,
        arg_min(later.likelihood_score, later.responded_at) as next_score,
        arg_min(later.nps_weight, later.responded_at) as next_weight
    from over
    inner join marts.fct_survey_responses as later
        on over.person_key = later.person_key and over.survey_type = later.survey_type
            and later.responded_at > over.responded_at and later.responded_at <= over.ends_at
    where later.is_counted
    group by all
),
paid as (
    select
        over.answer_key,
        greatest(sum(recurring.monthly_amount) filter (
            over.starts_at > recurring.recurring_from and over.starts_at <= recurring.recurring_to
        ), 0) as before,
        greatest(coalesce(sum(recurring.monthly_amount) filter (
            over.ends_at > recurring.recurring_from and over.ends_at <= recurring.recurring_to
        ), 0), 0) as after
    from over
    inner join intermediate.int_revenue__recurring as recurring on over.account_key = recurring.account_key
    group by all
)
select
    over.case_type, over.customer_value_tier,
    if({by_lot}, over.outcome = 'case', over.is_in_touch) as is_first,
    dense_rank() over (
        order by
            over.survey_type, over.holdout_name, over.nps_band, over.customer_value_tier,
            over.journey_stage
    ) - 1 as stratum,
    dense_rank() over (order by over.unit_key) - 1 as account,
    cast(later.answer_key is not null as double) as answered_again,
    cast(coalesce(
        later.next_weight > over.nps_weight or later.next_weight = 100, false
    ) as double) as better_band,
    cast(later.next_score as double) as next_score,
    cast(if(paid.before > 0, least(paid.after, paid.before) / paid.before, null) as double) as revenue_kept
from over
left join later on over.answer_key = later.answer_key
left join paid on over.answer_key = paid.answer_key
where not coalesce(later.is_too_soon, false)
order by over.answer_key
"""
#: Of each account the first answer that a hold-out drew lots for: what follows it may be its doing.
_FIRST_OF_AN_ACCOUNT: Final = """
    cases.holdout_name is not null
    qualify row_number() over (
        partition by cases.holdout_name, unit_key order by answers.responded_at, answers.answer_key
    ) = 1
"""
_OUTCOMES: Final = "select outcome, count(*) from marts.fct_follow_up_answers group by all order by all"
_TITLES: Final = {
    CONTACT: (
        "ASSOCIATION. Somebody was in touch within {landmark} days of the answer, or not: the {horizon} days"
        " after that. Who is contacted is not left to chance."
    ),
    LOTS: (
        "CAUSED BY CASES. Lots decided who has a case and who is held out, whatever was done then: the"
        " {horizon} days after the answer."
    ),
}
NOT_OVER: Final = (
    "No case has had its {landmark} days for a contact and the {horizon} days after them yet (--days)."
)
NOTES: Final = (
    "Like with like: within survey type, band, tier and stage. 95 % intervals over accounts; q of all rows.",
    "A promoter's better band is to be one again. The next score is of those who answered again, which a case"
    " may decide: it is an association in any case.",
    "Revenue kept is the share of the recurring revenue that an account still pays, at most all of it.",
)


class Which(NamedTuple):
    """A row: how the sides came about (`CONTACT`, `LOTS`), type of case, tier or `ALL`, what is compared."""

    sides: str
    case_type: str
    customer_value_tier: str
    measure: str

    @property
    def claim(self) -> str:
        """What may be said of a difference: who answers again, a case may have decided."""
        return "causal" if self.sides == LOTS and self.measure != "next_score" else "association"


def run(home: Home, horizon: int, form: str, console: Console) -> None:
    """Show every comparison over so many days, and referrals.

    Reads the working file and the log of cases, as only their owner can. Raises ConfigurationError without
    one, or where it has no cases.
    """
    if not home.warehouse.exists():
        raise ConfigurationError(f"there is no working file {home.warehouse}: `nps refresh` makes it")
    events = cases.logged(home.cases, cases.EVENTS)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        try:
            outcomes = dict(connection.execute(_OUTCOMES).fetchall())
            found = effects(connection, events, horizon)
            referred = referrals_view.referrals(connection, events)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise ConfigurationError("cases have not been made yet: `nps refresh` does it") from error
    if form == "json":
        rows = [
            {**which._asdict(), "claim": which.claim, **each._asdict(), "verdict": each.verdict}
            for which, each in found.items()
        ]
        told = {"answers": outcomes, "horizon_days": horizon, "effects": rows}
        print(json.dumps({**told, "referrals": referred._asdict()}, default=str, indent=1))
        return
    parts = ", ".join(f"{count(number)} {name.replace('_', ' ')}" for name, number in outcomes.items())
    console.print(f"{count(sum(outcomes.values()))} counted answers: {parts}", soft_wrap=True)
    for sides, words in _TITLES.items():
        shown = {which: each for which, each in found.items() if which.sides == sides}
        if shown:
            title = words.format(landmark=LANDMARK_DAYS, horizon=horizon)
            console.print("", title, sep="\n", soft_wrap=True)
            console.print(_table(shown))
    if not found:
        console.print("", NOT_OVER.format(landmark=LANDMARK_DAYS, horizon=horizon), sep="\n", soft_wrap=True)
    console.print("", *referrals_view.told(referred), sep="\n", soft_wrap=True)
    for note in NOTES:
        console.print(note, style="dim", soft_wrap=True)


def effects(connection: duckdb.DuckDBPyConnection, events: str, horizon: int) -> dict[Which, Effect]:
    """Every comparison: of each type of case, and of the tiers that have enough of them.

    `events` is a relation with what was told of cases. q is over all rows whose sides came about alike.
    """
    return {
        which: each
        for sides in _TITLES
        for which, each in judged(dict(_compared(connection, events, horizon, sides))).items()
    }


def statement(events: str, sides: str) -> str:
    """SQL with a row per case: side, stratum, account and what is compared; `landmark`, `horizon`, `as_of`
    are its parameters."""
    return _CASES.format(
        events=events,
        in_touch=_IN_TOUCH,
        by_lot=str(sides == LOTS).lower(),
        chosen=_FIRST_OF_AN_ACCOUNT if sides == LOTS else "cases.outcome = 'case'",
    )


def _compared(
    connection: duckdb.DuckDBPyConnection, events: str, horizon: int, sides: str
) -> Iterator[tuple[Which, Effect]]:
    asked = {"landmark": LANDMARK_DAYS, "horizon": horizon, "as_of": as_of(connection)}
    found = connection.execute(statement(events, sides), asked).fetchnumpy()
    types, tiers = (np.asarray(found[name]).astype(str) for name in ("case_type", "customer_value_tier"))
    for case_type in sorted({*types.tolist()}):
        of_type = types == case_type
        for tier in (ALL, *sorted({*tiers[of_type].tolist()})):
            chosen = of_type if tier == ALL else of_type & (tiers == tier)
            for measure in MEASURES:
                each = effect(_sides(found, measure, chosen))
                if tier == ALL or each.difference is not None:
                    yield Which(sides, case_type, tier, measure), each


def _sides(found: Mapping[str, Any], measure: str, chosen: Truths) -> Sides:
    outcome = np.ma.filled(np.ma.asarray(found[measure], np.float64), np.nan)
    known = chosen & ~np.isnan(outcome)
    stratum, account = (np.asarray(found[name], np.int64)[known] for name in ("stratum", "account"))
    return Sides(np.asarray(found["is_first"], np.bool_)[known], outcome[known], stratum, account)


def as_of(connection: duckdb.DuckDBPyConnection) -> object:
    """The exclusive end of what the working file knows."""
    [(day,)] = connection.execute(
        "select max(period_end) from marts.dim_periods where period_grain = 'trailing_365d'"
    ).fetchall()
    return day


def _table(rows: Mapping[Which, Effect]) -> Table:
    by_lot = next(iter(rows)).sides == LOTS
    first, other = ("with a case", "held out") if by_lot else ("in touch", "not in touch")
    shown = Table(header_style="bold", box=None, pad_edge=False)
    for heading in ("type", "tier", "compared"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("cases", first, other, "difference", "95 %", "q"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("verdict", no_wrap=True)
    for which, each in rows.items():
        said = _number if which.measure == "next_score" else percentage
        figures = ("",) * 5
        if each.difference is not None:
            plus = "+" if each.difference > 0 else ""
            figures = (
                *(said(each.mean), said(each.other_mean), plus + said(each.difference)),
                *(f"{said(each.low)} to {said(each.high)}", probability(each.q_value)),
            )
        compared = MEASURES[which.measure]
        shown.add_row(
            *(which.case_type, which.customer_value_tier),
            f"{compared} (association)" if by_lot and which.claim == "association" else compared,
            f"{count(each.cases)} / {count(each.other_cases)}",
            *figures,
            _verdict(each, first, other),
        )
    return shown


def _verdict(each: Effect, first: str, other: str) -> str:
    if not any(each.missing):
        return (
            each.verdict if each.difference is not None else f"{each.verdict}: nothing varies on either side"
        )
    lacking = " and ".join(
        f"{count(number)} more {side}"
        for number, side in zip(each.missing, (first, other), strict=True)
        if number
    )
    return f"{each.verdict}: {lacking} are needed"


def _number(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"
