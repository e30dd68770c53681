"""The expected `nps_scores`: every measure, period, segment and cell, and what of it is shown.

Belongs here: putting figures side by side, and withholding. Does not belong here: how a figure is calculated.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo.truth.cells import Company, Cut
from demo.truth.changes import changes
from demo.truth.coverage import response_rate, revenue_coverage
from demo.truth.definition import ALL, DEFINITION_VERSION, DIMENSIONS, REPORTABILITY, SEGMENTS, UNASSIGNED
from demo.truth.hidden import for_others
from demo.truth.known import Branch, Ints
from demo.truth.strata import COLUMNS as STRATIFIED
from demo.truth.strata import post_stratified

Columns = dict[str, NDArray[Any]]

COUNTS = ("promoters", "passives", "detractors")
CHANGE = ("nps_change", "change_z", "change_p_value", "change_q_value")
_FIELDS: list[tuple[str, pa.DataType]] = [
    *((name, pa.string()) for name in ("survey_type", "measure", "period_grain")),
    *((name, pa.date32()) for name in ("period_start", "period_end")),
    *((name, pa.string()) for name in ("segment", *DIMENSIONS, "definition_version")),
    *((name, pa.int64()) for name in (*COUNTS, "responses")),
    *((name, pa.float64()) for name in ("nps", "nps_standard_error", "nps_low", "nps_high")),
    ("reportability", pa.string()),
    *((name, pa.float64()) for name in CHANGE),
    *((name, pa.int64()) for name in ("answered_invitations", "delivered_invitations")),
    *((name, pa.float64()) for name in ("response_rate", "revenue_coverage", *STRATIFIED)),
    ("branch_name", pa.string()),
]
SCHEMA = pa.schema(_FIELDS)
KEY = SCHEMA.names[: SCHEMA.names.index("definition_version") + 1]

LEAST = dict(REPORTABILITY)
FOR_OTHERS = "suppressed_for_others"
BELOW_INTERVAL = (*COUNTS, "nps_low", "nps_high")
"""Withheld below `interval_only`; BELOW_SCORE is withheld below `indicative`."""
BELOW_SCORE = ("nps", "nps_standard_error", *CHANGE, *STRATIFIED)


def figures(cut: Cut) -> Columns:
    """Every figure of the cells of a cut, nothing withheld; not a number where there is none."""
    tally = cut.tally
    low, high = tally.interval
    return {
        **{name: getattr(tally, name).astype(np.int64) for name in COUNTS},
        "responses": tally.responses.astype(np.int64),
        "nps": 100.0 * tally.score,
        "nps_standard_error": 100.0 * tally.standard_error,
        "nps_low": 100.0 * low,
        "nps_high": 100.0 * high,
        **changes(cut),
        **response_rate(cut),
        "revenue_coverage": revenue_coverage(cut),
        **post_stratified(cut),
    }


def labels(cut: Cut) -> Columns:
    """The key of the cells of a cut."""
    n, codes = len(cut.cells), cut.codes()

    def same(value: object) -> NDArray[Any]:
        return np.full(n, value, dtype=object)

    members = {
        name: np.array(cut.grid.members[name], dtype=object)[codes[name]] if name in codes else same(ALL)
        for name in ("survey_type", *DIMENSIONS)
    }
    return {
        **members,
        "measure": same(cut.measure),
        "period_grain": same(cut.period.grain),
        "period_start": same(cut.period.start),
        "period_end": same(cut.period.end),
        "segment": same("*".join(cut.names[1:]) or "company"),
        "definition_version": same(DEFINITION_VERSION),
    }


def reportability(responses: Ints) -> NDArray[Any]:
    """What may be shown of figures with so many answers."""
    falling = [(name, responses >= least) for name, least in REPORTABILITY]
    return np.select(
        [holds for _, holds in falling], [np.full(len(responses), name, object) for name, _ in falling]
    )


def judged(cut: Cut) -> NDArray[Any]:
    """What may be shown of the figures of a cut."""
    return np.where(for_others(cut), FOR_OTHERS, reportability(cut.tally.responses.astype(np.int64)))


def branch_names(branch: NDArray[Any], branches: Mapping[str, Branch]) -> NDArray[Any]:
    """The name of every branch as the CRM has it; those that are none keep their word for it."""
    names = {ALL: ALL, UNASSIGNED: UNASSIGNED} | {one.branch_id: one.name for one in branches.values()}
    return np.array([names[one] for one in branch.tolist()], dtype=object)


def table(columns: Columns, schema: pa.Schema, withheld: Mapping[str, int]) -> pa.Table:
    """The columns of the schema; `withheld` says how many answers a column needs to be shown, and which are
    not shown for others."""
    responses, for_others = columns["responses"], columns["reportability"] == FOR_OTHERS
    arrays = []
    for entry in schema:
        values = columns[entry.name]
        hidden = responses < withheld.get(entry.name, 0)
        if entry.name in withheld:
            hidden = hidden | for_others
        if values.dtype.kind == "f":
            hidden = hidden | np.isnan(values)
        arrays.append(pa.array(values, entry.type, mask=hidden))
    return pa.Table.from_arrays(arrays, schema=schema)


def score_table(company: Company, branches: Mapping[str, Branch]) -> pa.Table:
    """All rows and columns of `nps_scores`, in order of measure, period, segment and members."""
    parts = [labels(cut) | figures(cut) | {"reportability": judged(cut)} for cut in company.cuts(SEGMENTS)]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    columns["branch_name"] = branch_names(columns["branch"], branches)
    withheld = dict.fromkeys(BELOW_INTERVAL, LEAST["interval_only"])
    return table(columns, SCHEMA, withheld | dict.fromkeys(BELOW_SCORE, LEAST["indicative"]))
