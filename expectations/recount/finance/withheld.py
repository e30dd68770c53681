"""Which figures of accounts over windows are not shown, and why.

Written from docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md.

Belongs here: which bands of which cells. Does not belong here: their figures (`association`), what bands pay
at as-of (`today`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

from expectations.recount.suppression import FOR_OTHERS, digest

FEW = "suppressed"
#: Where the account pays nothing any more.
LEFT = "left"
Cell: TypeAlias = tuple[str, int, str, str, str, str]
#: A band of a cell → why it is not shown.
Hidden: TypeAlias = Mapping[tuple[Cell, str], str]


class Counted(Protocol):
    """What is counted of a band."""

    @property
    def accounts(self) -> Mapping[str, object]: ...
    @property
    def churned(self) -> int: ...
    @property
    def windows(self) -> int: ...


_Cells: TypeAlias = Mapping[Cell, Mapping[str, Counted]]
_Member: TypeAlias = tuple[Cell, str, Counted]


def of_members(cells: _Cells, floor: int) -> Hidden:
    """The members of a segment add up to the company, band by band."""
    groups: dict[tuple[str, int, str, str], list[_Member]] = defaultdict(list)
    for cell, bands in cells.items():
        for name, band in bands.items():
            groups[*cell[:3], name].append((cell, name, band))
    found: dict[tuple[Cell, str], str] = {}
    for group in groups.values():
        found.update(_hidden(sorted(group, key=_by_member), floor, has_few=_few(group, floor)))
    return found


def of_exchanged(cells: _Cells, real: _Cells, floor: int) -> Hidden:
    """Exchanged bands of the company add up to what the real ones did."""
    found: dict[tuple[Cell, str], str] = {}
    for cell, bands in cells.items():
        group = [(cell, name, band) for name, band in bands.items()]
        others = [(cell, name, band) for name, band in real.get(cell, {}).items()]
        has_few = _few([*group, *others], floor)
        found.update(_hidden(sorted(group, key=_by_band), floor, has_few=has_few))
    return found


def of_moves(accounts: Mapping[tuple[str, str], int], floor: int) -> set[tuple[str, str]]:
    """Moves of a look, from a band to a band: from each band at least `floor` accounts, and so to each.

    What goes with others to a band comes from a band of which something is hidden, if there is one.
    """
    hidden = {move for move, held in accounts.items() if held < floor}
    for said in {move[0] for move in hidden}:
        row = sorted(
            (move for move in accounts if move[0] == said), key=lambda at: (accounts[at], digest(at[1]))
        )
        while sum(accounts[move] for move in row if move in hidden) < floor:
            shown = [move for move in row if move not in hidden]
            if not shown:
                break
            hidden.add(shown[0])
    touched, from_bands = set(hidden), {move[0] for move in hidden}
    for said in {move[1] for move in touched} - {LEFT}:
        gone = [move for move in touched if move[1] == said]
        rest = sorted(
            (move for move in accounts if move[1] == said and move not in touched),
            key=lambda at: (at[0] not in from_bands, accounts[at], digest(at[0])),
        )
        while rest and (len(gone) < 2 or sum(accounts[move] for move in gone) < floor):
            gone.append(rest.pop(0))
        hidden.update(gone)
    return hidden


def _few(group: Iterable[_Member], floor: int) -> bool:
    return any(len(band.accounts) < floor for _, _, band in group)


def _by_member(each: _Member) -> tuple[int, list[str]]:
    return len(each[2].accounts), [digest(name) for name in each[0][3:]]


def _by_band(each: _Member) -> tuple[int, str]:
    return len(each[2].accounts), digest(each[1])


def _hidden(group: Sequence[_Member], floor: int, *, has_few: bool) -> Hidden:
    """Of figures in order: the few, and more until one has enough and not all of them did the same.

    An account may be in several figures, so enough accounts together could be fewer people.
    """
    found: dict[tuple[Cell, str], str] = {}
    most = churned = windows = 0
    for cell, name, band in group:
        if len(band.accounts) < floor:
            found[cell, name] = FEW
        elif has_few and (most < floor or churned in (0, windows)):
            found[cell, name] = FOR_OTHERS
        else:
            break
        most, churned, windows = len(band.accounts), churned + band.churned, windows + band.windows
    return found
