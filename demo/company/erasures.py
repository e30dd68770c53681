"""People who ask for what they said to be forgotten.

Belongs here: who asks, when, and under which of their names. Does not belong here: which answers that reaches
(`demo.truth.erased`), how a request arrives (`demo.inbox`).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.company.columns import Column, compute, moments, picked, untidy
from demo.company.crm import Names
from demo.company.ids import token_ids
from demo.company.people import People
from demo.company.size import DAY, HISTORY_END, HOUR, Ints, Size

KINDS: Final = ("response", "contact", "email")
"""What a request names."""
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
    with_email = responses["email"].combine_chunks().is_valid().to_numpy(zero_copy_only=False)
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
    about = np.concatenate([answers[kind] for kind in KINDS])
    kind = np.repeat(np.arange(len(KINDS)), [len(answers[kind]) for kind in KINDS])
    n = len(about)
    first = np.concatenate([[True], kind[1:] != kind[:-1]])
    soon = HISTORY_END + rng.integers(HOUR, 6 * DAY, n)
    later = shown[about] + HOUR + (rng.random(n) * (HISTORY_END - 5 * DAY - shown[about])).astype(np.int64)
    requested = np.where(first, soon, later)
    style = rng.integers(0, 4, n)

    def named(of: str, values: pa.ChunkedArray[Any]) -> Column:
        return picked(values.combine_chunks(), np.where(kind == KINDS.index(of), about, -1))

    table = pa.table(
        {
            "erasure_id": token_ids("ER_", n),
            "requested_at": moments(requested),
            "source": picked(_SOURCES, np.where(rng.random(n) < 0.5, 0, -1)),
            "response_id": untidy(named("response", responses["response_id"]), style),
            "contact_id": untidy(named("contact", responses["contact_id"]), style),
            "email": untidy(named("email", responses["email"]), style),
            "visible_at": moments(requested + rng.integers(HOUR, 3 * DAY, n)),
        }
    )
    return table.sort_by([("visible_at", "ascending"), ("erasure_id", "ascending")])


def counts(table: pa.Table) -> dict[str, int]:
    """How many requests of every kind there are."""
    return {
        kind: table[f"{kind}_id" if kind != "email" else kind].combine_chunks().is_valid().sum().as_py()
        for kind in KINDS
    }


def _some(rng: np.random.Generator, among: Ints, count: int) -> Ints:
    return np.sort(rng.permutation(among)[:count])


def _contacts(names: Names, responses: pa.Table) -> Ints:
    """The number of the contact that each response names, -1 where it names none."""
    given = pc.utf8_lower(pc.utf8_trim_whitespace(responses["contact_id"].combine_chunks()))
    found = compute.index_in(given, pc.utf8_lower(names.contact))
    return np.asarray(found.fill_null(-1), dtype=np.int64)
