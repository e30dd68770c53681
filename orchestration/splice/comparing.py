"""The overlap of two tools of one series, what is double in it, and the score on both sides of the change.

Belongs here: which answers are compared. Does not belong here: pairs, statistics, or how it looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from orchestration.clear_texts import Clear
from orchestration.environment import ConfigurationError
from orchestration.splice import jump as statistics
from orchestration.splice.jump import Contrast, Jump, Side, Weighed
from orchestration.splice.matching import Delivered, Pair, alike, pairs, without
from orchestration.splice.series import Survey

_YEAR = timedelta(days=364)  # so that weekdays stay with weekdays


@dataclass(frozen=True)
class Splice:
    """What is known of two tools of a series.

    The overlap is from the first answer of the new tool to the last one of the old, both included; None where
    the new one began after the old one had ended. `only_old` and `only_new` are answers in the overlap that
    the other tool does not have: they count on their own. `alike` are those of them that agree in moment and
    score and tell nothing else: each pair may be one answer or two. `jump` compares the days before the
    overlap with those after it, `year_before` the same days 52 weeks earlier; `beyond` is the difference of
    the two.
    """

    old: Survey
    new: Survey
    delivered: tuple[tuple[Delivered, ...], tuple[Delivered, ...]]
    overlap: tuple[datetime, datetime] | None
    gap: timedelta | None
    pairs: tuple[Pair, ...]
    only_old: tuple[Delivered, ...]
    only_new: tuple[Delivered, ...]
    alike: tuple[Pair, ...]
    days: int
    jump: Jump
    year_before: Jump
    beyond: Contrast | None

    @property
    def doubles(self) -> tuple[Pair, ...]:
        """Answers that count twice."""
        return tuple(pair for pair in self.pairs if pair.is_double)


def compare(warehouse: Path, old: Survey, new: Survey, within: timedelta, days: int, clear: Clear) -> Splice:
    """What the last build has of both. Comments that may not be read are compared by their tokens.

    Raises:
        ConfigurationError: there is nothing to compare.
    """
    if not warehouse.exists():
        raise ConfigurationError(f"{warehouse} is not there: run `nps refresh` first")
    try:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            first, second = (_answers(connection, survey, clear) for survey in (old, new))
    except duckdb.CatalogException:
        raise ConfigurationError(f"{warehouse} has no answers yet: run `nps refresh` first") from None
    for survey, answers in ((old, first), (new, second)):
        if not answers:
            raise ConfigurationError(f"there is no answer of {survey}: load it and run `nps refresh` first")
    return spliced(old, new, first, second, within, days)


def spliced(
    old: Survey,
    new: Survey,
    first: Sequence[Delivered],
    second: Sequence[Delivered],
    within: timedelta,
    days: int,
) -> Splice:
    """The comparison of the answers of both, each in the order of time and not empty."""
    begins, ends = second[0].moment, first[-1].moment
    overlaps = begins <= ends
    found = pairs(first, second, within)
    only_old, only_new = (
        tuple(each for each in side if begins <= each.moment <= ends)
        for side in without(found, first, second)
    )

    instant = timedelta(microseconds=1)
    edges = (begins, ends) if overlaps else (ends + instant, begins - instant)
    both, span = (*first, *second), timedelta(days=days)
    now = _sides(first, second, *edges, span)
    year_before = _sides(both, both, edges[0] - _YEAR, edges[1] - _YEAR, span)
    return Splice(
        old=old,
        new=new,
        delivered=(tuple(first), tuple(second)),
        overlap=(begins, ends) if overlaps else None,
        gap=None if overlaps else begins - ends,
        pairs=tuple(found),
        only_old=only_old,
        only_new=only_new,
        alike=tuple(alike(found, first, second, within)),
        days=days,
        jump=statistics.jump(*now),
        year_before=statistics.jump(*year_before),
        beyond=statistics.beyond_season(now, year_before),
    )


def _sides(
    before: Sequence[Delivered],
    after: Sequence[Delivered],
    begins: datetime,
    ends: datetime,
    span: timedelta,
) -> tuple[Side, Side]:
    """What counted before one moment and after another. What is between is on neither side: there, it may be
    either tool by which an answer counts."""
    return (
        [_weighed(each) for each in before if each.is_counted and begins - span <= each.moment < begins],
        [_weighed(each) for each in after if each.is_counted and ends < each.moment <= ends + span],
    )


def _weighed(answer: Delivered) -> Weighed:
    assert answer.weight is not None
    return Weighed(answer.account or answer.key, answer.weight)


def _answers(connection: duckdb.DuckDBPyConnection, survey: Survey, clear: Clear) -> list[Delivered]:
    found = connection.execute(
        """
        select
            answer_key, response_id, invitation_id, nullif(person_key, answer_key), account_key, score,
            nps_weight, responded_at, disposition, is_counted, comment
        from marts.fct_survey_responses
        where lower(source) = lower(?) and lower(survey_id) = lower(?) and lower(question_id) = lower(?)
        order by responded_at, answer_key
        """,
        [survey.source, survey.survey_id, survey.question_id],
    )
    rows = found.fetchall()
    texts = clear(comment for *_, comment in rows if comment is not None)
    return [replace(Delivered(*row), comment=texts.get(row[-1], row[-1])) for row in rows]
