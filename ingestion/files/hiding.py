"""Puts tokens in the place of personal data in the cells of files, before rows are typed.

A cell is judged by its header, as the mapping reads it: those of personal columns become tokens of their
kind, those of other columns stay, and so do texts that say that there is no value. Other cells go where they
look personal; a JSON line is judged string by string.

Belongs here: which cells. Does not belong here: what looks personal, sealing (`ingestion/hiding.py`).
"""

from typing import Any

import pyarrow as pa

from ingestion.files.mapping import WORDS, Mapping
from ingestion.files.rows import CELL_ERRORS, UNCALCULATED, Reading
from ingestion.files.tables import FileTable
from ingestion.hiding import Fields, Hiding, days, declared_fields
from ingestion.tables import PERSONAL
from vault.store import Entry
from vault.tokens import Kind


class Cells:
    """The rows of one file, hidden batch by batch."""

    def __init__(
        self, hiding: Hiding, reading: Reading, mapping: Mapping, table: FileTable, source: str
    ) -> None:
        self._hiding, self._headers = hiding, reading.headers
        self._fields = fields_of(mapping, table, source)
        self._kept = kept(mapping)
        self._meant: dict[int, list[tuple[str, str]]] = {}

    def hidden(self, rows: pa.Table) -> pa.Table:
        """The rows with tokens."""
        numbers: list[Any] = rows["row_number"].to_pylist()
        for at, header in enumerate(self._headers or ("line",)):
            name = "line" if self._headers is None else f"c{at}"
            texts: list[Any] = rows[name].to_pylist()
            if self._headers is None:
                made = [self._line(number, text) for number, text in zip(numbers, texts, strict=True)]
            elif header in self._fields.harmless:
                continue
            else:
                made = [self._cell(number, header, text) for number, text in zip(numbers, texts, strict=True)]
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, name, pa.array(made, pa.string()))
        return rows

    def seal(self, typed: pa.Table) -> None:
        """Seal what the tokens of rows mean, which are typed now and have an id."""
        ids: list[Any] = typed["record_id"].to_pylist()
        numbers: list[Any] = typed["row_number"].to_pylist()
        self._hiding.seal(
            Entry(record or f"row {number}", *each, day)
            for record, number, day in zip(ids, numbers, days(typed), strict=True)
            for each in self._meant.get(number, ())
        )

    def forget(self, typed: pa.Table) -> None:
        """These rows have been sealed, for each question that they answer."""
        numbers: list[Any] = typed["row_number"].to_pylist()
        for number in numbers:
            self._meant.pop(number, None)

    def _cell(self, number: int, header: str, text: str | None) -> str | None:
        kind = None if text is None or text.strip() in self._kept else self._fields.kind(header, text)
        if kind is None or text is None:
            return text
        token = self._hiding.tokens.of(kind, text)
        if token != text:
            self._meant.setdefault(number, []).append((token, text))
        return token

    def _line(self, number: int, line: str | None) -> str | None:
        if line is None:
            return None
        hidden, meant = self._hiding.text(self._fields, line, self._kept)
        if meant:
            self._meant[number] = meant
        return hidden


def kept(mapping: Mapping) -> frozenset[str]:
    """Texts that say that there is no value."""
    return frozenset((*mapping.null_tokens, *CELL_ERRORS, UNCALCULATED))


def fields_of(mapping: Mapping, table: FileTable, source: str) -> Fields:
    """What a mapping says of the headers of a file."""
    personal: dict[str, Kind] = {}
    harmless = {*mapping.questions.values(), *mapping.rows, *declared_fields(source)}
    for column in table.columns:
        for header in mapping.parts(column.name):
            if header in WORDS:
                continue
            for key in (header, header.rpartition(".")[2], header.rpartition("/")[2]):
                if column.name in PERSONAL:
                    personal[key] = PERSONAL[column.name]
                else:
                    harmless.add(key)
    return Fields(personal, frozenset(harmless - personal.keys()))
