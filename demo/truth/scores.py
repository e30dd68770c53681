"""The expected publication, from counted answers: every period, every segment, every cell.

Belongs here: aggregation and what is withheld. Does not belong here: which answers count (`judged.py`).
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo.truth.definition import ALL, BANDS, DAY, DEFINITION_VERSION, DIMENSIONS, SEGMENTS, UNASSIGNED
from demo.truth.judged import Counted
from demo.truth.known import Branch
from demo.truth.rules import interval, net_promoter_score, periods, reportability

_EPOCH = date(1970, 1, 1)

_FIELDS: list[tuple[str, pa.DataType]] = [
    *((name, pa.string()) for name in ("survey_type", "measure", "period_grain")),
    *((name, pa.date32()) for name in ("period_start", "period_end")),
    *((name, pa.string()) for name in ("segment", *DIMENSIONS, "definition_version")),
    *((name, pa.int64()) for name in ("promoters", "passives", "detractors", "responses")),
    *((name, pa.float64()) for name in ("nps", "nps_low", "nps_high")),
    *((name, pa.string()) for name in ("reportability", "branch_name")),
]
SCHEMA = pa.schema(_FIELDS)
KEY = SCHEMA.names[: SCHEMA.names.index("definition_version") + 1]


class _Cells:
    """Counted answers in order of their day, every dimension as codes of sorted members."""

    def __init__(self, answers: list[Counted]) -> None:
        answers = sorted(answers, key=lambda answer: answer.responded)
        self.day = np.array([answer.responded // DAY for answer in answers], dtype=np.int64)
        self.band = np.array([BANDS[answer.score] for answer in answers])
        self.members: dict[str, list[str]] = {}
        self.codes: dict[str, NDArray[np.int64]] = {}
        for name in ("survey_type", *DIMENSIONS):
            members, codes = np.unique([getattr(answer, name) for answer in answers], return_inverse=True)
            self.members[name], self.codes[name] = members.tolist(), codes.astype(np.int64)

    def counts(self, names: tuple[str, ...], part: slice) -> list[tuple[dict[str, str], int, int, int]]:
        """(members, promoters, passives, detractors) of every cell with an answer."""
        cell = np.zeros(part.stop - part.start, dtype=np.int64)
        for name in names:
            cell = cell * len(self.members[name]) + self.codes[name][part]
        size = int(np.prod([len(self.members[name]) for name in names]))
        tallies = [
            np.bincount(cell[self.band[part] == band], minlength=size)
            for band in ("promoter", "passive", "detractor")
        ]
        every = product(*(self.members[name] for name in names))
        return [
            (dict(zip(names, members, strict=True)), int(promoters), int(passives), int(detractors))
            for members, promoters, passives, detractors in zip(every, *tallies, strict=True)
            if promoters + passives + detractors
        ]


def score_table(answers: list[Counted], branches: dict[str, Branch], as_of: date) -> pa.Table:
    """All rows and columns of `nps_scores`, in order of their key; empty where nothing counts."""
    if not answers:
        return SCHEMA.empty_table()
    names = {branch.branch_id: branch.name for branch in branches.values()}
    cells = _Cells(answers)
    rows: list[dict[str, Any]] = []
    first = _EPOCH + timedelta(days=int(cells.day[0]))
    for grain, start, end in periods(first, as_of):
        low, high = np.searchsorted(cells.day, [(start - _EPOCH).days, (end - _EPOCH).days]).tolist()
        for segment in SEGMENTS:
            for members, *tally in cells.counts(("survey_type", *segment), slice(low, high)):
                row: dict[str, Any] = {
                    "measure": "in_period",
                    "period_grain": grain,
                    "period_start": start,
                    "period_end": end,
                    "segment": "*".join(segment) or "company",
                    **dict.fromkeys(DIMENSIONS, ALL),
                    **members,
                    "definition_version": DEFINITION_VERSION,
                }
                row["branch_name"] = {ALL: ALL, UNASSIGNED: UNASSIGNED, **names}[row["branch"]]
                rows.append(row | figures(*tally))
    rows.sort(key=lambda row: [str(row[name]) for name in KEY])
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def figures(promoters: int, passives: int, detractors: int) -> dict[str, Any]:
    """The figures of a cell, with what its size does not allow to show left out."""
    responses = promoters + passives + detractors
    level = reportability(responses)
    shown: dict[str, Any] = {"responses": responses, "reportability": level}
    if level == "suppressed":
        return shown
    low, high = interval(promoters, passives, detractors)
    shown |= {"promoters": promoters, "passives": passives, "detractors": detractors}
    shown |= {"nps_low": low, "nps_high": high}
    if level != "interval_only":
        shown["nps"] = net_promoter_score(promoters, passives, detractors)
    return shown
