"""Which answer of the new tool is which of the old one: the same answer, delivered by both.

By id, where an answer of the new tool carries the old tool's response id as its own or as its invitation's.
Else by person, score and moment, the moments being at most `within` apart. Nobody is matched by moment and
score alone: two strangers may give a 9 in the same second.

Belongs here: the pairs. Does not belong here: what they mean for a score (`jump.py`), or how they are read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Delivered:
    """An answer as one tool delivered it; `person` is None where nobody is known to have given it."""

    key: str
    response_id: str | None
    invitation_id: str | None
    person: str | None
    account: str | None
    score: float | None
    weight: int | None
    moment: datetime
    disposition: str
    is_counted: bool


@dataclass(frozen=True)
class Pair:
    """The same answer by both tools; `by` says how that is known: `id` or `person`."""

    old: Delivered
    new: Delivered
    by: str

    @property
    def is_double(self) -> bool:
        """Whether the answer counts twice."""
        return self.old.is_counted and self.new.is_counted


def pairs(old: Sequence[Delivered], new: Sequence[Delivered], within: timedelta) -> list[Pair]:
    """Each answer in one pair at most, those by id first, then in the order of time."""
    by_id = _by_id(old, new)
    taken = {each.key for pair in by_id for each in (pair.old, pair.new)}
    old_rest, new_rest = ([each for each in side if each.key not in taken] for side in (old, new))
    return [*by_id, *_by_person(old_rest, new_rest, within)]


def _by_id(old: Iterable[Delivered], new: Iterable[Delivered]) -> list[Pair]:
    waiting: dict[str, list[Delivered]] = defaultdict(list)
    for each in sorted(old, key=_order, reverse=True):
        if each.response_id:
            waiting[_folded(each.response_id)].append(each)
    found = []
    for each in sorted(new, key=_order):
        for carried in (each.response_id, each.invitation_id):
            if carried and waiting.get(_folded(carried)):
                found.append(Pair(waiting[_folded(carried)].pop(), each, "id"))
                break
    return found


def _by_person(old: Iterable[Delivered], new: Iterable[Delivered], within: timedelta) -> list[Pair]:
    """Of each person and score, the earliest that are near enough: no other choice makes more pairs."""
    groups: dict[tuple[str, float], tuple[list[Delivered], list[Delivered]]] = defaultdict(lambda: ([], []))
    for side, answers in enumerate((old, new)):
        for each in answers:
            if each.person is not None and each.score is not None:
                groups[each.person, each.score][side].append(each)
    found = []
    for olds, news in groups.values():
        waiting, coming = sorted(olds, key=_order), sorted(news, key=_order)
        while waiting and coming:
            apart = coming[0].moment - waiting[0].moment
            if abs(apart) <= within:
                found.append(Pair(waiting.pop(0), coming.pop(0), "person"))
            elif apart > timedelta():
                waiting.pop(0)
            else:
                coming.pop(0)
    return sorted(found, key=lambda pair: _order(pair.old))


def _order(answer: Delivered) -> tuple[datetime, str]:
    return answer.moment, answer.key


def _folded(text: str) -> str:
    return text.strip().lower()
