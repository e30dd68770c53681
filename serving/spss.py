"""A file for SPSS: labels for columns and values, and where the figures come from as its notes.

Columns whose values are the product's are numbers with value labels, and the same number always means the
same. What a company names (branches, plans, stages) stays text: numbered by order, a new branch would change
the others' numbers.

Belongs here: the form of the file. Does not belong here: which figures (`chosen`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyreadstat

from serving.chosen import Chosen
from serving.errors import ExportError

#: Column → its values, numbered from one, and what each means.
CODES = {
    "survey_type": {
        "relationship": "relationship",
        "transactional": "transactional",
        "competitive_benchmark": "competitive benchmark",
    },
    "measure": {
        "in_period": "every answer of the period",
        "current_state": "each person's latest answer",
    },
    "period_grain": {
        "month": "month",
        "quarter": "quarter",
        "year": "year",
        "trailing_90d": "90 days",
        "trailing_365d": "365 days",
        "all_time": "all time",
    },
    "reportability": {
        "suppressed": "too few answers to show anything",
        "interval_only": "too few answers for a score",
        "indicative": "indicative",
        "reportable": "reportable",
        "suppressed_for_others": "not shown, or others of too few answers would follow",
    },
}
_LONGEST_LABEL = 256
_LONGEST_LINE = 80


def write(chosen: Chosen, to: Path) -> None:
    """Write the file. Raises ExportError for what SPSS cannot hold, OSError."""
    frame = pd.DataFrame({name: _column(name, chosen.figures[name]) for name in chosen.figures.column_names})
    try:
        pyreadstat.write_sav(
            frame,
            to,
            file_label=f"NPS, publication {chosen.manifest.sequence}",
            column_labels={name: text[:_LONGEST_LABEL] for name, text in chosen.descriptions.items()},
            variable_value_labels={
                name: dict(enumerate(values.values(), start=1)) for name, values in CODES.items()
            },
            variable_measure={name: _measure(field) for name, field in _fields(chosen.figures)},
            note=[line[:_LONGEST_LINE] for line in chosen.lines],
        )
    except pyreadstat.PyreadstatError as error:
        raise ExportError(f"SPSS cannot hold these figures ({error}): choose --form csv") from error


def _column(name: str, values: pa.ChunkedArray[Any]) -> pd.Series:
    """A column for SPSS: coded, if its values are the product's; empty cells are missing."""
    if name in CODES:
        numbers = {value: number for number, value in enumerate(CODES[name], start=1)}
        texts = [str(value) for value in values.to_pylist()]
        if unknown := set(texts) - set(numbers):
            raise ExportError(f"{name} has values that have no number here: {', '.join(sorted(unknown))}")
        return pd.Series([numbers[text] for text in texts], dtype="int32")
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return pd.Series(values.to_pylist(), dtype="float64")
    return pd.Series(values.to_pylist(), dtype="object")


def _fields(table: pa.Table) -> list[tuple[str, pa.Field[Any]]]:
    return [(field.name, field) for field in table.schema]


def _measure(field: pa.Field[Any]) -> str:
    if field.name == "reportability":
        return "ordinal"
    is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    return "scale" if is_number or pa.types.is_date(field.type) else "nominal"
