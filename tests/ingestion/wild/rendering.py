"""A file of known answers in a dialect, and what each of its rows must be read as."""

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet

from tests.ingestion.wild.dialects import DECLARED, SUFFIXES, Dialect, words
from tests.ingestion.wild.known import Known

Row = dict[str, Any]


@dataclass(frozen=True)
class WildFile:
    """A file's name and bytes, its mapping, and the rows it holds, in order."""

    name: str
    content: bytes
    mapping: str
    rows: tuple[Row, ...]


def wild_file(answers: Sequence[Known], dialect: Dialect) -> WildFile:
    """The answers in this dialect."""
    name = f"answers.{dialect.format}"
    written, expected = [], []
    for at, answer in enumerate(answers, 1):
        cells, row = _row(answer, dialect, at)
        if dialect.ids == "row":
            row["response_id"] = f"{name}-{at}"
        written.append(cells)
        expected.append(row)
    headers = _headers(dialect)
    content = _WRITERS[dialect.format](headers, [[cells[h] for h in headers] for cells in written], dialect)
    return WildFile(name, content, dialect.mapping, tuple(expected))


def _headers(dialect: Dialect) -> list[str]:
    own = [theirs for ours, theirs in dialect.headers.items() if ours != "response_id"]
    ids = {"composite": ["Shop", "Ticket"], "row": []}.get(dialect.ids, [dialect.headers["response_id"]])
    return [*ids, *own, *(["Noise 1", "Noise 2"] if dialect.noise else [])]


def _row(answer: Known, dialect: Dialect, at: int) -> tuple[dict[str, Any], Row]:
    """The cells by header, and the row they must become."""
    theirs = dialect.headers
    id_cells, response_id = _id(answer, dialect)
    when, responded_at = _moment(answer, dialect, at)
    texts = {
        "respondent_email": answer.email,
        "account_id": answer.account,
        "comment": _writable(answer.comment, dialect),
    }
    cells = {
        **id_cells,
        theirs["score"]: _score(answer.score, dialect),
        theirs["responded_at"]: when,
        **{theirs[ours]: text for ours, text in texts.items()},
        "Noise 1": "17",
        "Noise 2": "x",
    }
    nulls = {token.strip() for token in json.loads(dialect.nulls)}
    # Spaces around such a word do not count. A line break is text that somebody typed.
    read = {ours: None if text is None or text.strip(" ") in nulls else text for ours, text in texts.items()}
    score = None if answer.score is None else float(answer.score)
    return cells, {"response_id": response_id, "score": score, "responded_at": responded_at, **read}


def _id(answer: Known, dialect: Dialect) -> tuple[dict[str, str], str]:
    header = dialect.headers["response_id"]
    if dialect.ids == "composite":
        return {"Shop": "S1", "Ticket": str(answer.number)}, f"S1:{answer.number}"
    if dialect.ids == "float":
        return {header: f"{answer.number}.0"}, str(answer.number)
    text = f"R-{answer.number}" if dialect.ids == "text" else str(answer.number)
    return {header: text}, text


def _score(score: int | None, dialect: Dialect) -> Any:
    if score is None:
        return None
    return {
        "whole": score,
        "fraction": f"{score}{dialect.decimal}0",
        "spaced": f" {score} ",
        "words": words(score),
    }[dialect.score_form]


def _moment(answer: Known, dialect: Dialect, at: int) -> tuple[Any, datetime]:
    """The cell, and the moment it is."""
    local = answer.local if dialect.seconds else answer.local.replace(second=0)
    if dialect.clock == 0:
        day = local.replace(hour=0, minute=0, second=0)
        cell: Any = day.date() if dialect.format in ("xlsx", "parquet") else _day(local, dialect)
        return cell, day.replace(tzinfo=UTC)
    in_zone = local.replace(tzinfo=ZoneInfo(dialect.zone)).astimezone(UTC)
    if dialect.format in ("xlsx", "parquet"):
        return local, in_zone
    clock = "%I:%M:%S %p" if dialect.clock == 12 else "%H:%M:%S"
    text = f"{_day(local, dialect)} {local.strftime(clock if dialect.seconds else clock.replace(':%S', ''))}"
    if not dialect.own_zones:
        return text, in_zone
    suffix = SUFFIXES[(answer.number + at) % len(SUFFIXES)]
    return text + suffix, _with_zone(local, suffix.strip()) if suffix else in_zone


def _with_zone(local: datetime, suffix: str) -> datetime:
    offsets = {"Z": 0, "UTC": 0, "+02:00": 120, "+0530": 330, "-08": -480, "GMT+2": 120}
    if suffix in offsets:
        return local.replace(tzinfo=timezone(timedelta(minutes=offsets[suffix]))).astimezone(UTC)
    return local.replace(tzinfo=ZoneInfo(DECLARED.get(suffix, suffix))).astimezone(UTC)


def _day(local: datetime, dialect: Dialect) -> str:
    if dialect.date_order == "iso":
        return local.strftime("%Y-%m-%d")
    year = "%y" if dialect.two_digits else "%Y"
    parts = ["%d", "%m"] if dialect.date_order == "dmy" else ["%m", "%d"]
    return local.strftime(dialect.separator.join([*parts, year]))


def _writable(comment: str | None, dialect: Dialect) -> str | None:
    """The comment without what this file cannot hold."""
    if comment is None or not (dialect.is_text or dialect.format == "xlsx"):
        return comment
    text = comment
    if dialect.format == "xlsx":
        text = text.replace("\r\n", "\n")
    else:
        text = text.encode(dialect.encoding, "ignore").decode(dialect.encoding)
    if dialect.is_text and not dialect.quotes:
        for character in (dialect.delimiter, "\r", "\n"):
            text = text.replace(character, " ")
    return text or None


def _text_file(headers: list[str], rows: list[list[Any]], dialect: Dialect) -> bytes:
    buffer = io.StringIO(newline="")
    for at in range(dialect.rows_above):
        buffer.write(f"Export {at}{dialect.line_end}")
    end = [""] if dialect.trailing else []
    table = [[*("" if cell is None else str(cell) for cell in row), *end] for row in [headers, *rows]]
    if dialect.quotes:
        quoting: Literal[0, 1] = csv.QUOTE_ALL if dialect.quote_all else csv.QUOTE_MINIMAL
        csv.writer(
            buffer, delimiter=dialect.delimiter, lineterminator=dialect.line_end, quoting=quoting
        ).writerows(table)
    else:
        buffer.writelines(dialect.delimiter.join(row) + dialect.line_end for row in table)
    content = buffer.getvalue().encode(dialect.encoding)
    return gzip.compress(content, mtime=0) if dialect.format == "csv.gz" else content


def _json_lines(headers: list[str], rows: list[list[Any]], dialect: Dialect) -> bytes:
    lines = [json.dumps(dict(zip(headers, row, strict=True)), ensure_ascii=False) for row in rows]
    return "".join(f"{line}{dialect.line_end}" for line in lines).encode()


def _workbook(headers: list[str], rows: list[list[Any]], dialect: Dialect) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for at in range(dialect.rows_above):
        sheet.append([f"Export {at}"])
    for row in [headers, *rows]:
        sheet.append(row)
    for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
        cell.data_type = "s"  # a person who begins a comment with = writes no formula
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _parquet(headers: list[str], rows: list[list[Any]], _: Dialect) -> bytes:
    buffer = io.BytesIO()
    columns = [pa.array([row[at] for row in rows]) for at in range(len(headers))]
    pa.parquet.write_table(pa.table(columns, names=headers), buffer)
    return buffer.getvalue()


_WRITERS = {
    "csv": _text_file,
    "tsv": _text_file,
    "csv.gz": _text_file,
    "jsonl": _json_lines,
    "xlsx": _workbook,
    "parquet": _parquet,
}
