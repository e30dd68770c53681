"""People who ask for what they said to be forgotten.

Belongs here: who asks, when, and under which of their names. Does not belong here: which answers that reaches
(`demo.truth.erased`), how a request arrives (`demo.inbox`).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.company.columns import Column, compute, moments, picked, untidy
from demo.company.crm import Names
from demo.company.ids import token_ids
from demo.company.people import People
from demo.company.size import DAY, HISTORY_END, HOUR, Ints, Size

NAMED_BY: Final = {"response": "response_id", "contact": "contact_id", "email": "email"}
"""What a request is about, and the column that says whose."""
_ANSWERS_A_REQUEST: Final = 5_000
_AT_LEAST: Final = 4
_SOURCES: Final = ("qualtrics",)


def erasures(size: Size, people: People, names: Names, responses: pa.Table) -> pa.Table:
    """As many requests of every kind, each after the answer that led to it; deterministic from the seed.

    The first of a kind comes in the days ahead, so that what has been published has to change. Half of the
    requests that name a contact name one that has been merged into another.
    """
    rng = size.stream("erasures")
    shown = responses["visible_at"].combine_chunks().cast(pa.int64()).to_numpy() // 1_000_000
    past = np.flatnonzero(shown < HISTORY_END - 30 * DAY)
    each = max(size.answers // _ANSWERS_A_REQUEST, _AT_LEAST)
    contact = _contacts(names, responses)
    loser = (contact >= 0) & (people.contacts.merged_into[contact] >= 0)
    # Whoever asks gives an address, and not what a form wrote in its place.
    has_address = compute.match_substring(responses["email"], "@").combine_chunks()
    with_email = has_address.fill_null(False).to_numpy(zero_copy_only=False)
    answers = {
        "response": _some(rng, past, each),
        "contact": np.concatenate(
            [
                _some(rng, past[loser[past]], each // 2),
                _some(rng, past[(contact[past] >= 0) & ~loser[past]], each - each // 2),
            ]
        ),
        "email": _some(rng, past[with_email[past]], each),
    }
    about = np.concatenate(list(answers.values()))
    kind = np.repeat(list(answers), [len(places) for places in answers.values()])
    n = len(about)
    first = np.concatenate([[True], kind[1:] != kind[:-1]])
    soon = HISTORY_END + rng.integers(HOUR, 6 * DAY, n)
    later = shown[about] + HOUR + (rng.random(n) * (HISTORY_END - 5 * DAY - shown[about])).astype(np.int64)
    requested = np.where(first, soon, later)
    style = rng.integers(0, 4, n)

    def named(of: str) -> Column:
        values = responses[NAMED_BY[of]].combine_chunks()
        return untidy(picked(values, np.where(kind == of, about, -1)), style)

    table = pa.table(
        {
            "erasure_id": token_ids("ER_", n),
            "requested_at": moments(requested),
            "source": picked(_SOURCES, np.where(rng.random(n) < 0.5, 0, -1)),
            "response_id": named("response"),
            "contact_id": named("contact"),
            "email": named("email"),
            "visible_at": moments(requested + rng.integers(HOUR, 3 * DAY, n)),
        }
    )
    return table.sort_by([("visible_at", "ascending"), ("erasure_id", "ascending")])


def counts(table: pa.Table) -> dict[str, int]:
    """How many requests of every kind there are."""
    return {kind: len(table) - table[column].null_count for kind, column in NAMED_BY.items()}


def _some(rng: np.random.Generator, among: Ints, count: int) -> Ints:
    return np.sort(rng.permutation(among)[:count])


def _contacts(names: Names, responses: pa.Table) -> Ints:
    """The number of the contact that each response names, -1 where it names none."""
    given = pc.utf8_lower(pc.utf8_trim_whitespace(responses["contact_id"].combine_chunks()))
    found = compute.index_in(given, pc.utf8_lower(names.contact))
    return np.asarray(found.fill_null(-1), dtype=np.int64)
