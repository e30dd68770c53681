"""What the simulated company would publish, calculated from its own tables.

Belongs here: the company's own statement of its score, against which the warehouse is checked cell by cell.
Does not belong here: anything of the warehouse: no SQL, no seed, no import of another room.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pyarrow as pa

from demo.company import World
from demo.truth.cells import Company
from demo.truth.definition import DISPOSITIONS, SOURCE
from demo.truth.erased import Erasures
from demo.truth.facts import Facts
from demo.truth.judged import answers_received, judge
from demo.truth.known import Known
from demo.truth.scorecards import SCHEMA as SCORECARDS
from demo.truth.scorecards import scorecard_table
from demo.truth.scores import SCHEMA as SCORES
from demo.truth.scores import score_table
from demo.truth.signals import bounce_table
from demo.truth.topics import SCHEMA as TOPICS
from demo.truth.topics import topic_table

__all__ = [
    "expected_bounces",
    "expected_dispositions",
    "expected_scorecards",
    "expected_scores",
    "expected_topics",
]


def _known(world: World, as_of: date) -> Known:
    return Known(world, int(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC).timestamp()))


def _company(world: World, known: Known, as_of: date) -> Company | None:
    """Everything there is to count; None where nothing counts."""
    answers, _ = answers_received(world, known)
    facts = Facts(world, known, answers, judge(answers, known, Erasures(world, known)))
    return Company(facts, as_of) if len(facts.answers.day) else None


def expected_scores(world: World, as_of: date) -> pa.Table:
    """All rows and columns of `nps_scores` at midnight UTC of `as_of`; empty where nothing counts."""
    known = _known(world, as_of)
    company = _company(world, known, as_of)
    return score_table(company, known.branches) if company else SCORES.empty_table()


def expected_scorecards(world: World, as_of: date) -> pa.Table:
    """All rows and columns of `branch_scorecards`; empty where nobody has answered for a year."""
    known = _known(world, as_of)
    company = _company(world, known, as_of)
    return scorecard_table(company, known.branches) if company else SCORECARDS.empty_table()


def expected_topics(world: World, as_of: date) -> pa.Table:
    """What the cells of `nps_topics` hold, whether they are shown or not; empty where nothing counts."""
    company = _company(world, _known(world, as_of), as_of)
    return topic_table(company) if company else TOPICS.empty_table()


def expected_bounces(world: World, as_of: date) -> pa.Table:
    """How many invitations of the year bounced, of how many, by survey type and branch."""
    return bounce_table(world, _known(world, as_of), as_of)


def expected_dispositions(world: World, as_of: date) -> pa.Table:
    """`source`, `disposition`, `answers` for every disposition that occurs, in order of precedence.

    What could not be read is the disposition `quarantined`; older versions are not answers and not in it.
    """
    known = _known(world, as_of)
    answers, quarantined = answers_received(world, known)
    tally = Counter(judge(answers, known, Erasures(world, known)))
    tally["quarantined"] = quarantined
    found = [name for name in (*DISPOSITIONS, "quarantined") if tally[name]]
    return pa.table(
        {
            "source": pa.array([SOURCE] * len(found), type=pa.string()),
            "disposition": pa.array(found, type=pa.string()),
            "answers": pa.array([tally[name] for name in found], type=pa.int64()),
        }
    )
