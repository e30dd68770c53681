"""From a TOML to a `Mapping`: checks that each key is known, of the right type, and possible.

Does not belong here: whether the file fits the mapping (the readers).
"""

import codecs
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import ROW_NUMBER, WORDS, Mapping, read_toml
from ingestion.files.moments import zone_names
from ingestion.files.statuses import statuses
from ingestion.files.tables import SCORE, FileTable

DATE_ORDERS = ("iso", "dmy", "mdy")
_EXAMPLES = {
    "encoding": 'encoding = "latin-1"',
    "delimiter": 'one character, such as delimiter = ";" or "\\t"',
    "quotes": "quotes = false",
    "date_order": 'date_order = "dmy"',
    "century": "century = 1950",
    "timezone": 'timezone = "Europe/Paris"',
    "decimal": 'decimal = ","',
    "null_tokens": 'null_tokens = ["", "NA"]',
    "sheet": 'sheet = "Answers"',
    "header_row": "header_row = 3",
}
_TYPES: dict[str, type[Any]] = {"header_row": int, "century": int, "null_tokens": list, "quotes": bool}
_SECTIONS = ("columns", "questions", "rows", "scores", "statuses", "zones", "defaults")
_KEYS = (*_EXAMPLES, "sheets", "files", *_SECTIONS)


def read_mapping(path: Path | None, table: FileTable) -> Mapping:
    """The mapping in a TOML, checked; the defaults without one. `FileNotUnderstoodError` if it is wrong."""
    if path is None:
        return Mapping()
    content = read_toml(path)
    for key in content:
        if key not in _KEYS:
            raise FileNotUnderstoodError(
                path, f'the mapping has no key "{key}"', f"use one of {', '.join(sorted(_KEYS))}"
            )
    _check_files(path, content.get("files", ["*"]))
    columns, composed = _columns(path, _section(path, content, "columns"), table)
    mapping = Mapping(
        path,
        columns,
        composed,
        questions=_questions(path, content, table),
        rows=_rows(path, _section(path, content, "rows")),
        defaults=_defaults(path, _section(path, content, "defaults"), table),
        scores=_scores(path, content.get("scores", {}), table),
        statuses=statuses(path, content.get("statuses", {}), table),
        zones=_zones(path, content.get("zones", {})),
        **_sheets(path, content),
        **{key: _option(path, key, content[key]) for key in _EXAMPLES if key in content},
    )
    for is_right, problem, remedy in _values(mapping):
        if not is_right:
            raise FileNotUnderstoodError(path, problem, remedy)
    return mapping


def _section(path: Path, content: dict[str, Any], name: str) -> dict[str, Any]:
    """The lines of a section."""
    section = content.get(name, {})
    if not isinstance(section, dict):
        example = {"rows": '"Status" = ["complete"]', "questions": 'nps = "Q1"'}.get(name, 'score = "nps"')
        raise FileNotUnderstoodError(
            path, f'"{name}" is not a section', f"write it as [{name}] with lines such as {example}"
        )
    return section


def _check_ours(path: Path, name: str, section: dict[str, Any], table: FileTable) -> None:
    ours = {column.name for column in table.columns}
    for column, value in section.items():
        if isinstance(value, dict) or (name == "defaults" and isinstance(value, list)):
            raise FileNotUnderstoodError(path, f'[{name}] gives "{column}" {value!r}', "write one text")
        if column not in ours:
            raise FileNotUnderstoodError(
                path,
                f'[{name}] names "{column}", which is not a column of {table.family}/{table.folder}',
                f"use one of {', '.join(sorted(ours))}",
            )


def _columns(
    path: Path, section: dict[str, Any], table: FileTable
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The lines of `[columns]`: those of one header, and the ids that are made of several parts."""
    _check_ours(path, "columns", section, table)
    single, composed = {}, {}
    for ours, value in section.items():
        # As headers are, because a blank at the end of one is copied without being seen.
        parts = tuple(_text(part).strip() for part in (value if isinstance(value, list) else [value]))
        _check_parts(path, ours, parts, table)
        if len(parts) == 1 and (parts[0] == ROW_NUMBER or parts[0] not in WORDS):
            single[ours] = parts[0]
        else:
            composed[ours] = parts
    return single, composed


def _check_parts(path: Path, ours: str, parts: tuple[str, ...], table: FileTable) -> None:
    own = table.own_id
    if ROW_NUMBER in parts and ours != own:
        raise FileNotUnderstoodError(
            path, f'"{ours}" cannot be "{ROW_NUMBER}"', f"only {own} can be the row's number"
        )
    if not all(parts) or not parts:
        raise FileNotUnderstoodError(
            path, f'[columns] gives "{ours}" no column', "name one, or delete the line"
        )
    if (len(parts) > 1 or parts[0] in WORDS) and not ours.endswith("_id"):
        raise FileNotUnderstoodError(
            path, f'"{ours}" cannot be made of {", ".join(parts)}', "only an id can have several parts"
        )
    if ours == own and set(parts) <= set(WORDS) - {ROW_NUMBER}:
        raise FileNotUnderstoodError(
            path,
            f'"{own}" would be the same in many rows',
            f'add a column or "{ROW_NUMBER}", such as {own} = ["{parts[0]}", "{ROW_NUMBER}"]',
        )


def _defaults(path: Path, section: dict[str, Any], table: FileTable) -> dict[str, str]:
    _check_ours(path, "defaults", section, table)
    if table.own_id in section:
        raise FileNotUnderstoodError(
            path,
            f"[defaults] gives all rows the same {table.own_id}, so they would all be one record",
            f'name its column under [columns], or write {table.own_id} = "{ROW_NUMBER}" there',
        )
    return {column: _text(value) for column, value in section.items()}


def _questions(path: Path, content: dict[str, Any], table: FileTable) -> dict[str, str]:
    """The lines of `[questions]`: the ids of questions and the headers of their scores."""
    section = _section(path, content, "questions")
    if not section:
        return {}
    if SCORE not in {column.name for column in table.columns}:
        raise FileNotUnderstoodError(
            path, f"{table.family}/{table.folder} has no scores", "delete [questions] from its mapping"
        )
    for name in ("columns", "defaults"):
        for column in (SCORE, "question_id"):
            if column in content.get(name, {}):
                raise FileNotUnderstoodError(
                    path,
                    f"both [questions] and [{name}] define {column}",
                    f"delete {column} from [{name}], or [questions]",
                )
    questions = {question.strip(): _text(theirs).strip() for question, theirs in section.items()}
    twice = [theirs for theirs in questions.values() if list(questions.values()).count(theirs) > 1]
    if twice or not all(questions) or not all(questions.values()):
        raise FileNotUnderstoodError(
            path,
            f'[questions] takes two scores from "{twice[0]}"' if twice else "[questions] has an empty name",
            'give each question its own column, such as nps = "Q1"',
        )
    return questions


def _rows(path: Path, section: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The lines of `[rows]`: headers, and the values that rows have which are meant."""
    rows = {}
    for header, values in section.items():
        listed = values if isinstance(values, list) else [values]
        if not listed or any(isinstance(value, dict | list) for value in listed):
            raise FileNotUnderstoodError(
                path, f'[rows] gives "{header}" no values', 'write a list, such as "Status" = ["complete"]'
            )
        rows[header.strip()] = tuple(_text(value).strip().lower() for value in listed)
    return rows


def _scores(path: Path, section: Any, table: FileTable) -> dict[str, str]:
    """The lines of `[scores]`: words of theirs and the number they stand for."""
    has_scores = any(column.name == SCORE for column in table.columns)
    if (
        not isinstance(section, dict)
        or (section and not has_scores)
        or not all(type(score) in (int, float) for score in section.values())
    ):
        raise FileNotUnderstoodError(
            path,
            '"scores" must map words to numbers',
            'write it as [scores] with lines such as "10 - sure" = 10',
        )
    return {words.strip(): str(score) for words, score in section.items()}


def _zones(path: Path, section: Any) -> dict[str, str]:
    """The lines of `[zones]`: abbreviations of theirs and the zones they stand for."""
    names = section.values() if isinstance(section, dict) else [section]
    for name in names:
        if not isinstance(section, dict) or not isinstance(name, str) or not _is_zone(name):
            raise FileNotUnderstoodError(
                path,
                f'"zones" says {name!r}, which is not a time zone',
                'write it as [zones] with lines such as BST = "Europe/London"',
            )
    return {abbreviation.strip(): name for abbreviation, name in section.items()}


def _sheets(path: Path, content: dict[str, Any]) -> dict[str, Any]:
    if "sheets" not in content:
        return {}
    if "sheet" in content:
        raise FileNotUnderstoodError(path, "it has both sheet and sheets", "delete one of them")
    sheets = content["sheets"]
    if sheets == "all":
        return {"every_sheet": True}
    if not _is_list_of_texts(sheets) or len(set(sheets)) < len(sheets):
        raise FileNotUnderstoodError(
            path, f'"sheets" is {sheets!r}', 'write sheets = ["Q1", "Q2"], each once, or sheets = "all"'
        )
    return {"sheets": tuple(sheets)}


def _check_files(path: Path, patterns: Any) -> None:
    if not _is_list_of_texts(patterns) or any("/" in pattern for pattern in patterns):
        raise FileNotUnderstoodError(
            path, f'"files" is {patterns!r}', 'write names of its folder, such as files = ["wave-*.csv"]'
        )


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) and each for each in value)


def _option(path: Path, key: str, value: Any) -> Any:
    """A single setting, of the type it must have."""
    expected: type[Any] = _TYPES.get(key, str)
    if type(value) is not expected:
        raise FileNotUnderstoodError(path, f'"{key}" is {value!r}', f"write {_EXAMPLES[key]}")
    return tuple(map(str, value)) if isinstance(value, list) else value


def _values(mapping: Mapping) -> Iterator[tuple[bool, str, str]]:
    """Of each setting whether its value is one that can be, what is wrong if not, and the remedy."""
    delimiter = mapping.delimiter
    yield (
        mapping.date_order in DATE_ORDERS,
        f'"date_order" is "{mapping.date_order}"',
        f"use one of {', '.join(DATE_ORDERS)}",
    )
    yield mapping.decimal in (".", ","), f'"decimal" is "{mapping.decimal}"', 'use "." or ","'
    yield (
        delimiter is None or (len(delimiter) == 1 and delimiter.isascii() and delimiter not in '"\r\n'),
        f'"delimiter" is {delimiter!r}',
        f"write {_EXAMPLES['delimiter']}",
    )
    yield (
        mapping.century is None or 1900 <= mapping.century <= 2100,
        f'"century" is {mapping.century}',
        f"write the first year that two digits can mean, such as {_EXAMPLES['century']}",
    )
    yield mapping.header_row >= 1, f'"header_row" is {mapping.header_row}', "the first row is 1"
    yield (
        _is_encoding(mapping.encoding),
        f'"encoding" is "{mapping.encoding}", which is unknown',
        "use utf-8, latin-1, cp1252, cp850, …",
    )
    yield (
        _is_zone(mapping.timezone),
        f'"timezone" is "{mapping.timezone}", which is unknown',
        'use a name such as "Europe/Paris"',
    )


def _text(value: Any) -> str:
    """A TOML value as the text that a file would have carried."""
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
        "a".encode(name)
    except LookupError:
        return False
    return True


def _is_zone(name: str) -> bool:
    return name in ("UTC", "GMT", *zone_names())
