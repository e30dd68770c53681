"""From the counts of every cell to the figures as they may be shown.

Belongs here: a figure's columns, and suppression, which is last. Does not belong here: its key (`keys`),
counting (`cells`), formulas (`statistics`, `population`), comparing with a publication (`comparison`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from expectations.definition import FLOORS, Version
from expectations.dimensions import BUILT_IN, Dimensions
from expectations.recount import population, scorecards, statistics, suppression
from expectations.recount.cells import Answers, Block, Counting, Delivered
from expectations.recount.coding import KIND, Coding, distinct, encoded
from expectations.recount.floors import Floors
from expectations.recount.hidden import Hidden, hidden
from expectations.recount.keys import Keys, key_columns, keys
from expectations.recount.periods import CURRENT, Calendar
from expectations.recount.population import Customers
from expectations.recount.scorecards import ON_CARDS, Card, plain
from expectations.recount.statistics import Counts, Floats, Integers

NUMBERS = (
    *("promoters", "passives", "detractors", "responses", "nps", "nps_standard_error", "nps_low", "nps_high"),
    *("nps_change", "change_z", "change_p_value", "change_q_value"),
    *("answered_invitations", "delivered_invitations", "response_rate"),
    *("revenue_coverage", "post_stratified_nps", "effective_responses", "stratified_share"),
)
_ALWAYS = ("responses", "answered_invitations", "delivered_invitations", "response_rate", "revenue_coverage")
_WITH_THE_SCORE = (
    *("nps", "nps_standard_error"),
    *("nps_change", "change_z", "change_p_value", "change_q_value"),
    *("post_stratified_nps", "effective_responses", "stratified_share"),
)
Texts: TypeAlias = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Figures:
    """Every figure, a column each; NaN where nothing is shown. Scores are −100..100, not rounded."""

    keys: Keys
    numbers: Mapping[str, Floats]
    reportability: Texts
    cards: pa.Table = field(default_factory=scorecards.SCHEMA.empty_table)

    def __len__(self) -> int:
        return len(self.keys)

    def as_table(self) -> pa.Table:
        """A column for each of a figure's, and nulls where nothing is shown."""
        shown = {name: pa.array(column, from_pandas=True) for name, column in self.numbers.items()}
        keys = self.keys.table
        return pa.table(
            {
                **dict(zip(keys.column_names, keys.columns, strict=True)),
                **shown,
                "reportability": pa.array(self.reportability, pa.string()),
            }
        )

    @classmethod
    def none(cls, dimensions: Dimensions = BUILT_IN) -> Figures:
        """Where no answer counts."""
        types = {
            name: pa.date32() if name.startswith("period_") and name != "period_grain" else pa.string()
            for name in key_columns(dimensions)
        }
        nothing = pa.schema(types.items()).empty_table()
        return cls(Keys(nothing, dimensions), {name: np.zeros(0) for name in NUMBERS}, np.zeros(0, object))


def figures(
    answers: pa.Table,
    delivered: pa.Table,
    standings: pa.Table,
    definitions: Sequence[Version],
    as_of: date,
    dimensions: Dimensions = BUILT_IN,
) -> Figures:
    """Every figure of every segment, both measures, that holds a counted answer.

    The tables are those of `answers`, `invitations` and `standings`.
    """
    answers, delivered, standings = encoded(answers), encoded(delivered), encoded(standings)
    coding = Coding.of(dimensions, answers, delivered, standings)
    accounts = distinct(standings["account"])
    given = Answers.of(answers, coding, accounts)
    if given.first is None:
        return Figures.none(dimensions)
    calendar = Calendar.of(given.first, as_of)
    counting = Counting(given, Delivered.of(delivered, coding), coding, calendar)
    found = list(counting.blocks())
    counts = Counts(*map(np.concatenate, zip(*(block.counts for block in found), strict=True)))
    kinds = np.concatenate([block.cell // coding.size(dimensions.segments[block.segment]) for block in found])
    floors = Floors.of(definitions, coding.members_of(kinds, KIND)["definition_version"], coding)
    families = _families(found, kinds, coding, calendar)
    withheld = hidden(counting, found, list(counting.earlier()), definitions)
    numbers = {
        **_numbers(counts),
        **_changes(found, counts, floors.indicative, families, withheld),
        **_response_rates(counting, found),
        **population.columns(counting, Customers.of(standings, coding, accounts), found),
    }
    shown = _suppressed(keys(found, coding, calendar), numbers, floors, withheld.now)
    latest = np.array([period.grain == CURRENT and period.end == as_of for period in calendar.periods])
    branches, companies = (
        np.flatnonzero(
            np.concatenate(
                [latest[each.period] & (each[:2] == ("in_period", segment)) for each in found],
            )
        )
        for segment in ("branch", "company")
    )
    return replace(shown, cards=_cards(shown, branches, companies, kinds, counts, floors))


def _cards(
    shown: Figures, branches: Integers, companies: Integers, kinds: Integers, counts: Counts, floors: Floors
) -> pa.Table:
    """The scorecard of each branch: its figure (`branches` are rows), beside its company's, and compared."""
    found: list[Card] = []
    for company in companies.tolist():
        rows = branches[kinds[branches] == kinds[company]]
        names = [shown.keys[row] for row in rows.tolist()]
        branches_of = [key.members[shown.keys.dimensions.names.index("branch")] for key in names]
        minimums = (float(floors.minimums[floor][company]) for floor in ("interval_only", "indicative"))
        compared = scorecards.cards(branches_of, counts.at(rows), counts.at([company]), *minimums)
        of_company = {"company_nps": plain(shown.numbers["nps"][company])}
        for row, key, branch, card in zip(rows.tolist(), names, branches_of, compared, strict=True):
            own = {name: plain(shown.numbers[name][row]) for name in ON_CARDS}
            own |= {"reportability": shown.reportability[row]}
            if shown.reportability[row] == suppression.FOR_OTHERS:
                card = dict.fromkeys(card)
            found.append({**key._asdict(), "branch": branch, **own, **of_company, **card})
    return pa.Table.from_pylist(found, scorecards.SCHEMA)


def _numbers(counts: Counts) -> dict[str, Floats]:
    low, high = statistics.interval(counts)
    return {
        **{name: column.astype(np.float64) for name, column in counts._asdict().items()},
        "responses": counts.responses.astype(np.float64),
        "nps": statistics.nps(counts),
        "nps_standard_error": statistics.standard_error(counts),
        "nps_low": low,
        "nps_high": high,
    }


def _response_rates(counting: Counting, found: Sequence[Block]) -> dict[str, Floats]:
    """Answered of delivered invitations, the same for both measures."""
    asked = [counting.asked(block) for block in found]
    answered, sent = (np.concatenate(column).astype(np.float64) for column in zip(*asked, strict=True))
    rate = np.divide(answered, sent, out=np.full(sent.size, np.nan), where=sent > 0)
    return {"answered_invitations": answered, "delivered_invitations": sent, "response_rate": rate}


def _families(found: Sequence[Block], kinds: Integers, coding: Coding, calendar: Calendar) -> Integers:
    """What is shown together: survey type, measure, grain, period, segment and version."""
    block = np.repeat(np.arange(len(found)), [each.cell.size for each in found])
    period = np.concatenate([each.period for each in found])
    families: Integers = (block * len(calendar.periods) + period) * coding.size(KIND) + kinds
    return families


def _changes(
    found: Sequence[Block], counts: Counts, indicative: Floats, families: Integers, withheld: Hidden
) -> dict[str, Floats]:
    """Against the period before, where both have enough answers to show a score and no others hide it."""
    nothing = (np.zeros_like(block.period) for block in found)
    previous = [
        block.previous or Counts(none, none, none) for block, none in zip(found, nothing, strict=True)
    ]
    before = Counts(*map(np.concatenate, zip(*previous, strict=True)))
    shown = (counts.responses >= indicative) & (before.responses >= indicative)
    shown &= ~(withheld.now | withheld.before)
    now, then = Counts(*(column[shown] for column in counts)), Counts(*(column[shown] for column in before))
    z = statistics.difference(now, then)
    p_values = statistics.two_sided(z)
    columns = {
        "nps_change": statistics.nps(now) - statistics.nps(then),
        "change_z": z,
        "change_p_value": p_values,
        "change_q_value": statistics.false_discovery_rate(p_values, families[shown]),
    }
    return {name: _spread(values, shown) for name, values in columns.items()}


def _spread(values: Floats, shown: npt.NDArray[np.bool_]) -> Floats:
    column = np.full(shown.size, np.nan)
    column[shown] = values
    return column


def _suppressed(
    found: Keys, numbers: dict[str, Floats], floors: Floors, for_others: suppression.Mask
) -> Figures:
    """Below the floors of its definition a figure shows its interval only, or no more than its number; so it
    does where others would follow from it."""
    reportability = np.full(len(found), "", object)
    for floor in FLOORS:
        reportability[numbers["responses"] >= floors.minimums[floor]] = floor
    reportability[for_others] = suppression.FOR_OTHERS
    below = for_others | (numbers["responses"] < floors.confidential)
    no_score = for_others | (numbers["responses"] < floors.indicative)
    shown = {}
    for name, column in numbers.items():
        without = no_score if name in _WITH_THE_SCORE else below
        shown[name] = column if name in _ALWAYS else np.where(without, np.nan, column)
    return Figures(found, shown, reportability)
