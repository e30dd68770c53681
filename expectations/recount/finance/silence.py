"""What the score would be if the silent had answered: like those of their stratum, all well, all badly.

Written from docs/contracts/published-tables.md (`non_response`). Answers and invitations are the marts',
which the recount of the score has compared.

Belongs here: who is silent, and the score of strata. Does not belong here: which answers count (`recount`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import duckdb

from expectations.dimensions import UNASSIGNED
from expectations.recount.documents import DAY
from expectations.recount.finance.months import Ledger

#: Name of a reportability → answers it needs.
Floors: TypeAlias = Sequence[tuple[str, int | Decimal]]
_ANSWERS = """
    select survey_type, definition_version, person_key, account_key, customer_value_tier, journey_stage,
        epoch_us(responded_at), response_date, current_until, nps_weight
    from marts.fct_survey_responses where is_counted
"""
_INVITATIONS = """
    select survey_type, definition_version, person_key, account_key, customer_value_tier, journey_stage,
        epoch_us(sent_at), sent_date
    from marts.fct_survey_invitations where is_delivered and not is_answered and survey_type is not null
    order by sent_at, invitation_key
"""
_YEARS = """
    select period_start, period_end from marts.dim_periods where period_grain = 'trailing_365d'
"""


class Silence(NamedTuple):
    """The score of a year and what it would be, as it may be shown."""

    survey_type: str
    period_end: date
    definition_version: str
    period_start: date
    responses: int
    silent: int
    nps: float | None
    nps_if_alike: float | None
    nps_if_promoters: float | None
    nps_if_detractors: float | None
    alike_share: float | None
    reportability: str


class Stratum:
    """What those who answered said, and how many did not."""

    def __init__(self) -> None:
        self.said: list[int] = []
        self.silent = 0


def silences(
    connection: duckdb.DuckDBPyConnection,
    payments: Mapping[str, int],
    floors: Mapping[str, Floors],
    as_of: date,
) -> list[Silence]:
    """Every survey type and version at the beginning of each year, and at as-of.

    `payments` is the first of each account, `floors` those of each version.
    """
    answers = connection.execute(_ANSWERS).fetchall()
    invitations = connection.execute(_INVITATIONS).fetchall()
    rows = []
    for start, end in connection.execute(_YEARS).fetchall():
        if end != as_of and (end.month, end.day) != (1, 1):
            continue
        heard = set()
        cells: dict[tuple[str, str], dict[tuple[str, str, str], Stratum]] = defaultdict(
            lambda: defaultdict(Stratum)
        )
        for survey_type, version, person, account, tier, stage, at, given, until, weight in answers:
            if given < end < until:
                heard.add((survey_type, person))
                stratum = (tier, _tenure(payments.get(account), at), stage)
                cells[survey_type, version][stratum].said.append(weight)
        last = {(row[0], row[2]): row for row in invitations if start <= row[7] < end}
        for key, (survey_type, version, _, account, tier, stage, at, _) in last.items():
            if key not in heard:
                stratum = (tier, _tenure(payments.get(account), at), stage)
                cells[survey_type, version][stratum].silent += 1
        for (survey_type, version), strata in cells.items():
            if any(each.said for each in strata.values()):
                place = (survey_type, end, version, start)
                rows.append(scored(place, list(strata.values()), floors[version]))
    return rows


def scored(place: tuple[str, date, str, date], strata: Sequence[Stratum], floors: Floors) -> Silence:
    """The figures of a cell; none but numbers of people where the score is not shown."""
    said = [weight for each in strata for weight in each.said]
    silent = sum(each.silent for each in strata)
    allowed = max((least, name) for name, least in floors if least <= len(said))[1]
    if allowed in ("suppressed", "interval_only"):
        return Silence(*place, len(said), silent, *(None,) * 5, allowed)
    speaking = [each for each in strata if each.said]
    spoken = sum(each.silent for each in speaking)
    alike = sum(sum(each.said) / len(each.said) * (len(each.said) + each.silent) for each in speaking)
    everybody = len(said) + silent
    return Silence(
        *place,
        len(said),
        silent,
        sum(said) / len(said),
        alike / (len(said) + spoken),
        (sum(said) + 100 * silent) / everybody,
        (sum(said) - 100 * silent) / everybody,
        spoken / silent if silent else None,
        allowed,
    )


def first_payments(ledger: Ledger) -> dict[str, int]:
    """Since when each known account has had a line that recurs."""
    return {
        account: min(starts)
        for (account, known), entries in ledger.items()
        if known
        and (starts := [each.start for each in entries if each.start < min(each.end, each.recurs_until)])
    }


def built_payments(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The same as it was built: of many accounts the ledger has only some."""
    return dict(
        connection.execute(
            "select account_key, epoch_us(min(recurring_from)) from intermediate.int_revenue__recurring"
            " where is_known_account group by account_key"
        ).fetchall()
    )


def built() -> str:
    """A query of the published rows as `Silence`."""
    return f"select {', '.join(Silence._fields)} from publication.non_response"


def _tenure(since: int | None, at: int) -> str:
    if since is None or since >= at:
        return UNASSIGNED
    for days, words in ((365, "under 1 year"), (1095, "1 to 3 years")):
        if since > at - days * DAY:
            return words
    return "over 3 years"
