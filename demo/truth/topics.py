"""What the comments behind `nps_topics` are about: the company knows, for it has planted each sentence.

Belongs here: who mentions what in the year and the quarter up to as-of, cell by cell, nothing withheld. Does
not belong here: which of it is shown, which the recount says by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pyarrow as pa

from demo.company.comments import ABOUT, COMMENTS, PERSUADED, UNREAD
from demo.truth.cells import Company
from demo.truth.definition import ALL, Z_95
from demo.truth.facts import EPOCH
from demo.truth.known import Ints
from demo.truth.statistics import Tally, difference

WINDOWS: Final = {"trailing_365d": 365, "trailing_90d": 90}
SEGMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "company": (),
    **{name: (name,) for name in ("customer_value_tier", "journey_stage", "branch")},
}
#: What the taxonomy does not see, though a person does: no word of these is in it.
MISSED: Final = {
    'They said "next week", three times.': "speed",
    "Bueno; falta soporte los sábados": "reachability",
    "Die Filiale hat uns großartig geholfen.": "people",
    "¡Excelente atención!": "people",
    "Atendimento nota dez!": "people",
}
#: Sentence → what the taxonomy finds, of those that are in one of its languages.
FOUND: Final = {
    sentence: ABOUT.get(sentence, frozenset()) - {MISSED.get(sentence, "")}
    for sentence in (
        *PERSUADED,
        *(text for band in COMMENTS for at, texts in enumerate(band) if at not in UNREAD for text in texts),
    )
}
TOPICS: Final = sorted({topic for topics in ABOUT.values() for topic in topics})

_FIELDS: list[tuple[str, pa.DataType]] = [
    *((name, pa.string()) for name in ("survey_type", "period_grain", *SEGMENTS, "topic")),
    *((name, pa.int64()) for name in ("answers", "comments", "mentions")),
    *((name, pa.int64()) for name in ("comments_before", "mentions_before")),
    *((name, pa.float64()) for name in ("mentioning_nps", "other_nps")),
    *((name, pa.float64()) for name in ("difference_low", "difference_high", "difference_p_value")),
]
SCHEMA = pa.schema(_FIELDS)
KEY: Final = SCHEMA.names[: SCHEMA.names.index("topic") + 1]


def topic_table(company: Company) -> pa.Table:
    """A row for each cell with a comment, topic, segment and window; `company` names the segment."""
    rows = [
        row
        for grain, days in WINDOWS.items()
        for segment, split_by in SEGMENTS.items()
        for row in _rows(company, grain, days, segment, split_by)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(
    company: Company, grain: str, days: int, segment: str, split_by: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    end = (company.as_of - EPOCH).days
    given, names = company.given, ("survey_type", *split_by)
    within = np.flatnonzero((given.day >= end - days) & (given.day < end))
    before = np.flatnonzero((given.day >= end - 2 * days) & (given.day < end - days))
    everybody = _tally(company, names, within)
    said = {name: _read(company, rows) for name, rows in (("now", within), ("before", before))}
    commented, earlier = (_tally(company, names, said[name]) for name in ("now", "before"))
    for topic in TOPICS:
        mentioned, mentioned_before = (
            _tally(company, names, _about(company, said[name], topic)) for name in ("now", "before")
        )
        others = commented - mentioned
        _, p = difference(mentioned, others)
        one, other = mentioned.adjusted, others.adjusted
        reach = Z_95 * np.sqrt(one.variance / one.responses + other.variance / other.responses)
        for cell in np.flatnonzero(commented.responses):
            members = {
                name: company.grid.members[name][codes[0]]
                for name, codes in company.grid.apart(names, np.array([cell])).items()
            }
            yield {
                **dict.fromkeys(SEGMENTS, ALL),
                **members,
                **{"company": segment, "period_grain": grain, "topic": topic},
                "answers": int(everybody.responses[cell]),
                "comments": int(commented.responses[cell]),
                "mentions": int(mentioned.responses[cell]),
                "comments_before": int(earlier.responses[cell]),
                "mentions_before": int(mentioned_before.responses[cell]),
                "mentioning_nps": 100.0 * float(mentioned.score[cell]),
                "other_nps": 100.0 * float(others.score[cell]),
                "difference_low": 100.0 * max(-2.0, float((one.score - other.score - reach)[cell])),
                "difference_high": 100.0 * min(2.0, float((one.score - other.score + reach)[cell])),
                "difference_p_value": float(p[cell]),
            }


def _read(company: Company, rows: Ints) -> Ints:
    found: Ints = rows[np.array([company.given.comment[row] in FOUND for row in rows], dtype=bool)]
    return found


def _about(company: Company, rows: Ints, topic: str) -> Ints:
    found: Ints = rows[np.array([topic in FOUND[company.given.comment[row]] for row in rows], dtype=bool)]
    return found


def _tally(company: Company, names: tuple[str, ...], rows: Ints) -> Tally:
    cell = company.grid.cells(names, company.given.codes, rows)
    counts = np.bincount(cell * 3 + company.given.band[rows], minlength=company.grid.size(names) * 3)
    return Tally.of(counts.reshape(-1, 3))
