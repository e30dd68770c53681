"""What few answers said does not follow from the rows and columns of a table of two dimensions.

The attacker who reads the demo's publication is in `tests/end_to_end/test_nothing_hidden_is_recovered.py`.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.statistics import Counts
from expectations.recount.suppression import Lines, crossed
from tests.disclosure.tables import FLOOR, REST, Cell, digest, for_others, has_rectangle, known_exactly

_COUNTS = st.tuples(*[st.integers(0, 5)] * 3).filter(any)
_TABLES = st.dictionaries(st.tuples(*[st.sampled_from("abcd")] * 2), _COUNTS, min_size=4)
_Members = set[str]
_ORDER = sorted([*"abcd", REST], key=digest)
#: One cell has few answers, in its row and in its column.
TABLE = {
    **{("a", "a"): (2, 1, 0), ("a", "b"): (4, 4, 0), ("a", "c"): (6, 6, 0)},
    **{("b", "a"): (4, 5, 0), ("b", "b"): (9, 9, 0), ("b", "c"): (9, 8, 0)},
    **{("c", "a"): (9, 5, 0), ("c", "b"): (8, 9, 0), ("c", "c"): (9, 9, 9)},
}


def few(table: dict[Cell, tuple[int, int, int]]) -> set[Cell]:
    return {cell for cell, bands in table.items() if sum(bands) < FLOOR}


@settings(max_examples=25, deadline=None)
@given(_TABLES, st.sets(st.sampled_from("abcd"), max_size=2), st.sets(st.sampled_from("abcd"), max_size=2))
def test_no_cell_follows_from_the_others(
    table: dict[Cell, tuple[int, int, int]], hidden_rows: _Members, hidden_columns: _Members
) -> None:
    """Unless no rectangle could hide it; and the recount says the same, by other means."""
    others = for_others(table, hidden_rows, hidden_columns)
    rows, columns = ({cell[side] for cell in table} for side in (0, 1))
    for cell in known_exactly(few(table) | others, rows - hidden_rows, columns - hidden_columns) & few(table):
        assert not has_rectangle(cell, table, hidden_rows, hidden_columns)
    cells = sorted(table)
    counts = Counts(*np.array([table[cell] for cell in cells]).T)
    sides = [
        np.array([_ORDER.index(REST if cell[side] in hidden else cell[side]) for cell in cells])
        for side, hidden in enumerate((hidden_rows, hidden_columns))
    ]
    floor = np.full(len(cells), float(FLOOR))
    names = np.array([10 * _ORDER.index(row) + _ORDER.index(column) for row, column in cells])
    found = crossed(counts, counts.responses < FLOOR, floor, Lines(names * 0, *sides), names)
    assert {cells[at] for at in np.flatnonzero(found)} == others


def test_without_protection_it_is_recovered() -> None:
    lines = set("abc")
    assert known_exactly(few(TABLE), lines, lines) == {("a", "a")}
    others = for_others(TABLE, set(), set())
    assert not known_exactly({("a", "a")} | others, lines, lines)
    # b in its row, b in its column, and the fourth corner
    assert others == {("a", "b"), ("b", "a"), ("b", "b")}


@pytest.mark.parametrize("hidden", [set("a"), set("ab")])
def test_members_that_are_not_shown_are_one_line(hidden: _Members) -> None:
    """Of a row that is not shown nothing follows: of all of them together, where that is one, as ever."""
    others = for_others(TABLE, hidden, set())
    assert ("a", "a") not in known_exactly({("a", "a")} | others, set("abc") - hidden, set("abc"))
