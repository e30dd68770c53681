"""Whether the headers of a file are those that its table and its mapping name, and what to say if not."""

from pathlib import Path

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import ROW_NUMBER, Mapping
from ingestion.files.rows import Reading
from ingestion.files.tables import FileTable


def check_columns(path: Path, reading: Reading, mapping: Mapping, table: FileTable) -> None:
    """Raises `FileNotUnderstoodError` when the file lacks a column that is required or mapped.

    JSON lines name their columns row by row, so there a missing value is the row's problem.
    """
    if reading.headers is None:
        return
    found = f"(it has {', '.join(reading.headers)}){_suspicion(reading.headers)}"
    place = mapping.path or path.with_name("mapping.toml")
    for ours, theirs in mapping.columns.items():
        if theirs != ROW_NUMBER and theirs not in reading.headers:
            raise FileNotUnderstoodError(
                path,
                f'there is no column "{theirs}", which {place.name} maps to {ours} {found}',
                f"correct {place}",
            )
    for ours in table.required:
        theirs = mapping.theirs(ours)
        if theirs not in reading.headers and theirs != ROW_NUMBER and ours not in mapping.defaults:
            raise FileNotUnderstoodError(
                path,
                f'the required column "{theirs}" is missing {found}',
                f"name the column for {ours} under [columns] in {place}, or a constant under [defaults]",
            )
    for column in table.columns:
        if mapping.theirs(column.name) in reading.repeated:
            raise FileNotUnderstoodError(
                path,
                f'the column "{mapping.theirs(column.name)}" is there twice',
                "rename or remove one of them",
            )


def _suspicion(headers: tuple[str, ...]) -> str:
    """What else than a missing column these headers speak for."""
    if len(headers) == 1:
        for delimiter, written in ((";", ";"), ("\t", "\\t"), ("|", "|"), (",", ",")):
            if delimiter in headers[0]:
                return f' (is delimiter = "{written}" missing?)'
    if len(headers) == 1 or any(header == f"column_{at}" for at, header in enumerate(headers, start=1)):
        return " (are the headers in a later row? header_row = 3 names it)"
    return ""
