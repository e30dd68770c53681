"""Which answer of the new tool is which of the old one: the same answer, delivered by both.

By id, where an answer of the new tool carries the old tool's response id as its own or as its invitation's.
Else by person, score and moment, the moments being at most `within` apart. Else, where not both tools know a
person, by comment, score and moment, if no other answer of either tool has that comment: two strangers may
give a 9 in the same second, and both may write "good", but not words that nobody else ever writes. Nobody is
matched by moment and score alone.

Belongs here: the pairs. Does not belong here: what they mean for a score (`jump.py`), or how they are read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
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
    comment: str | None = None


@dataclass(frozen=True)
class Pair:
    """The same answer by both tools; `by` says how that is known: `id`, `person` or `comment`."""

    old: Delivered
    new: Delivered
    by: str

    @property
    def is_double(self) -> bool:
        """Whether the answer counts twice."""
        return self.old.is_counted and self.new.is_counted


def pairs(old: Sequence[Delivered], new: Sequence[Delivered], within: timedelta) -> list[Pair]:
    """Each answer in one pair at most, those by id first, then by person, each in the order of time."""
    found = _by_id(old, new)
    found += _near(*without(found, old, new), within, _person, "person")
    once = _written_once(old) & _written_once(new)
    by_comment = _near(
        *without(found, old, new),
        within,
        lambda each: text if (text := _text(each)) in once else None,
        "comment",
    )
    return [*found, *(pair for pair in by_comment if pair.old.person is None or pair.new.person is None)]


def alike(
    found: Iterable[Pair], old: Sequence[Delivered], new: Sequence[Delivered], within: timedelta
) -> list[Pair]:
    """Answers of nobody known, without a comment and in no pair, that agree in moment and score: they may be
    the same, or strangers'."""
    return _near(
        *without(found, old, new),
        within,
        lambda each: True if each.person is None and not _text(each) else None,
        "nothing",
    )


def without(
    found: Iterable[Pair], old: Iterable[Delivered], new: Iterable[Delivered]
) -> tuple[list[Delivered], list[Delivered]]:
    """The answers of each side that are in no pair."""
    taken = {each.key for pair in found for each in (pair.old, pair.new)}
    return [each for each in old if each.key not in taken], [each for each in new if each.key not in taken]


def _person(answer: Delivered) -> str | None:
    return answer.person


def _text(answer: Delivered) -> str:
    """The comment, whichever way a tool writes its spaces and line ends."""
    return " ".join((answer.comment or "").split())


def _written_once(answers: Iterable[Delivered]) -> set[str]:
    return {text for text, count in Counter(map(_text, answers)).items() if text and count == 1}


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


def _near(
    old: Iterable[Delivered],
    new: Iterable[Delivered],
    within: timedelta,
    same: Callable[[Delivered], Hashable | None],
    by: str,
) -> list[Pair]:
    """Of what is the `same` and each score, the earliest that are near enough: no other choice makes more
    pairs. None is the same as nothing."""
    groups: dict[Hashable, tuple[list[Delivered], list[Delivered]]] = defaultdict(lambda: ([], []))
    for side, answers in enumerate((old, new)):
        for each in answers:
            if (known := same(each)) is not None and each.score is not None:
                groups[known, each.score][side].append(each)
    found = []
    for olds, news in groups.values():
        waiting, coming = sorted(olds, key=_order), sorted(news, key=_order)
        while waiting and coming:
            apart = coming[0].moment - waiting[0].moment
            if abs(apart) <= within:
                found.append(Pair(waiting.pop(0), coming.pop(0), by))
            elif apart > timedelta():
                waiting.pop(0)
            else:
                coming.pop(0)
    return sorted(found, key=lambda pair: _order(pair.old))


def _order(answer: Delivered) -> tuple[datetime, str]:
    return answer.moment, answer.key


def _folded(text: str) -> str:
    return text.strip().lower()
