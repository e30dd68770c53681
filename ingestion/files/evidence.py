"""Checks whether the dates of a file, taken together, suggest a different format than its mapping's.

A day-first file read month-first has wrong dates in some rows and none in others, which no single row shows.
Adds up what `moments.signs` finds in each row; reads no date itself.
"""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import FOLDER_MAPPING, Mapping
from ingestion.files.moments import DAY_FIRST, MONTH_FIRST, TWO_DIGITS, century_remedy

SIGNS = "signs_"
_TWO_DIGITS_SHARE = 0.02
_ORDERS = {"dmy": (DAY_FIRST, "the day"), "mdy": (MONTH_FIRST, "the month")}


class Evidence:
    """What the dates of one file speak for: `add` all its typed rows, then `judge`."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self._path = path
        self._mapping = mapping
        self._counts: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self._examples: dict[tuple[str, int], tuple[int, str]] = {}

    def add(self, typed: pa.Table) -> None:
        """Counts the signs of these rows, and keeps a row for each."""
        for name in typed.column_names:
            if name.startswith(SIGNS):
                self._count(name.removeprefix(SIGNS), typed[name], typed)

    def judge(self) -> None:
        """Raises `FileNotUnderstoodError`, with all that speaks against the mapping."""
        findings = [
            finding
            for column in self._counts
            for finding in (self._years(column), self._order(column))
            if finding
        ]
        if findings:
            place = self._mapping.path or self._path.with_name(FOLDER_MAPPING)
            remedies = dict.fromkeys(remedy for _, remedy in findings)
            raise FileNotUnderstoodError(
                self._path,
                "; ".join(problem for problem, _ in findings),
                f"{'; '.join(remedies)} (in {place})",
            )

    def _count(self, column: str, signs: "pa.ChunkedArray[pa.UInt8Scalar]", typed: pa.Table) -> None:
        signs_found, counts = pc.value_counts(signs.drop_null()).flatten()
        for sign, count in zip(signs_found.to_numpy(), counts.to_numpy(), strict=True):
            self._counts[column][int(sign)] += int(count)
            if sign and (column, sign) not in self._examples:
                rows = typed.select(["row_number", "payload"]).filter(pc.equal(signs, sign))
                first = rows.sort_by("row_number").slice(0, 1).to_pylist()[0]
                self._examples[column, sign] = first["row_number"], first["payload"]

    def _years(self, column: str) -> tuple[str, str] | None:
        """The problem, and its remedy, where too many years have two digits."""
        found, values = self._having(column, TWO_DIGITS), self._counts[column].total()
        if not found or found < _TWO_DIGITS_SHARE * values:
            return None
        problem = f"{found:,} of {values:,} dates have two-digit years"
        return f"{self._named(column)}: {problem}{self._example(column, TWO_DIGITS)}", century_remedy(
            self._mapping
        )

    def _order(self, column: str) -> tuple[str, str] | None:
        """The problem, and its remedy, where another order reads more of the dates."""
        read = {order: self._having(column, sign) for order, (sign, _) in _ORDERS.items()}
        declared = self._mapping.date_order
        better = [order for order in read if read[order] == max(read.values()) > read.get(declared, 0)]
        if not better:
            return None
        sign, _ = _ORDERS[better[0]]
        own, own_first = _ORDERS.get(declared, (0, "the year"))
        problem = (
            f"{read[better[0]]:,} of {self._counts[column].total():,} dates can be read if "
            f"{' or '.join(_ORDERS[order][1] for order in better)} comes first, {read.get(declared, 0):,} of "
            f"them if {own_first} does"
        )
        remedy = "write " + " or ".join(f'date_order = "{order}"' for order in better)
        return f"{self._named(column)}: {problem}{self._example(column, sign, own)}", remedy

    def _having(self, column: str, part: int) -> int:
        return sum(count for sign, count in self._counts[column].items() if sign & part)

    def _named(self, column: str) -> str:
        theirs = self._mapping.named(column)
        return f'column "{theirs}"' + (f" ({column})" if theirs != column else "")

    def _example(self, column: str, part: int, not_part: int = 0) -> str:
        """The first row with this sign, and without the other where that is given."""
        row, payload = min(
            example
            for (where, sign), example in self._examples.items()
            if where == column and sign & part and not sign & not_part
        )
        value = json.loads(payload).get(self._mapping.named(column), self._mapping.defaults.get(column))
        return f', such as "{value}" in row {row}'
