"""From when on a cell's answers may be told, so that no two publications tell what few said in between.

Written from docs/decisions/0104-what-came-in-between-is-of-enough.md. Arrays are `upto[day, cell, band]`:
what cells have before each of the calendar's ascending days.

Belongs here: the rule. Does not belong here: which windows it hides (`hidden`, `changes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from expectations.governed_tables import tables
from expectations.recount.periods import Calendar
from expectations.recount.statistics import Floats, Integers
from expectations.recount.suppression import Mask, digest

_EPOCH = date(1970, 1, 1)
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Units(NamedTuple):
    """How far release days are apart: of the company, and of everything that is split."""

    company: str
    members: str


class Group(NamedTuple):
    """Where each cell must not be told, `[day, cell]`; on which days all so far were clean, `[day, kind]`."""

    unreleased: Mask
    clean: Mask


def units() -> Units | None:
    """What the company's release calendar says; None: it has none, and everything is told at once."""
    table = tables().get("release_calendar")
    said = {row["figures"]: row["release_unit"] for row in table.rows} if table else {}
    return Units(said["company"], said["members"]) if said else None


def released(
    upto: Integers,
    calendar: Calendar,
    floor: Floats,
    names: Sequence[str],
    kinds: Sequence[Integers],
    company: Mask | None = None,
    sides: Sequence[Mask] = (),
) -> Group:
    """The cells of a segment; `kinds` are the places of those of a survey type and version.

    Names are those of the members of one dimension. `company` is where each kind's company must not be told,
    `[day, kind]` (None: this is it); `sides`, of two dimensions, where the members of either are clean.
    """
    unreleased, clean = np.zeros(upto.shape[:2], np.bool_), np.ones((len(upto), len(kinds)), np.bool_)
    if said := units():
        unit = said.company if company is None else said.members
        for place, of in enumerate(kinds):
            may = np.ones(len(upto), np.bool_) if company is None else ~company[:, place]
            may = np.logical_and.reduce([may, *(side[:, place] for side in sides)])
            own = None if sides else [names[each] for each in of.tolist() if company is not None]
            unreleased[:, of], clean[:, place] = _group(upto[:, of], calendar, unit, floor[of[0]], own, may)
    return Group(unreleased, clean)


def _group(
    upto: Integers,
    calendar: Calendar,
    unit: str,
    floor: float,
    names: Sequence[str] | None,
    may: Mask,
) -> tuple[Mask, Mask]:
    """`may`: on which days anything is told; without names (None), a group is told as a whole or not at all.

    Clean are those of whom nobody had few since a release day.
    """
    size = upto.shape[1]
    last = np.zeros_like(upto[0])
    own, told, is_clean = np.ones(size, np.bool_), np.ones(size, np.bool_), True
    unreleased, clean = np.zeros(upto.shape[:2], np.bool_), np.ones(len(upto), np.bool_)
    for place, number in enumerate(calendar.days.tolist()):
        day = _EPOCH + timedelta(days=number)
        if day > calendar.as_of:  # nobody has answered since
            unreleased[place], clean[place] = unreleased[place - 1], clean[place - 1]
            continue
        if day.day == 1 and (day.month - 1) % _MONTHS[unit] == 0:
            came, last = upto[place] - last, upto[place]
            is_some, is_enough = came.any(axis=1), _is_enough(came, floor)
            if is_some.any():
                own = np.where(is_some, is_enough, own)
                is_clean = is_clean and bool((is_enough | ~is_some).all())
                told = own & may[place]
                if not is_clean and names is None:
                    told = np.zeros_like(own)
                elif names and not is_clean and not _is_enough(came[~own].sum(axis=0), floor):
                    told = told & _but_one(own & is_some, names, day)
        unreleased[place] = (upto[place] > last).any(axis=1) | ~told
        clean[place] = is_clean
    return unreleased, clean


def _but_one(enough: Mask, names: Sequence[str], day: date) -> Mask:
    """All but one of those with enough, by the digest of its name and the day; nobody where there is none."""
    places = np.flatnonzero(enough).tolist()
    found = np.full(enough.shape, bool(places))
    if places:
        found[min(places, key=lambda place: digest(f"{names[place]}|{day}"))] = False
    return found


def _is_enough(bands: Integers, floor: float) -> Mask:
    together = bands.sum(axis=-1)
    is_enough: Mask = (together >= floor) & (bands.max(axis=-1) < together)
    return is_enough
