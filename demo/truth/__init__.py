"""What the simulated company would publish, calculated from its own tables.

Belongs here: the company's own statement of its score, against which the warehouse is checked cell by cell.
Does not belong here: anything of the warehouse: no SQL, no seed, no import of another room.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pyarrow as pa

from demo.company import World
from demo.truth.definition import DISPOSITIONS, SOURCE
from demo.truth.judged import answers_received, counted, judge
from demo.truth.known import Known
from demo.truth.scores import score_table

__all__ = ["expected_dispositions", "expected_scores"]


def _known(world: World, as_of: date) -> Known:
    return Known(world, int(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC).timestamp()))


def expected_scores(world: World, as_of: date) -> pa.Table:
    """All rows and columns of `nps_scores` at midnight UTC of `as_of`, in order of their key."""
    known = _known(world, as_of)
    answers, _ = answers_received(world, known)
    kept = counted(world, known, answers, judge(answers, known))
    return score_table(kept, known.branches, as_of)


def expected_dispositions(world: World, as_of: date) -> pa.Table:
    """`source`, `disposition`, `answers` for every disposition that occurs, in order of precedence.

    What could not be read is the disposition `quarantined`; older versions are not answers and not in it.
    """
    known = _known(world, as_of)
    answers, quarantined = answers_received(world, known)
    tally = Counter(judge(answers, known))
    tally["quarantined"] = quarantined
    found = [name for name in (*DISPOSITIONS, "quarantined") if tally[name]]
    return pa.table(
        {
            "source": pa.array([SOURCE] * len(found), type=pa.string()),
            "disposition": pa.array(found, type=pa.string()),
            "answers": pa.array([tally[name] for name in found], type=pa.int64()),
        }
    )
