"""Converts text cells to typed columns with one SQL statement per file; reports misfits, never coerces.

The statement reads the batches of a `Reading` (registered as `reading`) and gives, for each row, the raw
columns or the reason why it has none. Whole columns at a time: no Python runs per row.
"""

from collections import Counter
from pathlib import Path

from ingestion.files import ids, moments
from ingestion.files.mapping import NULL_TOKENS, ROW_NUMBER, WORDS, Mapping
from ingestion.files.places import cell, composed, error_cell, headers, id_cell, pointer, unless_null
from ingestion.files.rows import Reading
from ingestion.files.sql import literal
from ingestion.files.statuses import status_column, unknown_status
from ingestion.files.tables import ENDS, FILE_NAME, REGION, SCORE, FileTable
from ingestion.tables import Column, Kind, Reason

#: The SQL type of each kind of column that a file can have.
SQL_TYPES = {
    Kind.TEXT: "varchar",
    Kind.DOUBLE: "double",
    Kind.BOOLEAN: "boolean",
    Kind.TIMESTAMP: "timestamp",
    Kind.DATE: "date",
    Kind.AMOUNT: "decimal(18, 4)",
}
_NUMBER = r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
_MEANING = {
    Kind.DOUBLE: "a number",
    Kind.AMOUNT: "an amount below 100,000,000,000,000",
    Kind.BOOLEAN: "true or false",
    Kind.TIMESTAMP: "a date and time between 1900 and 2199",
    Kind.DATE: "a date between 1900 and 2199",
}
_SHOWN = 120
_MOMENTS = (Kind.TIMESTAMP, Kind.DATE)
_DAY_NUMBER = "[0-9]{5}([.][0-9]+)?"


def constants(path: Path, reading: Reading, mapping: Mapping, table: FileTable) -> dict[str, str | None]:
    """The columns that are the same in all rows of the file, and need no engine to fill them."""
    same: dict[str, str | None] = {FILE_NAME.name: path.name}
    if reading.headers is not None:
        for column in table.columns:
            fallback = _fallback(column, mapping, table)
            is_there = any(part in (*reading.headers, *WORDS) for part in mapping.parts(column.name))
            if not is_there and (fallback is None or column.kind is Kind.TEXT):
                same[column.name] = fallback
    return same


def typing_sql(path: Path, reading: Reading, mapping: Mapping, table: FileTable) -> str:
    """The statement that types a file's rows.

    Result: `row_number`, `reason`, `detail`, `original_text`, `record_id`, `content_hash`, `payload`, then
    those of the table's columns that are not `constants`, and for each moment and date `signs_<column>` (see
    `moments.signs`). A row has a reason or it has all that its table requires. Moments are UTC; the session's
    time zone must be the mapping's.
    """
    same = constants(path, reading, mapping, table)
    columns = [column for column in table.columns if column.name not in same]
    cleaned = ",\n    ".join(f"{_cleaned(c, reading, mapping, table, path)} as {c.name}" for c in columns)
    not_text = [c for c in columns if c.kind is not Kind.TEXT]
    dated = [c for c in columns if c.kind in _MOMENTS]
    parted = "".join(f",\n    {moments.parts(c.name, mapping)} as {_parts(c)}" for c in dated)
    signs = "".join(
        f",\n    {moments.signs(c.name, _parts(c), f'tried_{c.name}', mapping)} as signs_{c.name}"
        for c in dated
    )
    there = "".join(f",\n    {moments.local(_parts(c), mapping)} as there_{c.name}" for c in dated)
    tried = "".join(f",\n    {_tried(c, mapping)} as tried_{c.name}" for c in not_text)
    typed = "".join(f",\n    {_accepted(c)} as {_quiet(c)}" for c in not_text)
    shape = "shape," if reading.headers is None else ""
    problems = _problems(reading, mapping, columns)
    status = status_column(table.name)
    if status is not None and status not in same:
        test, sentence = unknown_status(table.name, status, mapping.named(status))
        problems.append((test, Reason.UNKNOWN_STATUS, sentence))
    if table.one_of:
        problems.append(_nothing_named(table, same, mapping))
    told = Counter(reason for _, reason, _ in problems)
    # A reason that only one test gives needs no second look: the engine makes a join of a long list of words.
    sentences = " ".join(
        f"when {test if told[reason] > 1 else f'problem = {literal(reason)}'} then {sentence}"
        for test, reason, sentence in problems
    )
    results = ", ".join(f"{_quiet(c)} as {c.name}" if c.kind is not Kind.TEXT else c.name for c in columns)
    parts = " || ':' || ".join(
        literal(same[name] or "") if name in same else name for name in table.spec.record_id
    )
    return f"""
with parsed as (
  select row_number, reason, detail, original_text, {_parsed(reading, table, mapping)}
  from reading
),

cleaned as (
  select
    row_number, reason, detail, original_text, payload, {shape}
    {cleaned}
  from parsed
),

parted as (
  select
    *{parted}
  from cleaned
),

located as (
  select
    *{there}
  from parted
),

tried as (
  select
    *{tried}
  from located
),

typed as (
  select
    *{typed}
  from tried
),

judged as (
  select
    *,
    case {" ".join(f"when {test} then {literal(reason)}" for test, reason, _ in problems)} end as problem
  from typed
),

explained as (
  select
    *,
    case when problem is not null then
      case {sentences} end
    end as sentence
  from judged
),

final as (
  select
    row_number,
    problem as reason,
    sentence as detail,
    case when problem is not null then coalesce(original_text, payload) end as original_text,
    {parts} as record_id,
    md5(payload) as content_hash,
    payload,
    {results}{signs}
  from explained
)

select * from final
"""


def _parsed(reading: Reading, table: FileTable, mapping: Mapping) -> str:
    """The payload and the cells: the JSON object of the row, or the line itself and a list of values."""
    if reading.headers is None:
        pointers = ", ".join(literal(pointer(header)) for header in headers(table, mapping))
        return (
            "line as payload, case when json_valid(line) then json_type(line) end as shape, "
            f"case when json_valid(line) then json_extract_string(line, [{pointers}]) end as cells"
        )
    members = ", ".join(f"{literal(header)}, c{at}" for at, header in enumerate(reading.headers))
    cells = ", ".join(f"c{at}" for at in range(len(reading.headers)))
    return f"case when reason is null then json_object({members})::varchar end as payload, {cells}"


def _cleaned(column: Column, reading: Reading, mapping: Mapping, table: FileTable, path: Path) -> str:
    """The cell as text, null where it says that there is no value, or what stands in for it."""
    theirs = mapping.theirs(column.name)
    fallback = _fallback(column, mapping, table)
    if theirs == ROW_NUMBER:
        return f"{literal(path.name + '-')} || row_number::varchar"
    if column.name in mapping.composed:
        value = composed(column, reading, mapping, table, path)
    elif theirs is None or (reading.headers is not None and theirs not in reading.headers):
        return literal(fallback) if fallback is not None else "null::varchar"
    else:
        place = cell(theirs, reading, mapping, table)
        value = place if column.kind is Kind.TEXT else f"trim({place})"
        if _is_id(column):
            value = id_cell(theirs, reading, mapping, table)
        if column.name == SCORE and mapping.scores:
            meant = " ".join(
                f"when {literal(words)} then {literal(n)}" for words, n in mapping.scores.items()
            )
            value = f"case trim({place}) {meant} else trim({place}) end"
        if column.name == status_column(table.name) and mapping.statuses:
            meant = " ".join(
                f"when {literal(words)} then {literal(word)}" for words, word in mapping.statuses.items()
            )
            value = f"case trim({place}) {meant} else {place} end"
        # The default tokens, unless the mapping names its own, are not for regions: NA is North America.
        is_region = column.name == REGION and mapping.null_tokens is NULL_TOKENS
        value = unless_null(place, value, ("",) if is_region else mapping.null_tokens)
    return f"coalesce({value}, {literal(fallback)})" if fallback is not None else value


def _fallback(column: Column, mapping: Mapping, table: FileTable) -> str | None:
    return mapping.defaults.get(column.name, dict(table.defaults).get(column.name))


def _tried(column: Column, mapping: Mapping) -> str:
    """The text as the engine reads it; the engine reads more than is meant here."""
    text = column.name
    if column.kind in (Kind.DOUBLE, Kind.AMOUNT):
        if mapping.decimal == ",":
            # A full stop would be a thousands separator here, and 1.234 a thousand times too small.
            text = f"case when not contains({text}, '.') then replace({text}, ',', '.') end"
        value = f"try_cast({text} as {SQL_TYPES[column.kind]})"
        return f"case when regexp_full_match({text}, '{_NUMBER}') then {value} end"
    if column.kind is Kind.BOOLEAN:
        return (
            f"case when lower({text}) in ('true', 't', 'yes', 'y', '1') then true "
            f"when lower({text}) in ('false', 'f', 'no', 'n', '0') then false end"
        )
    read = moments.day if column.kind is Kind.DATE else moments.moment
    return read(text, _parts(column), f"there_{text}", mapping)


def _accepted(column: Column) -> str:
    """What was tried, null where that is not what is meant: infinite numbers, years that are far away, and a
    time of day in a date."""
    value = f"tried_{column.name}"
    if column.kind is Kind.DOUBLE:
        return f"case when isfinite({value}) then {value} end"
    if column.kind not in _MOMENTS:
        return value
    fits = f"{value} >= '1900-01-01'::timestamp and {value} < '2200-01-01'::timestamp"
    if column.kind is Kind.DATE:
        return f"case when {fits} and {value}::time = '00:00' then {value}::date end"
    return f"case when {fits} then {value} end"


def _problems(reading: Reading, mapping: Mapping, columns: list[Column]) -> list[tuple[str, str, str]]:
    """`(test, reason, sentence)` of all that can be wrong with a row; the first that holds is its reason."""
    problems = []
    for reason in (Reason.BAD_ROW_SHAPE, Reason.UNDECODABLE, Reason.ERROR_CELL):
        problems.append((f"reason = {literal(reason)}", reason, "detail"))
    if reading.headers is None:
        problems.append(("shape is null", Reason.MALFORMED_JSON, "'the line is not valid JSON'"))
        problems.append(("shape <> 'OBJECT'", Reason.BAD_ROW_SHAPE, "'the line is not a JSON object'"))
    for column in columns:
        name = f'column "{mapping.named(column.name)}"'
        if column.name != mapping.named(column.name):
            name += f" ({column.name})"
        if reading.sheets:
            problems.append(error_cell(column.name, name))
        if column.required:
            sentence = literal(f"{name} is required and has no value")
            blank = f" or {ids.is_blank(column.name)}" if _is_id(column) else ""
            problems.append((f"{column.name} is null{blank}", Reason.MISSING_REQUIRED, sentence))
        if _is_id(column):
            shown = f"left({column.name}, {_SHOWN})"
            sentence = f"{literal(name + ': ' + chr(34))} || {shown} || {literal(chr(34) + ' ' + ids.REMEDY)}"
            problems.append((ids.is_rounded(column.name), Reason.ROUNDED_ID, sentence))
        if column.kind is not Kind.TEXT:
            test = f"{column.name} is not null and {_quiet(column)} is null"
            if column.name in ENDS:
                test += f" and coalesce(tried_{column.name} < '9000-01-01'::timestamp, true)"
            reason = Reason.BAD_TIMESTAMP if column.kind in _MOMENTS else Reason.WRONG_TYPE
            problems.append((test, reason, _misfit(column, name, mapping)))
    return problems


def _misfit(column: Column, name: str, mapping: Mapping) -> str:
    """The sentence on a text that is not what its column holds, with the remedy where there is one."""
    text = column.name
    named, shown = literal(f'{name}: "'), f"left({text}, {_SHOWN})"
    ending = f'" is not {_MEANING[column.kind]}'
    if column.kind not in _MOMENTS:
        if text == SCORE:
            ending += "; map it under [scores] or add it to null_tokens in the mapping"
        return f"{named} || {shown} || {literal(ending)}"
    remedies = f"""case
      when regexp_full_match({text}, '{_DAY_NUMBER}')
      then '; if it is a spreadsheet''s day number, format the column as a date'
      when {moments.two_digits(_parts(column))}
      then {literal("; " + moments.century_remedy(mapping))}
      when there_{text} is not null and {_parts(column)}.zone <> ''
      then '; say which zone ' || {_parts(column)}.zone || ' is under [zones] in the mapping, '
        || 'such as BST = "Europe/London"'
      else ''
    end"""
    return f"{named} || {shown} || {literal(f'{ending} ({mapping.date_order})')} || {remedies}"


def _nothing_named(table: FileTable, same: dict[str, str | None], mapping: Mapping) -> tuple[str, str, str]:
    """The problem of a row that fills none of the columns of which it needs one."""
    inquired = [name for name in table.one_of if same.get(name, "") is not None]
    empty = " and ".join(
        f"nullif(trim({literal(same[name] or '') if name in same else name}), '') is null"
        for name in inquired
    )
    listed = ", ".join(f'"{mapping.named(name)}"' for name in table.one_of)
    sentence = literal(f"none of the columns {listed} has a value, and one of them is required")
    return empty or "true", Reason.MISSING_REQUIRED, sentence


def _is_id(column: Column) -> bool:
    return column.kind is Kind.TEXT and column.name.endswith("_id")


def _parts(column: Column) -> str:
    """What the text of a moment consists of, where it is not written in the usual way."""
    return f"parts_{column.name}"


def _quiet(column: Column) -> str:
    """The typed value of a column: null where the text does not fit."""
    return f"typed_{column.name}"
