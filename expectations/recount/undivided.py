"""Dates at which the answers of a cell must not be divided, so that no two windows tell what few said.

Written from docs/decisions/0078-windows-of-a-cell-are-divided-where-enough-answered.md. Arrays are
`upto[day, cell, band]`: what cells have before each of some ascending days.

Belongs here: the rule. Does not belong here: which windows it hides (`hidden`, `changes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from expectations.recount.periods import Calendar
from expectations.recount.statistics import Floats, Integers
from expectations.recount.suppression import Mask

_EPOCH = date(1970, 1, 1)
_YEAR = timedelta(days=365)
_OTHER = 5


def undivided(upto: Integers, calendar: Calendar, floor: Floats) -> Mask:
    """Of each of the calendar's days and each cell, by its own answers; `floor` is a cell's."""
    total = upto.sum(axis=2)
    is_inside = (total > 0) & (total < total[-1])
    ranks = np.array([_rank(day, calendar.as_of) for day in calendar.days.tolist()])
    few = -_of_equal(total, -_in_few(total, calendar.windows, floor).astype(np.int64)) > 0
    # A cell's first and last date divide it whatever is near, so a date beside them needs enough as well.
    begins, ends = ((few & (total == total[at])).any(axis=0) for at in (0, -1))
    few |= is_inside & ((begins & ~_is_enough(upto, floor)) | (ends & ~_is_enough(upto[-1] - upto, floor)))
    ranks = _of_equal(total, np.repeat(ranks[:, None], total.shape[1], axis=1)) * few
    divides: Mask = ~is_inside | (ranks == 0)
    for rank in range(1, _OTHER + 1):
        since = upto - _before(upto, total, ranks <= rank)
        until = _after(upto, total, divides) - upto
        divides |= (ranks == rank) & _is_enough(since, floor) & _is_enough(until, floor)
    found: Mask = ~divides
    return found


def beside(upto: Integers, own: Mask, company: Mask, names: Integers, floor: float) -> Mask:
    """The same of the members of one dimension, of which the company (`company[day]`) is the sum.

    One that is undivided by itself would follow from the others: then the member with the fewest answers so
    far goes with it, of equal ones the first by `names`.
    """
    total = upto.sum(axis=2)
    since, until = upto - _before(upto, total, ~own), _after(upto, total, ~own) - upto
    is_inside = (total > 0) & (total < total[-1])
    found = own.copy()
    for day, is_company_undivided in enumerate(company.tolist()):
        members = np.flatnonzero(own[day])
        if is_company_undivided:
            is_told = not members.size
        else:
            is_told = members.size == 1 or (
                members.size > 1
                and not all(
                    _is_enough(side[day, members].sum(axis=0), np.float64(floor)) for side in (since, until)
                )
            )
        others = np.flatnonzero(is_inside[day] & ~own[day])
        if is_told and others.size:
            found[day, others[np.lexsort((names[others], total[day, others]))[0]]] = True
    return found


def at_either_end(found: Mask, days: Integers, window: tuple[Integers, Integers], cells: Integers) -> Mask:
    """Whether windows (starts, ends) of cells begin or end where these must not be divided."""
    first, last = (np.searchsorted(days, each) for each in window)
    is_hidden: Mask = found[first, cells] | found[last, cells]
    return is_hidden


def kinds(cells: Integers, size: int) -> Sequence[Integers]:
    """The places of the cells of each survey type and version, of ascending `cells` of a segment."""
    kind = cells // size
    return np.split(np.arange(cells.size), np.flatnonzero(np.diff(kind)) + 1) if cells.size else []


def _rank(day: int, as_of: date) -> int:
    """The year up to as-of before years, quarters, months and other days."""
    on = _EPOCH + timedelta(days=day)
    if on == as_of - _YEAR:
        return 1
    if (on.month, on.day) == (1, 1):
        return 2
    if on.day > 1:
        return _OTHER
    return 4 if on.month % 3 != 1 else 3


def _in_few(total: Integers, windows: Integers, floor: Floats) -> Mask:
    """Whether a window of the cell that has few answers begins on a day, ends there or holds it."""
    found = np.zeros(total.shape, np.bool_)
    for first, last in windows.tolist():
        answers = total[last] - total[first]
        found[first : last + 1] |= (answers > 0) & (answers < floor)
    return found


def _of_equal(total: Integers, ranks: Integers) -> Integers:
    """The least among the days with no answer between them."""
    for order in (range(1, len(ranks)), range(len(ranks) - 2, -1, -1)):
        for day in order:
            near = day - order.step
            same = total[day] == total[near]
            ranks[day] = np.where(same, np.minimum(ranks[day], ranks[near]), ranks[day])
    return ranks


def _before(upto: Integers, total: Integers, chosen: Mask) -> Integers:
    """What the cell had at the last chosen day with fewer answers; nothing where there is none."""
    return _nearest(upto, total, chosen, range(len(upto)), np.zeros_like(upto[0]))


def _after(upto: Integers, total: Integers, chosen: Mask) -> Integers:
    """What it has at the next chosen day with more; all of it where there is none."""
    return _nearest(upto, total, chosen, range(len(upto) - 1, -1, -1), upto[-1])


def _nearest(upto: Integers, total: Integers, chosen: Mask, days: range, without: Integers) -> Integers:
    found = np.empty_like(upto)
    here = before = without
    for day in days:
        is_other = here.sum(axis=1) != total[day]
        found[day] = np.where(is_other[:, None], here, before)
        comes = (chosen[day] & is_other)[:, None]
        before, here = np.where(comes, here, before), np.where(comes, upto[day], here)
    return found


def _is_enough(bands: Integers, floor: Floats | np.float64) -> Mask:
    together = bands.sum(axis=-1)
    is_enough: Mask = (together >= floor) & (bands.max(axis=-1) < together)
    return is_enough
