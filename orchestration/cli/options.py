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


class Format(StrEnum):
    """Output formats of `nps show`."""

    TABLE = "table"
    MARKDOWN = "md"
    CSV = "csv"
    JSON = "json"


class LookFormat(StrEnum):
    """Output formats of `nps look`."""

    TABLE = "table"
    JSON = "json"


class DateOrder(StrEnum):
    """The orders of day, month and year in a mapping."""

    ISO = "iso"
    DMY = "dmy"
    MDY = "mdy"
