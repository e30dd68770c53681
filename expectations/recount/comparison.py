"""Where the recount and what was built differ: row by row, figure by figure, exclusion by exclusion.

Belongs here: aligning both sides in the engine, and naming what is not equal. Does not belong here: counting.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import duckdb
import pyarrow as pa

from expectations.dimensions import Dimensions
from expectations.recount import (
    answers,
    bridge,
    control,
    integrity,
    invitations,
    practice,
    root_causes,
    standings,
    targets,
    topics,
)
from expectations.recount.cells import ALL
from expectations.recount.changes import KEY, Explained
from expectations.recount.coding import rows_as_table
from expectations.recount.figures import Figures
from expectations.recount.keys import FigureKey, key_columns
from expectations.recount.members import Members
from expectations.recount.sample import Sample

#: Scores follow from the same counts by the same formula; what a weighted score is worth grows with answers.
#: Logarithms of the gamma function of millions leave p fewer digits.
_TOLERANCES = {"effective_responses": 1e-6, "signal_p_value": 1e-7, "signal_q_value": 1e-7}
_TOLERANCE = 1e-9
#: Ratios of risks and money have no upper end: compared by their size.
_RATIOS = frozenset(
    f"{name}{bound}"
    for name in ("risk_ratio", "stratified_risk_ratio", "mrr_at_risk")
    for bound in ("", "_low", "_high")
)
Shown: TypeAlias = Any


@dataclass(frozen=True)
class Difference:
    """An answer, figure or exclusion on which recount and warehouse disagree; None: it is not there.

    `figure` is the figure's key, (source, disposition) of an exclusion or (answer_key,) of an answer.
    """

    figure: FigureKey | tuple[str, ...]
    column: str
    recounted: Shown
    published: Shown

    @property
    def name(self) -> str:
        """The figure in words: only what tells it from others."""
        parts = self.figure.values if isinstance(self.figure, FigureKey) else self.figure
        return " ".join(str(part) for part in parts if part != ALL)


class _Excluded(NamedTuple):
    source: str
    disposition: str
    answers: int


def of_figures(connection: duckdb.DuckDBPyConnection, expected: Figures) -> list[Difference]:
    """Every column of every cell of `publication.nps_scores`."""
    there = expected.as_table()
    built = f"select {', '.join(there.column_names)} from publication.nps_scores"
    return differences(
        connection, there, built, key_columns(expected.keys.dimensions), "responses", FigureKey.of
    )


def of_scorecards(connection: duckdb.DuckDBPyConnection, expected: pa.Table) -> list[Difference]:
    """Every column but names of `publication.branch_scorecards`."""
    if not expected.num_rows:
        return []
    key = ("survey_type", "definition_version", "branch", "period_start", "period_end")
    built = f"select {', '.join(expected.column_names)} from publication.branch_scorecards"
    return differences(connection, expected, built, key, "responses")


def of_changes(connection: duckdb.DuckDBPyConnection, expected: Sequence[Explained]) -> list[Difference]:
    """Every column but names of `publication.nps_changes_explained`."""
    there = rows_as_table(Explained, expected)
    built = f"select {', '.join(there.column_names)} from publication.nps_changes_explained"
    return differences(connection, there, built, KEY, "contribution")


def of_topics(connection: duckdb.DuckDBPyConnection, expected: Sequence[topics.Topic]) -> list[Difference]:
    """Every column but names of `publication.nps_topics`."""
    there = rows_as_table(topics.Topic, expected)
    return differences(connection, there, topics.built(), topics.KEY, "mentions")


def of_practices(
    connection: duckdb.DuckDBPyConnection, expected: Sequence[practice.Practice]
) -> list[Difference]:
    """Every column but names of `publication.best_practice`."""
    there = rows_as_table(practice.Practice, expected)
    return differences(connection, there, practice.built(), practice.KEY, "verdict")


def of_root_causes(
    connection: duckdb.DuckDBPyConnection, expected: Sequence[root_causes.Cause]
) -> list[Difference]:
    """Every column but names of `publication.nps_root_causes`."""
    there = rows_as_table(root_causes.Cause, expected)
    return differences(connection, there, root_causes.built(), root_causes.KEY, "verdict")


def of_integrity(connection: duckdb.DuckDBPyConnection, expected: integrity.Integrity) -> list[Difference]:
    """Every column but names of `publication.integrity_signals` and `publication.nps_without_flagged`."""
    found = []
    for table, kind, rows, key, lacking in (
        ("integrity_signals", integrity.Signal, expected.signals, 5, "verdict"),
        ("nps_without_flagged", integrity.Beside, expected.beside, 2, "responses"),
    ):
        there = rows_as_table(kind, rows)
        built = f"select {', '.join(there.column_names)} from publication.{table}"
        found += differences(connection, there, built, there.column_names[:key], lacking)
    return found


def of_targets(
    connection: duckdb.DuckDBPyConnection, expected: Sequence[targets.Attainment]
) -> list[Difference]:
    """Every column but names of `publication.target_attainment`."""
    there = rows_as_table(targets.Attainment, expected)
    built = f"select {', '.join(there.column_names)} from publication.target_attainment"
    return differences(connection, there, built, targets.KEY, "verdict")


def of_charts(connection: duckdb.DuckDBPyConnection, expected: Sequence[control.Charted]) -> list[Difference]:
    """Every column but names of `publication.nps_control_chart`."""
    there = rows_as_table(control.Charted, expected)
    built = f"select {', '.join(there.column_names)} from publication.nps_control_chart"
    return differences(connection, there, built, control.KEY, "verdict")


def of_exclusions(
    connection: duckdb.DuckDBPyConnection, expected: Mapping[tuple[str, str], int]
) -> list[Difference]:
    """Answers received by source and disposition, of `publication.response_dispositions`."""
    there = rows_as_table(_Excluded, [_Excluded(*key, answers) for key, answers in expected.items()])
    built = (
        "select source, disposition, sum(answers)::bigint as answers"
        " from publication.response_dispositions group by all"
    )
    return differences(connection, there, built, ("source", "disposition"), "answers")


def of_bridge(connection: duckdb.DuckDBPyConnection, expected: Sequence[bridge.Line]) -> list[Difference]:
    """Every line of `publication.nps_bridge`."""
    there = rows_as_table(bridge.Line, expected)
    return differences(connection, there, bridge.built(), bridge.Line._fields[:6], "answers")


def of_answers(
    connection: duckdb.DuckDBPyConnection,
    expected: Sequence[answers.Row],
    persons: str | None,
    dimensions: Dimensions,
) -> list[Difference]:
    """Every answer recounted, and every answer of those `persons` (an SQL condition on person_key; None: of
    all), against `marts.fct_survey_responses`."""
    there = rows_as_table(answers.Row, expected, dimensions.names)
    return differences(connection, there, answers.built(persons, dimensions), ("key",), "row")


def of_invitations(
    connection: duckdb.DuckDBPyConnection,
    expected: Sequence[invitations.Asked],
    persons: str | None,
    dimensions: Dimensions,
) -> list[Difference]:
    """Every invitation for NPS against `marts.fct_survey_invitations`, as `of_answers`."""
    there = rows_as_table(invitations.Asked, expected, dimensions.names)
    return differences(connection, there, invitations.built(persons, dimensions), ("key",), "row")


def of_standings(
    connection: duckdb.DuckDBPyConnection,
    expected: Sequence[standings.Standing],
    accounts: Sample | None,
    dimensions: Dimensions,
) -> list[Difference]:
    """Every customer of each day against `marts.fct_account_standings`."""
    there = rows_as_table(standings.Standing, expected, dimensions.of_accounts)
    return differences(
        connection, there, standings.built(accounts, dimensions), there.column_names[:3], "row"
    )


def of_members(connection: duckdb.DuckDBPyConnection, expected: Sequence[Members]) -> list[Difference]:
    """Every row of the dimensions of accounts, contacts and employees."""
    return [
        replace(apart, figure=(each.dimension, *map(str, apart.figure)))
        for each in expected
        for apart in differences(connection, each.rows, each.built, each.key, "row")
    ]


def differences(
    connection: duckdb.DuckDBPyConnection,
    expected: pa.Table,
    built: str,
    key: Sequence[str],
    lacking: str,
    named: Callable[[Sequence[Any]], FigureKey | tuple[str, ...]] = lambda key: tuple(map(str, key)),
) -> list[Difference]:
    """Where a table recounted and a query of the same columns differ.

    `lacking` is the column told of a row that only one side has, or that was built more than once.
    """
    connection.register("recounted", expected)
    compared = [name for name in expected.column_names if name not in key]
    keys, unequal = ", ".join(key), [_unequal(name, expected.schema.field(name).type) for name in compared]
    found = connection.execute(
        f"""
        with built as materialized ({built}),
        several as (select {keys}, count(*) as times from built group by all having count(*) > 1)
        select
            {keys}, here.is_there, there.is_there, several.times,
            {", ".join(f"{side}.{name}" for side in ("here", "there") for name in compared)}
        from (select *, true as is_there from recounted) as here
        full outer join (select *, true as is_there from built) as there using ({keys})
        left join several using ({keys})
        where several.times is not null or here.is_there is null or there.is_there is null
            or {" or ".join(unequal)}
        order by {keys}
        """
    ).fetchall()
    connection.unregister("recounted")
    apart = []
    for row in found:
        figure, (here, there, times) = named(row[: len(key)]), row[len(key) : len(key) + 3]
        values = row[len(key) + 3 :]
        pairs = zip(compared, values[: len(compared)], values[len(compared) :], strict=True)
        if here and there and times is None:
            apart += [Difference(figure, *pair) for pair in pairs if not _equal(*pair)]
        else:
            shown = {name: (mine, other) for name, mine, other in pairs}
            mine, other = shown.get(lacking, (here and "a row", there and "a row"))
            apart.append(Difference(figure, lacking, mine, other if times is None else f"{times} rows"))
    return apart


def _unequal(name: str, kind: pa.DataType) -> str:
    apart = f"here.{name} is distinct from there.{name}"
    if not pa.types.is_floating(kind):
        return apart
    size = f" * greatest(1, abs(here.{name}))" if name in _RATIOS else ""
    return f"coalesce(abs(here.{name} - there.{name}) > {_tolerance(name)}{size}, {apart})"


def _equal(name: str, one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= _tolerance(name) * (max(1.0, abs(one)) if name in _RATIOS else 1.0)
    return bool(one == other)


def _tolerance(name: str) -> float:
    return _TOLERANCES.get(name, _TOLERANCE)
