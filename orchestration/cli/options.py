"""Options and choices that commands share.

Belongs here: what a person may type. Does not belong here: what a command does.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Show all output of the steps, and stack traces.")
]


# Which published figures: `nps show` and `nps export` mean the same by them.
By = Annotated[
    str,
    typer.Option("--by", "--segment", help="company, branch, value, stage, … or a pair such as value*stage."),
]
Period = Annotated[str, typer.Option(help="month, quarter, year, trailing_90d, trailing_365d or all_time.")]
SurveyType = Annotated[str | None, typer.Option(help="relationship or transactional; default: both.")]
Measure = Annotated[
    str, typer.Option(help="in_period: every answer; current_state: each person's latest (trailing_365d).")
]
Last = Annotated[int, typer.Option(min=0, metavar="N", help="The N newest periods; 0 means all.")]


class Format(StrEnum):
    """Output formats of `nps show`."""

    TABLE = "table"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"


class Band(StrEnum):
    """Bands of answers that may have a cause."""

    DETRACTOR = "detractor"
    PROMOTER = "promoter"


class ReportFormat(StrEnum):
    """Output formats of reports of several tables."""

    TABLE = "table"
    MARKDOWN = "md"
    JSON = "json"


class ExportForm(StrEnum):
    """Forms of `nps export`."""

    EXCEL = "excel"
    SPSS = "spss"
    CSV = "csv"


class LookFormat(StrEnum):
    """Output formats of `nps look`."""

    TABLE = "table"
    JSON = "json"


class DateOrder(StrEnum):
    """The orders of day, month and year in a mapping."""

    ISO = "iso"
    DMY = "dmy"
    MDY = "mdy"


class LogForm(StrEnum):
    """How a command says what it does."""

    TEXT = "text"
    JSON = "json"
