"""Reads ids, as SQL: numbers that a tool wrote as fractions, and those that lost digits in a spreadsheet.

An id is text. Only what such tools do to a number is undone here, or refused.
"""

import json
import re

from ingestion.files.sql import literal

#: What to do about an id that is lost.
REMEDY = "is a number that a spreadsheet has rounded; format the column as text and export it again"

_FRACTION = "^ *([0-9]+)[.]0+ *$"
# `12E4` has neither a decimal mark nor a sign, and may be the code of a product.
_SCIENTIFIC = "[0-9]+[.,][0-9]+[eE][+-]?[0-9]+|[0-9]+[eE][+][0-9]+"
# An id may have several parts. The first 15 digits of a fraction are those that were meant.
_ROUNDED = f"(^|:) *({_SCIENTIFIC}|[0-9]{{16,}}[.]0+) *($|:)"


def whole(cell: str) -> str:
    """The id in a cell: `1001.0` is `1001`."""
    return (
        f"case when contains({cell}, '.') and not {is_rounded(cell)} "
        f"then regexp_replace({cell}, '{_FRACTION}', '\\1') else {cell} end"
    )


def is_blank(text: str) -> str:
    """Whether nothing is left of the id once space, tabs and line ends are taken away: it names nobody."""
    return f"trim(translate({text}, chr(9) || chr(10) || chr(13), '   ')) = ''"


def is_rounded(text: str) -> str:
    """Whether the id has lost digits."""
    marked = " or ".join(f"contains({text}, '{mark}')" for mark in ".,+")  # which most ids are not
    return f"(({marked}) and regexp_matches({text}, '{_ROUNDED}'))"


def in_json(line: str, key: str, cell: str) -> str:
    """The cell as it stands in its line: the engine writes a number in scientific notation out."""
    number = literal(rf"{re.escape(json.dumps(key, ensure_ascii=False))}\s*:\s*({_SCIENTIFIC})\s*[,}}]")
    written = f"coalesce(nullif(regexp_extract({line}, {number}, 1), ''), {cell})"
    return f"case when ends_with({cell}, '.0') then {written} else {cell} end"
