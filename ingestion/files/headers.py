"""Checks whether a file has the headers that its table and its mapping name, and reports what is missing."""

from collections.abc import Iterator
from pathlib import Path

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import ROW_NUMBER, WORDS, Mapping
from ingestion.files.rows import Reading
from ingestion.files.tables import SCORE, FileTable


def check_columns(path: Path, reading: Reading, mapping: Mapping, table: FileTable) -> None:
    """Raises `FileNotUnderstoodError` when the file lacks columns that are required or mapped, naming all.

    JSON lines name their columns row by row, so there a missing value is the row's problem.
    """
    if reading.headers is None:
        return
    place = mapping.path or path.with_name("mapping.toml")
    mapped = [
        f'"{theirs}", which {place.name} {role}'
        for theirs, role in _mapped(mapping)
        if theirs not in reading.headers
    ]
    required = [ours for ours in table.required if _is_missing(ours, reading.headers, mapping)]
    if mapped or required:
        problems = [f"there is no column {', nor '.join(mapped)}"] if mapped else []
        problems += [_required(required, mapping)] if required else []
        remedies = [f"correct {place}"] if mapped else []
        remedies += [_remedy(required, table, place)] if required else []
        raise FileNotUnderstoodError(
            path,
            f"{'; '.join(problems)} (it has {', '.join(reading.headers)}){_suspicion(reading.headers)}",
            "; ".join(remedies),
        )
    used = [theirs for column in table.columns for theirs in mapping.parts(column.name)]
    used += [theirs for theirs, _ in _mapped(mapping)]
    twice = [f'"{theirs}"' for theirs in dict.fromkeys(used) if theirs in reading.repeated]
    if twice:
        raise FileNotUnderstoodError(
            path, f"the column {', '.join(twice)} occurs twice", "rename or remove one of them"
        )


def _mapped(mapping: Mapping) -> Iterator[tuple[str, str]]:
    """The headers that the mapping names, and what it says of them."""
    for ours, theirs in mapping.columns.items():
        if theirs != ROW_NUMBER:
            yield theirs, f"maps to {ours}"
    for ours, parts in mapping.composed.items():
        yield from ((part, f"makes a part of {ours}") for part in parts if part not in WORDS)
    for question, theirs in mapping.questions.items():
        yield theirs, f"maps to the score of {question}"
    for theirs in mapping.rows:
        yield theirs, "chooses rows by"


def _is_missing(ours: str, headers: tuple[str, ...], mapping: Mapping) -> bool:
    """Whether nothing stands for a column of ours. What the mapping names is not asked for again here."""
    if ours in mapping.columns or ours in mapping.composed or ours in mapping.defaults:
        return False
    if ours == SCORE and mapping.questions:
        return False
    return mapping.theirs(ours) not in headers


def _required(missing: list[str], mapping: Mapping) -> str:
    names = ", ".join(f'"{ours}"' for ours in missing)
    taken = [f'"{ours}"' for ours in missing if mapping.theirs(ours) is None]
    more = f" (the mapping uses {', '.join(taken)} for something else)" if taken else ""
    are = "column {} is" if len(missing) == 1 else "columns {} are"
    return f"the required {are.format(names)} missing{more}"


def _remedy(missing: list[str], table: FileTable, place: Path) -> str:
    constants = [ours for ours in missing if ours != table.own_id]
    remedy = f"name the column for {', '.join(missing)} under [columns] in {place}"
    if constants:
        of_which = f" for {', '.join(constants)}" if constants != missing else ""
        remedy += f", or a constant{of_which} under [defaults]"
    if table.own_id in missing:
        remedy += f'; {table.own_id} = "{ROW_NUMBER}" makes an id of file name and row number'
    return remedy


def _suspicion(headers: tuple[str, ...]) -> str:
    """What else than a missing column these headers speak for."""
    if len(headers) == 1:
        for delimiter, written in ((";", ";"), ("\t", "\\t"), ("|", "|"), (",", ",")):
            if delimiter in headers[0]:
                return f' (is delimiter = "{written}" missing?)'
    if len(headers) == 1 or any(header == f"column_{at}" for at, header in enumerate(headers, start=1)):
        return " (are the headers in a later row? header_row = 3 names it)"
    return ""
