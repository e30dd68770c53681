"""What became of each paying account after each day that is looked at, and what it had said until then.

Written from docs/decisions/0045-accounts-are-looked-at-on-the-same-days.md. Answers and invitations are the
marts', which the recount of the score has compared; payments are worked out from the documents.

Belongs here: a window of an account. Does not belong here: rates and ratios (`association`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

import duckdb
import numpy as np

from expectations.definition import Version
from expectations.dimensions import UNASSIGNED
from expectations.recount.crm import Crm
from expectations.recount.dimensions import branch_and_region, tier
from expectations.recount.documents import DAY
from expectations.recount.finance.months import Entry, Ledger
from expectations.recount.ids import identity
from expectations.recount.revenue import Revenue

HORIZONS = (90, 180, 365)
LOOK_BACK = 365
_EPOCH = date(1970, 1, 1)
_RESPONSES = "marts.fct_survey_responses where is_counted and account_key is not null"
_INVITATIONS = (
    "marts.fct_survey_invitations where is_delivered and survey_type is not null and account_key is not null"
)


class Outcome(NamedTuple):
    """An account on a day that it paid, and at the end of the window, unless that is not over; millionths."""

    survey_type: str
    horizon_days: int
    index_date: date
    account: str
    band: str
    customer_value_tier: str
    tenure: str
    region: str
    is_complete: bool
    mrr_before: int
    mrr_after: int | None
    is_churned: bool | None


#: (Survey type, account) → when each thing happened, ascending, and the band that was given.
_Told: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[int, str]]]


@dataclass(frozen=True)
class Inputs:
    """What outcomes are made of: documents of known accounts, the CRM, revenue, the definition."""

    ledger: Ledger
    crm: Crm
    revenue: Revenue
    definitions: Sequence[Version]
    as_of: date


def outcomes(connection: duckdb.DuckDBPyConnection, inputs: Inputs, some: str) -> list[Outcome]:
    """The outcomes of the ledger's known accounts; `some` is a condition in SQL that narrows to them."""
    answered, invited, begun = told(connection, some)
    lines = {account: lines_of(entries) for (account, known), entries in inputs.ledger.items() if known}
    days = sorted({day for first in begun.values() for _, day in _looks(first, inputs.as_of)})
    described = {
        (account, day): found for day in days for account, found in _described(inputs, lines, day).items()
    }
    rows = []
    for survey_type, first in begun.items():
        for horizon, day in _looks(first, inputs.as_of):
            end, is_complete = day + timedelta(horizon), day < inputs.as_of
            for account in lines:
                if (account, day) not in described:
                    continue
                after = pays(lines[account], moment_of(end)) if is_complete else None
                of = (survey_type, account)
                rows.append(
                    Outcome(
                        survey_type,
                        horizon,
                        day,
                        account,
                        band_before(answered.get(of, ()), invited.get(of, ()), moment_of(day)),
                        *described[account, day][1:],
                        is_complete,
                        described[account, day][0],
                        after,
                        None if after is None else after == 0,
                    )
                )
    return rows


def built(some: str) -> str:
    """A query of the mart's rows as `Outcome`; `some` is its condition."""
    return (
        "select survey_type, horizon_days, index_date, account_key as account, band, customer_value_tier,"
        " tenure, region, is_complete,"
        " cast(cast(mrr_before as decimal(38, 6)) * 1000000 as bigint) as mrr_before,"
        " cast(cast(mrr_after as decimal(38, 6)) * 1000000 as bigint) as mrr_after, is_churned"
        f" from marts.fct_account_outcomes{some}"
    )


def told(connection: duckdb.DuckDBPyConnection, some: str) -> tuple[_Told, _Told, dict[str, date]]:
    """Counted answers and delivered invitations by survey type and account, and when each type began."""
    answered: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    invited: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for survey_type, account, when, band in connection.execute(
        "select survey_type, account_key, epoch_us(responded_at), nps_band"
        f" from {_RESPONSES}{some} order by responded_at, answer_key"
    ).fetchall():
        answered[survey_type, account].append((when, band))
    for survey_type, account, when in connection.execute(
        f"select survey_type, account_key, epoch_us(sent_at) from {_INVITATIONS}{some} order by sent_at"
    ).fetchall():
        invited[survey_type, account].append((when, "silent"))
    begun = connection.execute(
        "select survey_type, cast(min(happened_at) as date) from ("
        f"select survey_type, responded_at as happened_at from {_RESPONSES}"
        f" union all select survey_type, sent_at from {_INVITATIONS}) group by survey_type"
    ).fetchall()
    return answered, invited, dict(begun)


def _looks(first: date, as_of: date) -> Iterator[tuple[int, date]]:
    """Horizon and day, back from as-of to the day after everything began."""
    for horizon in HORIZONS:
        day = as_of
        while day > first:
            yield horizon, day
            day -= timedelta(horizon)


class Line(NamedTuple):
    """A document with a period, and what it is worth a month."""

    start: int
    until: int
    worth: int


def lines_of(entries: Sequence[Entry]) -> list[Line]:
    """What recurs of an account's documents."""
    return [
        Line(entry.start, entry.recurs_until, entry.worth)
        for entry in entries
        if entry.start < entry.end and entry.start < entry.recurs_until
    ]


def pays(lines: Sequence[Line], moment: int) -> int:
    """What lines are worth at a moment: they began before it and go on up to it at least."""
    return max(0, sum(line.worth for line in lines if line.start < moment <= line.until))


def _described(
    inputs: Inputs, lines: Mapping[str, Sequence[Line]], day: date
) -> dict[str, tuple[int, str, str, str]]:
    """What each account that pays on a day pays, and its tier, tenure and region then."""
    at, month = moment_of(day), moment_of(day.replace(day=1))
    paying = {account: mrr for account, of in lines.items() if (mrr := pays(of, at)) > 0}
    worth = inputs.revenue.trailing(list(paying), np.full(len(paying), month, np.int64)).tolist()
    version = next(
        (
            each
            for each in inputs.definitions
            if each.valid_from <= day and (each.valid_to is None or day < each.valid_to)
        ),
        None,
    )
    return {
        account: (
            mrr,
            UNASSIGNED if version is None else tier(version, amount),
            _tenure(min(line.start for line in lines[account]), day),
            branch_and_region(
                inputs.crm, identity(inputs.crm.attribute(account, "branch_id", at)), account, at
            )[1],
        )
        for (account, mrr), amount in zip(paying.items(), worth, strict=True)
    }


def _tenure(since: int, day: date) -> str:
    if since > moment_of(day - timedelta(365)):
        return "under 1 year"
    return "1 to 3 years" if since > moment_of(day - timedelta(1095)) else "over 3 years"


def band_before(answered: Sequence[tuple[int, str]], invited: Sequence[tuple[int, str]], at: int) -> str:
    """What was said last within the look-back; silent where something was asked in it, and not answered."""
    for told in (answered, invited):
        place = bisect_left(told, (at, ""))
        if place and told[place - 1][0] >= at - LOOK_BACK * DAY:
            return told[place - 1][1]
    return "not_invited"


def moment_of(day: date) -> int:
    """The beginning of a day."""
    return (day - _EPOCH).days * DAY
