"""The score of a month by other conventions than the definition's, which stand beside it in the bridge.

Belongs here: whose answer weighs how much. Does not belong here: what counts (`rules`), what leads there
(`bridge`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from expectations.definition import FLOORS, WEIGHTS, Version
from expectations.recount import bridge_hidden
from expectations.recount.bridge import Line
from expectations.recount.cells import ALL
from expectations.recount.periods import later
from expectations.recount.suppression import FOR_OTHERS

NAMES = ("latest_per_person", "account_weighted", "revenue_weighted")
#: The place of the first in a bridge.
FIRST = 15


class _Answer(NamedTuple):
    at: int
    key: str
    person: str
    account: str | None
    band: str


#: What was said on average, how much it weighs, and the answers behind it.
_Voice: TypeAlias = tuple[float, float, Sequence[_Answer]]


def lines(
    counted: pa.Table,
    customers: pa.Table,
    definitions: Sequence[Version],
    as_of: date,
    hidden_months: Set[bridge_hidden.Month],
) -> list[Line]:
    """The lines beside each bridge of a survey type, one month after the other."""
    floors = {each.version: dict(each.floors) for each in definitions}
    given = counted["responded_at"].to_numpy().astype("datetime64[us]").astype("datetime64[M]")
    days = customers["day"].to_numpy()
    found = []
    for each in np.unique(given):
        month = each.astype(date)
        end = later(month, 1)
        paid = _paid(customers.filter(pa.array(days == np.datetime64(min(end, as_of)))))
        answers, latest = _answers(counted.filter(pa.array(given == each)))
        for (survey_type, version), own in answers.items():
            alone = [answer for answer in own if latest[survey_type, answer.person] == answer]
            weighed = [list(_each(alone)), list(_accounts(own)), list(_accounts(own, paid.get(version, {})))]
            floor = float(str(floors[version][FLOORS[1]]))
            hidden = bridge_hidden.hidden_beside(
                _bands(list(_each(own))), [_bands(voices) for voices in weighed], floor
            )
            for place, (voices, is_hidden) in enumerate(zip(weighed, hidden, strict=True)):
                if voices:
                    is_hidden |= (survey_type, month, version) in hidden_months
                    key = (survey_type, ALL, ALL, month, version, FIRST + place, end, NAMES[place], "beside")
                    found.append(Line._make((*key, *_shown(voices, floors[version], is_hidden=is_hidden))))
    return found


def _answers(
    counted: pa.Table,
) -> tuple[Mapping[tuple[str, str], Sequence[_Answer]], Mapping[tuple[str, str], _Answer]]:
    """Those of each survey type and version, and the latest of each survey type and person."""
    answers: dict[tuple[str, str], list[_Answer]] = defaultdict(list)
    latest: dict[tuple[str, str], _Answer] = {}
    names = ("survey_type", "definition_version", "responded_at", "key", "person", "account", "nps_band")
    for kind, version, *values in zip(*(counted[name].to_pylist() for name in names), strict=True):
        answer = _Answer._make(values)
        answers[kind, version].append(answer)
        latest[kind, answer.person] = max(answer, latest.get((kind, answer.person), answer))
    return answers, latest


def _paid(customers: pa.Table) -> Mapping[str, Mapping[str, int]]:
    """Version → account → its revenue."""
    paid: dict[str, dict[str, int]] = defaultdict(dict)
    names = ("definition_version", "account", "trailing_revenue_amount")
    for version, account, amount in zip(*(customers[name].to_pylist() for name in names), strict=True):
        paid[version][account] = amount
    return paid


def _each(answers: Sequence[_Answer]) -> Iterator[_Voice]:
    for answer in answers:
        yield WEIGHTS[answer.band], 1.0, [answer]


def _accounts(answers: Sequence[_Answer], paid: Mapping[str, int] | None = None) -> Iterator[_Voice]:
    """An account says the mean of its answers; without `paid` all weigh alike."""
    said: dict[str, list[_Answer]] = defaultdict(list)
    for answer in answers:
        if answer.account is not None:
            said[answer.account].append(answer)
    for account, own in said.items():
        weight = 1.0 if paid is None else float(paid.get(account, 0))
        if weight > 0:
            yield sum(WEIGHTS[answer.band] for answer in own) / len(own), weight, own


def _bands(voices: Sequence[_Voice]) -> bridge_hidden.Bands:
    bands = Counter(answer.band for _, _, own in voices for answer in own)
    return bands["promoter"], bands["passive"], bands["detractor"]


def _shown(
    voices: Sequence[_Voice], floors: Mapping[str, object], *, is_hidden: bool
) -> tuple[int, int | None, int | None, int | None, float | None, str]:
    """Answers, bands, score and reportability, by the number of voices."""
    bands = _bands(voices)
    reached = [floor for floor in FLOORS if len(voices) >= float(str(floors[floor]))]
    if reached[-1] == FLOORS[0] or is_hidden:
        return sum(bands), None, None, None, None, FLOORS[0] if reached[-1] == FLOORS[0] else FOR_OTHERS
    nps = math.fsum(said * weight for said, weight, _ in voices) / math.fsum(
        weight for _, weight, _ in voices
    )
    return sum(bands), *bands, nps if reached[-1] not in FLOORS[:2] else None, reached[-1]
