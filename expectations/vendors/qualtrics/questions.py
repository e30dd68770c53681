"""What Qualtrics' own survey definitions say of a question: where its answers are and what they mean.

A company may have exported a scale of 0 to 10 as 1 to 11, and an answer's payload has what was exported.
Written from docs/decisions/0030 and the vendor's JSON, not from the loader.

Belongs here: the choices of a question as it was when an answer was read. Does not belong here: answers
(`recount.raw`), or which question is NPS (`recount.rules`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, NamedTuple

_SCALE = list(range(11))


class Asked(NamedTuple):
    """A question: what its export key ends with, exported value → number shown (None: as exported), and
    whether people could choose from 0 to 10 and nothing else."""

    ending: str = ""
    meant: Mapping[float, int | None] | None = None
    is_zero_to_ten: bool = True

    def score(self, record: str, values: Mapping[str, Any]) -> float | None:
        """The number shown where the person answered; in a loop the record says which round: R_1:2_QID1."""
        score = values.get(record.rpartition(":")[2] + self.ending)
        if isinstance(score, bool) or not isinstance(score, int | float):
            return None
        score = score if self.meant is None else self.meant.get(score, score)
        return None if score is None else float(score)


def asked_by(question: dict[str, Any]) -> Asked:
    """What a definition says of one question."""
    choices = _listed(question.get("Choices"))
    if question.get("QuestionType") == "Slider":
        settings = question.get("Configuration") or {}
        ends = [settings.get("CSSliderMin"), settings.get("CSSliderMax")]
        return Asked("_" + next(iter(choices), ""), None, ends == [0, 10])
    recodes = _listed(question.get("RecodeValues"))
    anywhere = question.get("Selector") == "NPS"
    meant: dict[float, int | None] = {}
    shown = []
    for choice, held in choices.items():
        number = number_in(str(held.get("Display")), anywhere)
        exported = str(recodes.get(choice, choice))
        if number is not None:
            shown.append(number)
        if re.fullmatch("-?[0-9]+", exported):
            meant[float(exported)] = number
    return Asked("", meant or None, sorted(shown) == _SCALE)


def number_in(label: str, anywhere: bool) -> int | None:
    """The number in a label: the only one, at its beginning or end; `anywhere`: also just after a space."""
    text = " ".join(unescape(re.sub("<[^>]*>", " ", label)).split())
    if text.lstrip("-").isdecimal() and text.count("-") <= 1:
        return int(text)
    numbers = re.findall(r"[0-9]+", text)
    if len(numbers) != 1 or text.startswith("-"):
        return None
    (number,) = numbers
    before, _, after = text.partition(number)
    if before.strip("([") == "" and (after == "" or not (after[0].isalnum() or after[0] in "_%/")):
        return int(number)
    is_last = after.strip(" )]") == ""
    is_apart = before.rstrip()[-1:] in tuple("-–—:=([") or (anywhere and before.endswith(" "))
    return int(number) if is_last and is_apart else None


def _listed(held: Any) -> dict[str, Any]:
    """Choices by their numbers; those from 0 on may come without."""
    return {str(at): each for at, each in enumerate(held)} if isinstance(held, list) else held or {}
