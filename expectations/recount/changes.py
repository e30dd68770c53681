"""Why the company's score changed, worked out again change by change: `nps_changes_explained`.

Written from docs/decisions/0055-a-change-is-split-symmetrically.md.

Belongs here: periods, cells, published rows. Does not belong here: parts and errors (`decomposition`), which
answers count (`recount`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.definition import Version
from expectations.dimensions import Dimensions
from expectations.recount import statistics, suppression
from expectations.recount.decomposition import ADDED, PARTS, WEIGHTS, Cells, error_of_cell, errors, parts
from expectations.recount.periods import Calendar, later, periods
from expectations.recount.released import released
from expectations.recount.statistics import Counts, Integers, Z
from expectations.recount.undivided import beside, undivided

OTHERS, ALL = "(others)", "(all)"
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
#: Promoters, passives, detractors and delivered invitations.
_Held: TypeAlias = Integers


class Explained(NamedTuple):
    """The company's change by a dimension, or what one of its cells contributes to it."""

    survey_type: str
    period_grain: str
    period_start: date
    period_end: date
    against: str
    split_by: str
    segment: str
    member: str
    definition_version: str
    previous_start: date
    previous_end: date
    branch: str
    region: str
    cell_members: int
    previous_responses: int
    responses: int
    previous_delivered_invitations: int | None
    delivered_invitations: int | None
    previous_nps: float | None
    nps: float | None
    contribution: float
    contribution_low: float
    contribution_high: float
    movement: float
    movement_low: float | None
    movement_high: float | None
    mix: float
    mix_low: float | None
    mix_high: float | None
    invited_mix: float | None
    invited_mix_low: float | None
    invited_mix_high: float | None
    answered_mix: float | None
    answered_mix_low: float | None
    answered_mix_high: float | None
    arrivals: float
    arrivals_low: float | None
    arrivals_high: float | None
    departures: float
    departures_low: float | None
    departures_high: float | None
    contribution_rank: int | None


#: What names a row: the first of its fields.
KEY = Explained._fields[:9]


class Compared(NamedTuple):
    """A period and the one it is compared with."""

    grain: str
    start: date
    end: date
    against: str
    previous_start: date
    previous_end: date


def explained(
    connection: duckdb.DuckDBPyConnection,
    answers: pa.Table,
    delivered: pa.Table,
    definitions: Sequence[Version],
    as_of: date,
    dimensions: Dimensions,
) -> list[Explained]:
    """Every change that can be explained, by every dimension that is a segment of its own.

    The tables are those of `answers` and `invitations`; the connection is any.
    """
    moments = answers["responded_at"]
    first = _EPOCH + timedelta(days=pc.min(moments).as_py() // _DAY) if len(moments) else None
    floors = {each.version: {name: int(least) for name, least in each.floors} for each in definitions}
    calendar, rows = Calendar.of(first, as_of), list[Explained]()
    if not calendar.days.size:
        return rows
    for (name,) in (split for split in dimensions.segments.values() if len(split) == 1):
        for (survey_type, version), members in _held(connection, answers, delivered, name, as_of).items():
            confidential = floors[version]["interval_only"]
            dates = _undivided(members, calendar, confidential)
            for compared in comparisons(first, as_of):
                sides = (compared.previous_start, compared.previous_end), (compared.start, compared.end)
                found = {
                    member: (_within(days, held, *sides[0]), _within(days, held, *sides[1]))
                    for member, (days, held) in members.items()
                }
                if any(dates[ALL] & {*side} for side in sides):
                    continue
                whole = [{member for member in members if dates[member] & {*side}} for side in sides]
                cells = gathered(found, floors[version]["indicative"], confidential, whole)
                if cells is not None:
                    rows += _rows(survey_type, version, name, compared, cells)
    return rows


def comparisons(first: date | None, as_of: date) -> Iterator[Compared]:
    """Months and quarters with the one before and that of the year before; years with the one before."""
    for period in periods(first, as_of) if first is not None else ():
        if period.grain in ("month", "quarter", "trailing_365d") and period.previous is not None:
            here = (period.grain, period.start, period.end)
            yield Compared(*here, "previous", period.previous, period.start)
            if period.grain != "trailing_365d":
                yield Compared(*here, "year", later(period.start, -12), later(period.end, -12))


def gathered(
    found: Mapping[str, tuple[_Held, _Held]],
    floor: int,
    confidential: int = 0,
    whole: Sequence[Set[str]] = (frozenset(), frozenset()),
) -> Cells | None:
    """Members side by side, in one cell those with few answers and those that are hidden in either period;
    `whole` must not be divided where it begins or ends. None where nothing can be told."""
    answers = {
        member: (int(before[:3].sum()), int(after[:3].sum())) for member, (before, after) in found.items()
    }
    there = {member: counts for member, counts in answers.items() if any(counts)}
    if any(sum(side) < floor for side in zip(*there.values(), strict=True)) or not there:
        return None
    hidden = {member for side in (0, 1) for member in _hidden(found, side, confidential, whole[side])}
    few = [
        member
        for member, counts in there.items()
        if member in hidden or any(0 < count < floor for count in counts)
    ]
    rest = [member for member in there if member not in few]
    rest.sort(key=lambda member: (sum(there[member]), str(member)))
    while few and rest and not _is_large(few, there, floor):
        few.append(rest.pop(0))
    cells = {member: [member] for member in rest} | ({OTHERS: few} if few else {})
    before, after = (
        np.array([sum(found[member][side] for member in of) for of in cells.values()]) for side in (0, 1)
    )
    stayed = (before[:, :3].sum(axis=1) > 0) & (after[:, :3].sum(axis=1) > 0)
    if len(cells) < 2 or not stayed.any():
        return None
    sizes = [len(of) for of in cells.values()]
    return Cells(list(cells), sizes, before[:, :3], after[:, :3], before[:, 3], after[:, 3])


def _rows(
    survey_type: str, version: str, dimension: str, compared: Compared, cells: Cells
) -> Iterator[Explained]:
    found, squares = parts(cells, cells.before, cells.after), errors(cells)
    key = {
        **{"survey_type": survey_type, "definition_version": version, "split_by": dimension},
        **{"period_grain": compared.grain, "period_start": compared.start, "period_end": compared.end},
        **{"against": compared.against, "previous_start": compared.previous_start},
        **{"previous_end": compared.previous_end, "branch": ALL, "region": ALL},
    }
    previous, counts = (Counts(*side.sum(axis=0).reshape(3, 1)) for side in (cells.before, cells.after))
    change = float((statistics.nps(counts) - statistics.nps(previous))[0])
    (after, after_error), (before, before_error) = (statistics.adjusted(each) for each in (counts, previous))
    middle, reach = 100 * float((after - before)[0]), 100 * Z * float(np.sqrt(after_error + before_error)[0])
    company: dict[str, Any] = {
        **key,
        **{"segment": "company", "member": ALL, "cell_members": sum(cells.members)},
        **_scores(cells.before.sum(axis=0), cells.after.sum(axis=0), None, None),
        **{"contribution": change, "contribution_low": middle - reach, "contribution_high": middle + reach},
        **{"contribution_rank": None},
    }
    for part in PARTS:
        company |= _around(part, float(found[part].sum()) if part in found else None, squares.get(part))
    yield Explained(**company)
    contributions = [float(each) for each in sum(found[part] for part in ADDED)]
    order = sorted(
        range(len(cells.names)), key=lambda at: (-round(abs(contributions[at]), 9), str(cells.names[at]))
    )
    for at, name in enumerate(cells.names):
        cell: dict[str, Any] = {
            **key,
            **{"segment": dimension, "member": name, "cell_members": cells.members[at]},
            **({dimension: name} if dimension in ("branch", "region") else {}),
            **_scores(
                cells.before[at], cells.after[at], int(cells.asked_before[at]), int(cells.asked_after[at])
            ),
            **_around("contribution", contributions[at], error_of_cell(cells, at)),
            "contribution_rank": order.index(at) + 1,
        }
        for part in PARTS:
            cell |= _around(part, float(found[part][at]) if part in found else None, None)
        yield Explained(**cell)


def _scores(before: Any, after: Any, asked_before: int | None, asked_after: int | None) -> dict[str, Any]:
    n, m = int(before.sum()), int(after.sum())
    return {
        **{"previous_responses": n, "responses": m},
        **{"previous_delivered_invitations": asked_before, "delivered_invitations": asked_after},
        **{"previous_nps": before @ WEIGHTS / n if n else None, "nps": after @ WEIGHTS / m if m else None},
    }


def _around(name: str, value: float | None, error: float | None) -> dict[str, float | None]:
    low, high = (None, None) if value is None or error is None else (value - Z * error, value + Z * error)
    return {name: value, f"{name}_low": low, f"{name}_high": high}


def _undivided(
    members: Mapping[str, tuple[Any, Any]], calendar: Calendar, floor: int
) -> dict[str, set[date]]:
    """The dates at which each member, and the company of them (all), must not be divided, or told yet."""
    days, names = calendar.days, sorted(members, key=str)
    held = [members[name] for name in names]
    upto = np.stack([each[np.searchsorted(of, days), :3] for of, each in held], axis=1)
    floors = np.full(len(names), float(floor))
    order = np.argsort(np.argsort([suppression.digest(str(name)) for name in names]))
    company = undivided(upto.sum(axis=1, keepdims=True), calendar, floors[:1])
    own = undivided(upto, calendar, floors)
    found = np.hstack([beside(upto, own, company[:, 0], order, floor), company])
    everybody, alone = [np.arange(len(names))], [np.arange(1)]
    held_back = released(upto.sum(axis=1, keepdims=True), calendar, floors, [ALL], alone).unreleased
    named = [str(name) for name in names]
    beside_it = released(upto, calendar, floors, named, everybody, held_back).unreleased
    found |= np.hstack([beside_it, held_back])
    return {
        name: {_EPOCH + timedelta(days=day) for day in days[found[:, at]].tolist()}
        for at, name in enumerate([*names, ALL])
    }


def _hidden(found: Mapping[str, tuple[_Held, _Held]], side: int, floor: float, whole: Set[str]) -> list[str]:
    """Members whose score is not published for the period, though they have enough answers."""
    there = (member for member, held in found.items() if held[side][:3].any())
    names = sorted(there, key=lambda member: suppression.digest(str(member)))
    counts = Counts(*np.array([found[name][side][:3] for name in names], np.int64).reshape(-1, 3).T)
    floors, places = np.full(len(names), floor), np.arange(len(names))
    few = (counts.responses < floor) | np.array([name in whole for name in names], np.bool_)
    few |= suppression.for_others(counts, few, floors, np.zeros_like(places), places)
    return [name for name, is_hidden in zip(names, few, strict=True) if is_hidden]


def _is_large(few: Sequence[str], there: Mapping[str, tuple[int, int]], floor: int) -> bool:
    return len(few) > 1 and all(sum(there[member][side] for member in few) >= floor for side in (0, 1))


def _held(
    connection: duckdb.DuckDBPyConnection, answers: pa.Table, delivered: pa.Table, dimension: str, as_of: date
) -> dict[tuple[str, str], dict[str, tuple[Any, Any]]]:
    """Survey type and version → member → days, and what it holds before each, and after the last."""
    connection.register("answers", answers)
    connection.register("delivered", delivered)
    found = connection.execute(
        f"""
        select survey_type, definition_version, member, day,
            sum(promoters), sum(passives), sum(detractors), sum(invitations)
        from (
            select survey_type, definition_version, {dimension} as member, responded_at // {_DAY} as day,
                cast(nps_band = 'promoter' as int) as promoters,
                cast(nps_band = 'passive' as int) as passives,
                cast(nps_band = 'detractor' as int) as detractors,
                0 as invitations
            from answers
            union all
            select survey_type, definition_version, {dimension}, sent_day, 0, 0, 0, 1
            from delivered where sent_day < ?
        )
        group by all order by all
        """,
        [(as_of - _EPOCH).days],
    ).fetchall()
    connection.unregister("answers")
    connection.unregister("delivered")
    members: dict[tuple[str, str], dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for survey_type, version, member, *held in found:
        members[survey_type, version][member].append(held)
    return {
        kind: {
            member: (
                np.array([row[0] for row in rows]),
                np.cumsum([[0] * 4, *(row[1:] for row in rows)], axis=0),
            )
            for member, rows in of_kind.items()
        }
        for kind, of_kind in members.items()
    }


def _within(days: Integers, held: Integers, start: date, end: date) -> _Held:
    low, high = np.searchsorted(days, [(start - _EPOCH).days, (end - _EPOCH).days])
    return np.asarray(held[high] - held[low])
