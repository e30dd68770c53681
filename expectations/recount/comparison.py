"""Where the recount and what was built differ: answer by answer, figure by figure, exclusion by exclusion.

Belongs here: aligning both sides and naming what is not equal. Does not belong here: counting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa

from expectations.recount import invitations, standings
from expectations.recount.answers import Row
from expectations.recount.cells import ALL
from expectations.recount.coding import numbered
from expectations.recount.dimensions import UNASSIGNED, Members
from expectations.recount.figures import NUMBERS, Figures
from expectations.recount.invitations import Asked
from expectations.recount.keys import FigureKey, Keys
from expectations.recount.sample import Sample
from expectations.recount.scorecards import COLUMNS, Card
from expectations.recount.standings import Standing
from expectations.recount.statistics import Integers
from expectations.recount.versions import tuples

#: Scores follow from the same counts by the same formula; what a weighted score is worth grows with answers.
_TOLERANCES = {"effective_responses": 1e-6}
_TOLERANCE = 1e-9
Shown: TypeAlias = float | str | None


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
        return " ".join(str(part) for part in self.figure if part != ALL)


def of_figures(connection: duckdb.DuckDBPyConnection, expected: Figures) -> list[Difference]:
    """Every column of every cell of `publication.nps_scores`."""
    columns = ", ".join((*FigureKey._fields, *NUMBERS, "reportability"))
    built = connection.execute(f"select {columns} from publication.nps_scores").to_arrow_table()
    keys = Keys(built)
    places = _places(expected.keys, keys)
    missing = np.ones(len(expected), bool)
    missing[places[places >= 0]] = False
    differences = [
        Difference(keys[row], "responses", None, _plain(built["responses"][row].as_py()))
        for row in np.flatnonzero(places < 0).tolist()
    ]
    differences += [
        Difference(expected.keys[place], "responses", float(expected.numbers["responses"][place]), None)
        for place in np.flatnonzero(missing).tolist()
    ]
    rows = np.flatnonzero(places >= 0)
    for name in NUMBERS:
        here = expected.numbers[name][places[rows]]
        there = built[name].cast(pa.float64()).to_numpy()[rows]
        equal = (np.abs(here - there) <= _TOLERANCES.get(name, _TOLERANCE)) | (
            np.isnan(here) & np.isnan(there)
        )
        differences += [
            Difference(keys[int(rows[off])], name, _plain(here[off]), _plain(there[off]))
            for off in np.flatnonzero(~equal)
        ]
    stated, reportability = built["reportability"].to_numpy()[rows], expected.reportability[places[rows]]
    differences += [
        Difference(keys[int(rows[off])], "reportability", reportability[off], stated[off])
        for off in np.flatnonzero(stated != reportability)
    ]
    return differences


def of_scorecards(
    connection: duckdb.DuckDBPyConnection, expected: Mapping[FigureKey, Card]
) -> list[Difference]:
    """Every column but names of `publication.branch_scorecards`; `expected` is by the key of the branch's
    figure."""
    key = ("survey_type", "definition_version", "branch", "period_start", "period_end")
    built = connection.execute(
        f"select {', '.join((*key, *COLUMNS))} from publication.branch_scorecards"
    ).fetchall()
    here = {tuple(getattr(each, name) for name in key): card for each, card in expected.items()}
    there = {row[: len(key)]: dict(zip(COLUMNS, row[len(key) :], strict=True)) for row in built}
    times = Counter(row[: len(key)] for row in built)
    differences = []
    for each in here.keys() | there.keys():
        name = ("scorecard", *map(str, each))
        if times[each] != 1 or each not in here:
            differences.append(Difference(name, "row", float(each in here), float(times[each])))
            continue
        differences += [
            Difference(name, column, here[each][column], there[each][column])
            for column in COLUMNS
            if not _is_equal(here[each][column], there[each][column])
        ]
    return sorted(differences, key=lambda difference: (difference.figure, difference.column))


def _is_equal(one: Shown, other: Shown) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) <= _TOLERANCE
    return one == other


def _places(expected: Keys, built: Keys) -> Integers:
    """Where each key built is among those expected; −1 where it is not."""
    numbers, base = np.zeros(len(expected) + len(built), np.int64), 1
    for name in FigureKey._fields:
        names = expected.members(name)
        if base * (len(names) + 1) >= 2**62:  # no more room: number what is there anew
            found, numbers = np.unique(numbers, return_inverse=True)
            base = found.size
        codes = np.concatenate([numbered(keys.table[name], names) for keys in (expected, built)])
        numbers, base = numbers * (len(names) + 1) + codes + 1, base * (len(names) + 1)
    here, there = numbers[: len(expected)], numbers[len(expected) :]
    order = np.argsort(here)
    places = np.append(order, -1)[np.searchsorted(here, there, sorter=order)]
    return np.where(np.append(here, -1)[places] == there, places, -1)


def of_exclusions(
    connection: duckdb.DuckDBPyConnection, expected: Mapping[tuple[str, str], int]
) -> list[Difference]:
    """Answers received by source and disposition, of `publication.response_dispositions`."""
    totals: Counter[tuple[str, str]] = Counter()
    for source, disposition, answers in connection.execute(
        "select source, disposition, answers from publication.response_dispositions"
    ).fetchall():
        totals[source, disposition] += int(answers)
    return [
        Difference(key, "answers", expected.get(key), totals.get(key))
        for key in sorted(expected.keys() | totals.keys())
        if expected.get(key) != totals.get(key)
    ]


def of_answers(
    connection: duckdb.DuckDBPyConnection, expected: Sequence[Row], persons: str | None
) -> list[Difference]:
    """Every answer recounted, and every answer of those `persons` (an SQL condition on person_key; None: of
    all), against `marts.fct_survey_responses`."""
    return _of_rows(expected, _built(connection, [row.key for row in expected], persons), Row._fields, 1)


def of_invitations(
    connection: duckdb.DuckDBPyConnection, expected: Sequence[Asked], persons: str | None
) -> list[Difference]:
    """Every invitation for NPS against `marts.fct_survey_invitations`, as `of_answers`."""
    there = invitations.built(connection, [row.key for row in expected], persons)
    return _of_rows(expected, there, Asked._fields, 1)


def of_standings(
    connection: duckdb.DuckDBPyConnection, expected: Sequence[Standing], accounts: Sample | None
) -> list[Difference]:
    """Every customer of each day against `marts.fct_account_standings`."""
    return _of_rows(expected, standings.built(connection, accounts), Standing._fields, 3)


def _of_rows(
    expected: Iterable[tuple[Any, ...]],
    built: Iterable[tuple[Any, ...]],
    columns: Sequence[str],
    named_by: int,
) -> list[Difference]:
    """Rows recounted against rows built, both as `columns`; the first `named_by` of them name a row."""
    one_side, times = set(expected), Counter(built)
    other_side = times.keys()
    here, there = (
        {row[:named_by]: row for row in rows} for rows in (one_side - other_side, other_side - one_side)
    )
    several = (
        [row[:named_by] for row, rows in times.items() if rows > 1] if times.total() > len(times) else []
    )
    differences = [Difference(tuple(map(str, key)), "row", "a row", "several") for key in several]
    for key in here.keys() | there.keys():
        one, other = here.get(key), there.get(key)
        name = tuple(map(str, key))
        if one is None or other is None:
            side = (None, "a row") if one is None else ("a row", None)
            differences.append(Difference(name, "row", *side))
        else:
            differences += [
                Difference(name, column, mine, built)
                for column, mine, built in zip(columns, one, other, strict=True)
                if mine != built
            ]
    return sorted(differences, key=lambda difference: (difference.figure, difference.column))


def _built(
    connection: duckdb.DuckDBPyConnection, keys: Sequence[str], persons: str | None
) -> Iterator[tuple[Any, ...]]:
    """The rows of the marts as `Row`."""
    condition = ""
    if persons is not None:
        connection.register("recounted", pa.table({"answer_key": pa.array(keys, pa.string())}))
        condition = f" where {persons} or answer_key in (select answer_key from recounted)"
    return tuples(
        connection.execute(
            "select answer_key, source, disposition, survey_type, definition_version, nps_band,"
            " epoch_us(responded_at), person_key, account_key,"
            f" {', '.join(map(_of_counted, Members._fields))},"
            " case when is_counted then cast(trailing_revenue_amount * 10000 as bigint) end"
            f" from marts.fct_survey_responses{condition}"
        )
    )


def _of_counted(dimension: str) -> str:
    """Only what counts is counted under anything; an erased answer must show nothing."""
    return f"case when disposition in ('counted', 'erased') then {dimension} else '{UNASSIGNED}' end"


def _plain(value: Any) -> Shown:
    return None if value is None or value != value else float(value)
