"""JSON that is not one object per line: what it is instead, and how it becomes lines.

Looks at the beginning of a file. Otherwise a list of many answers would be one row in quarantine.
"""

import json
import re
from pathlib import Path

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.tables import FILE_TABLES

_LIST = re.compile(r"\[\s*(?:\{|\]|$)")
_SPREAD = re.compile(r"\{[ \t]*\r?\n")
_VALUE = r'(?:"[^"]*"|[^\[\]{}",]+)\s*'
_AROUND_LIST = re.compile(r'\{(?:\s*"[^"]*"\s*:\s*' + _VALUE + r',)*\s*"(?P<member>[^"]*)"\s*:\s*\[\s*\{')


def refuse_one_document(path: Path, start: str, mapping: Mapping) -> None:
    """Raises `FileNotUnderstoodError` where a file that begins with this text is one JSON document."""
    start = start.lstrip()
    around = _AROUND_LIST.match(start)
    if _LIST.match(start):
        problem, remedy = "a JSON array", ".[]"
    elif around and not _has_id(start, around[0], mapping):
        problem, remedy = f'a JSON object whose "{around["member"]}" holds the rows', f".{around['member']}[]"
    elif _SPREAD.match(start):
        problem, remedy = "JSON over several lines", "."
    else:
        return
    raise FileNotUnderstoodError(
        path,
        f"this is {problem}, not one object per line",
        f"convert it: jq -c '{remedy}' {path.name.removesuffix('.gz')}",
    )


def _has_id(start: str, up_to_list: str, mapping: Mapping) -> bool:
    """Whether an object that has a list of objects is a record nevertheless: it is followed by another, or it
    has an id. Of an object that is cut off only what stands before the list is known."""
    line, _, rest = start.partition("\n")
    try:
        document = json.loads(line)
    except ValueError:
        keys = set(re.findall(r'"([^"]*)"\s*:', up_to_list))
    else:
        if rest.strip():
            return True
        keys = set(document)
    ids = {table.own_id for table in FILE_TABLES} | set(mapping.columns.values())
    return bool(keys & ids)
