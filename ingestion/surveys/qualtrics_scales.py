"""What a Qualtrics question's own choices say a score is.

What is exported is a choice's recode value, which need not be the number that people saw: a scale of 0 to 10
may be exported as 1 to 11. The number shown is the score. If the choices are ambiguous, there is no scale.

Belongs here: choices, their labels and recode values. Does not belong here: the raw tables
(`qualtrics_tables.py`), or which question is NPS (the question registry).
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ingestion.arrow import dig
from ingestion.tables import Reader

NPS: Final = "NPS"
_SINGLE_ANSWER: Final = frozenset({NPS, "SAVR", "SAHR", "SACOL", "DL", "SB"})
_ZERO_TO_TEN: Final = frozenset(range(11))
_MARKUP: Final = re.compile(r"<[^>]*>")
_WHOLE_NUMBER: Final = re.compile(r"-?\d+")
_AT_THE_BEGINNING: Final = re.compile(r"[(\[]*[0-9]+(?![\w%/])")
_AT_THE_END: Final = re.compile(r".*[-–—:=(\[] ?[0-9]+[ )\]]*")
_AFTER_A_SPACE: Final = re.compile(r".* [0-9]+[ )\]]*")


@dataclass(frozen=True)
class Scale:
    """The lowest and highest number shown, how many there are (None: a slider), and what each exported value
    stands for where that is another one: its number, or None for a choice such as `Don't know`."""

    low: Any
    high: Any
    points: int | None = None
    shown: tuple[tuple[float, float | None], ...] = ()


def scale(question: Any) -> Scale | None:
    """The scale of a question, `None` where its answers are not numbers."""
    choices = numbered(dig(question, "Choices"))
    if dig(question, "QuestionType") == "Slider":
        low = dig(question, "Configuration", "CSSliderMin")
        high = dig(question, "Configuration", "CSSliderMax")
        return Scale(low, high) if len(choices) == 1 and low is not None else None
    selector = dig(question, "Selector")
    if selector not in _SINGLE_ANSWER:
        return None
    numbers = {
        choice: number_shown(dig(each, "Display"), selector == NPS) for choice, each in choices.items()
    }
    shown = [number for number in numbers.values() if number is not None]
    is_open = len(shown) < len(numbers) and selector != NPS and set(shown) != _ZERO_TO_TEN
    if len(shown) < 2 or len(set(shown)) < len(shown) or is_open:
        return None
    recodes = numbered(dig(question, "RecodeValues"))
    exported = {choice: str(recodes.get(choice, choice)) for choice in choices}
    whole = {choice: int(value) for choice, value in exported.items() if _WHOLE_NUMBER.fullmatch(value)}
    meant = {value: numbers[choice] for choice, value in whole.items()}
    if len(meant) < len(whole) or any(numbers[each] is not None for each in choices.keys() - whole.keys()):
        return None
    as_exported = all(value == number for value, number in meant.items())
    pairs = () if as_exported else tuple((float(value), number) for value, number in sorted(meant.items()))
    return Scale(min(shown), max(shown), len(shown), pairs)


def is_unreadable(question: Any) -> bool:
    """Whether a question is of the NPS kind, or exports 0 to 10, and yet its choices show no numbers."""
    selector, choices = dig(question, "Selector"), numbered(dig(question, "Choices"))
    if selector not in _SINGLE_ANSWER or scale(question) is not None:
        return False
    recodes = numbered(dig(question, "RecodeValues"))
    exported = {str(recodes.get(choice, choice)) for choice in choices}
    return selector == NPS or exported == set(map(str, _ZERO_TO_TEN))


def number_shown(label: Any, at_any_end: bool) -> int | None:
    """The whole number that a choice shows: its label is one (`10`), begins with one (`10 - Very likely`), or
    ends with one after a sign (`Very likely (10)`) or, `at_any_end`, after a space."""
    text = " ".join(html.unescape(_MARKUP.sub(" ", str(label))).split())
    if _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    found = re.findall("[0-9]+", text)
    if len(found) != 1 or text.startswith("-"):
        return None
    is_at_an_end = _AT_THE_BEGINNING.match(text) or _AT_THE_END.fullmatch(text)
    return int(found[0]) if is_at_an_end or (at_any_end and _AFTER_A_SPACE.fullmatch(text)) else None


def numbered(held: Any) -> dict[str, Any]:
    """Choice → what is held of it. Those numbered from 0 without a gap arrive as a list."""
    if type(held) is list:
        return {str(number): each for number, each in enumerate(held)}
    return held if type(held) is dict else {}


class _NoChoice:
    """Stands for an exported value that no choice has; fits no column."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def __repr__(self) -> str:
        return f"{self._value!r}, which no choice of the question exports"


def translated(key: str, shown: tuple[tuple[float, float | None], ...]) -> Reader:
    """Reads the score of a question under its export key: the number that the exported value stands for."""
    meant: Mapping[Any, float | None] = dict(shown)

    def read(record: Any) -> Any:
        value = dig(record, "values", key)
        if type(value) not in (int, float):
            return value
        return meant[value] if value in meant else _NoChoice(value)

    return read
