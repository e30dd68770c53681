"""Finds the column with the answers to "how likely are you to recommend us?", and what its words mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from look.columns import Column
from look.findings import Findings, Known
from look.vocabulary import place, plain, words

_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)")
_REMEDY = "use --column score=HEADER"
_FITS, _FITS_BY_NAME = 0.9, 0.5
_DIFFERENT = 300  # a scale has eleven values, plus some in words or by mistake
_ENOUGH_TO_SEE_A_ZERO = 300


@dataclass(frozen=True)
class Scale:
    """A column as a scale: words that stand for numbers, words for "no answer", and how well it fits."""

    column: Column
    by_question: bool
    by_name: bool
    fit: float
    numbers: frozenset[float]
    scores: dict[str, int]
    no_answer: tuple[str, ...]
    decimal: str


def scale_of(column: Column) -> Scale | None:
    """The column read as a scale from 0 to 10; None if its name says otherwise, or nothing fits."""
    question = any(place("score", "question", label) is not None for label in column.labels)
    if not question and any(place("score", "other", label) is not None for label in column.labels):
        return None
    if len(column.values) > _DIFFERENT:
        return None
    scores: dict[str, int] = {}
    no_answer: list[str] = []
    numbers: set[float] = set()
    fitting = unanswered = 0
    decimal = "."
    for value, count in column.values.items():
        if _NUMBER.fullmatch(value):
            number = float(value.replace(",", "."))
            numbers.add(number)
            fitting += count if number.is_integer() and 0 <= number <= 10 else 0
            decimal = "," if "," in value else decimal
        elif (stands_for := number_in_words(value)) is not None:
            scores[value] = stands_for
            numbers.add(stands_for)
            fitting += count
        elif plain(value) in words()["answers"]["none"]:
            no_answer.append(value)
            unanswered += count
    if not fitting:
        return None
    named = any(place("score", "name", label) is not None for label in column.labels)
    fit = fitting / (column.filled - unanswered)
    return Scale(column, question, named, fit, frozenset(numbers), scores, tuple(no_answer), decimal)


def number_in_words(value: str) -> int | None:
    """The number that a label means: `10 - Extremely likely`, `9/10`, an end of the scale in words."""
    found = re.findall(r"\d+", re.sub(r"/\s*10\b", "", value))
    if len(found) == 1 and 0 <= int(found[0]) <= 10 and len(value) <= 80:
        at_an_end = re.match(r"\W*\d+(\b|\D)", value) or re.search(r"\D\d+\W*$", value)
        return int(found[0]) if at_an_end else None
    for number in ("0", "10"):
        if plain(value) in words()["answers"][number]:
            return int(number)
    return None


def find_score(columns: Sequence[Column], known: Known, findings: Findings) -> Scale | None:
    """The score column, known or found by name and content; None if no column fits."""
    scales = [scale for column in columns if (scale := scale_of(column))]
    if known.header is not None:
        chosen = next((scale for scale in scales if scale.column.header == known.header), None)
        if chosen is None:
            findings.unsure("score", f'"{known.header}" holds no number from 0 to 10', _REMEDY, blocks=True)
            return None
        findings.sure("score", f'"{chosen.column.shown}", {known.why}')
        _doubt(chosen, findings)
        return chosen
    fitting = [
        scale
        for scale in scales
        if scale.fit >= _FITS or ((scale.by_question or scale.by_name) and scale.fit >= _FITS_BY_NAME)
    ]
    best = sorted(fitting, key=_rank, reverse=True)
    if not best:
        findings.unsure(
            "score", "no column holds whole numbers from 0 to 10, or words for them", _REMEDY, True
        )
        return None
    chosen = best[0]
    rivals = [scale for scale in best[1:] if _rank(scale)[:2] == _rank(chosen)[:2]]
    name = f'"{chosen.column.shown}"'
    if rivals:
        listed = ", ".join(f'"{scale.column.header}"' for scale in (chosen, *rivals)[:4])
        remedy = f"{_REMEDY}; a mapping can read several as [questions]"
        findings.unsure("score", f"several columns could be the score: {listed}", remedy, blocks=True)
    elif chosen.by_question:
        findings.sure(
            "score",
            f"{name}: the header asks the NPS question, and {100 * chosen.fit:.0f} % fit the scale 0–10",
        )
    elif chosen.by_name:
        text = f"{name}: by its name, and {100 * chosen.fit:.0f} % fit the scale 0–10"
        findings.unsure("score", f"{text}; the name does not say NPS") if len(best) > 1 else findings.sure(
            "score", text
        )
    else:
        findings.unsure("score", f"{name}, by its content only, not by its name", _REMEDY, blocks=True)
    _doubt(chosen, findings)
    return chosen


def _rank(scale: Scale) -> tuple[bool, bool, bool, int]:
    return scale.by_question, scale.by_name, max(scale.numbers) > 7, len(scale.numbers)


def _doubt(scale: Scale, findings: Findings) -> None:
    """Report evidence against a scale from 0 to 10."""
    inside = {number for number in scale.numbers if number == int(number)}
    many = scale.column.filled >= _ENOUGH_TO_SEE_A_ZERO
    if inside and max(inside) <= 7 and scale.column.filled >= 30:
        text = f"its highest number is {max(inside):.0f}: this is not a scale from 0 to 10"
        findings.unsure("score", text, "such a scale has no NPS; " + _REMEDY, blocks=True)
    elif inside and 0 not in inside and many:
        findings.unsure("score", f"no 0 in {scale.column.filled:,} answers: was 0 to 10 asked, or 1 to 10?")
    if scale.scores:
        shown = ", ".join(f'"{text}" = {number}' for text, number in list(scale.scores.items())[:3])
        findings.sure("score", f"{len(scale.scores)} answers in words mean numbers: {shown}")
