"""Whether two surveys are one series, as the company has decided: by its approved registry of questions.

`nps_questions.csv` gives both questions the same survey type, touchpoint, journey stage and scale, or they
are not one series. By survey type and touchpoint a person's answers are compared too: of an answer that both
tools deliver, one counts (the quarantine window).

Belongs here: the decision as it is written. Does not belong here: answers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from orchestration.environment import ConfigurationError

_ONE = ("survey_type", "touchpoint", "journey_stage", "scale_min", "scale_max")


@dataclass(frozen=True)
class Survey:
    """A registered question of a survey of a source."""

    source: str
    survey_id: str
    question_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.survey_id}:{self.question_id}"


def one_series(registry: Path, old: str, new: str) -> tuple[Survey, Survey]:
    """The two questions. `old` and `new` are written SOURCE:SURVEY, or SOURCE:SURVEY:QUESTION.

    Raises:
        ConfigurationError: one is not registered, names several questions, or they are not one series.
    """
    with registry.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    first, second = _named(rows, old), _named(rows, new)
    if first == second:
        raise ConfigurationError(f"{old} and {new} are the same survey: name the old one and the new one")
    told = [_told(rows, each) for each in (first, second)]
    if told[0] != told[1]:
        differing = ", ".join(
            f"{name} ({' or '.join(sorted(told[0][name]))}; {' or '.join(sorted(told[1][name]))})"
            for name in _ONE
            if told[0][name] != told[1][name]
        )
        raise ConfigurationError(
            f"{first} and {second} are not one series: nps_questions.csv gives them another {differing}; "
            "give both the same and let it be approved, or leave them apart"
        )
    return first, second


def _named(rows: Iterable[dict[str, str]], text: str) -> Survey:
    asked = [part.strip().lower() for part in text.split(":")]
    if len(asked) not in (2, 3) or not all(asked):
        raise ConfigurationError(f"{text} is no survey: write SOURCE:SURVEY, or SOURCE:SURVEY:QUESTION")
    found = {
        tuple(_folded(row[name]) for name in ("source", "survey_id", "question_id")): Survey(
            row["source"].strip(), row["survey_id"].strip(), row["question_id"].strip()
        )
        for row in rows
    }
    named = [survey for key, survey in found.items() if list(key[: len(asked)]) == asked]
    if not named:
        raise ConfigurationError(f"{text} is not in nps_questions.csv: register its question first")
    if len(named) > 1:
        which = ", ".join(map(str, named))
        raise ConfigurationError(f"{text} has several registered questions: name one of {which}")
    return named[0]


def _told(rows: Iterable[dict[str, str]], survey: Survey) -> dict[str, set[str]]:
    own = [
        row
        for row in rows
        if tuple(_folded(row[name]) for name in ("source", "survey_id", "question_id"))
        == tuple(map(_folded, (survey.source, survey.survey_id, survey.question_id)))
    ]
    return {name: {_folded(row[name]) or "none" for row in own} for name in _ONE}


def _folded(text: str) -> str:
    return text.strip().lower()
