"""Text cells to typed columns, as one SQL statement a file: what does not fit is named, never coerced.

The statement reads the batches of a `Reading` (registered as `reading`) and gives, for each row, the raw
columns or the reason why it has none. Whole columns at a time: no Python runs per row.
"""

from pathlib import Path

from ingestion.files.mapping import ROW_NUMBER, WORDS, Mapping
from ingestion.files.places import cell, composed, error_cell, headers, literal, pointer, unless_null
from ingestion.files.rows import Reading
from ingestion.files.statuses import KNOWN_STATUSES, STATUS, unknown_status
from ingestion.files.tables import FILE_NAME, SCORE, FileTable
from ingestion.tables import Column, Kind, Reason

#: The SQL type of each kind of column that a file can have.
SQL_TYPES = {
    Kind.TEXT: "varchar",
    Kind.DOUBLE: "double",
    Kind.BOOLEAN: "boolean",
    Kind.TIMESTAMP: "timestamptz",
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
_TWELVE_HOURS = "['%Y-%m-%d %I:%M:%S %p', '%Y-%m-%d %I:%M %p']"
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
    those of the table's columns that are not `constants`. A row has a reason or it has all that its table
    requires. The session's time zone must be the mapping's: it is what moments without a zone are read in.
    """
    same = constants(path, reading, mapping, table)
    columns = [column for column in table.columns if column.name not in same]
    cleaned = ",\n    ".join(f"{_cleaned(c, reading, mapping, table, path)} as {c.name}" for c in columns)
    not_text = [c for c in columns if c.kind is not Kind.TEXT]
    tried = "".join(f",\n    {_tried(c, mapping)} as tried_{c.name}" for c in not_text)
    typed = "".join(f",\n    {_accepted(c)} as {_quiet(c)}" for c in not_text)
    shape = "shape," if reading.headers is None else ""
    problems = _problems(reading, mapping, columns)
    if table.name in KNOWN_STATUSES and STATUS not in same:
        test, sentence = unknown_status(table.name, mapping.named(STATUS))
        problems.append((test, Reason.UNKNOWN_STATUS, sentence))
    if table.one_of:
        problems.append(_nothing_named(table, same, mapping))
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

tried as (
  select
    *{tried}
  from cleaned
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
      case {" ".join(f"when {test} then {sentence}" for test, _, sentence in problems)} end
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
    {results}
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
        if column.name == SCORE and mapping.scores:
            meant = " ".join(
                f"when {literal(words)} then {literal(n)}" for words, n in mapping.scores.items()
            )
            value = f"case trim({place}) {meant} else trim({place}) end"
        if column.name == STATUS and mapping.statuses:
            meant = " ".join(
                f"when {literal(words)} then {literal(word)}" for words, word in mapping.statuses.items()
            )
            value = f"case trim({place}) {meant} else {place} end"
        value = unless_null(place, value, mapping)
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
    moment = _year_first(text, mapping.date_order)
    if column.kind is Kind.DATE:
        return f"try_cast({moment} as timestamp)"
    complete = (
        f"regexp_replace(regexp_replace({moment}, ' +([+-][0-9:]+|Z)$', '\\1'), "
        "'([T ][0-9]{1,2}:[0-9]{2})(Z|[+-][0-9]{2}(:?[0-9]{2})?)$', '\\1:00\\2')"
    )
    twelve_hours = f"try_strptime(replace({moment}, '/', '-'), {_TWELVE_HOURS})"
    # Almost all moments are read by the first cast; the second completes what ISO 8601 allows to leave out.
    return (
        f"coalesce(try_cast({moment} as timestamptz), try_cast({complete} as timestamptz), "
        f"try_cast({twelve_hours} as timestamptz))"
    )


def _accepted(column: Column) -> str:
    """What was tried, null where the engine has read something that nobody meant.

    That is infinite numbers, `epoch`, `infinity`, years of two digits, and a time of day in a date.
    """
    value = f"tried_{column.name}"
    if column.kind is Kind.DOUBLE:
        return f"case when isfinite({value}) then {value} end"
    if column.kind not in (Kind.TIMESTAMP, Kind.DATE):
        return value
    fits = (
        f"{column.name} >= '0' and {column.name} < ':' "
        f"and {value} >= '1900-01-01'::timestamp and {value} < '2200-01-01'::timestamp"
    )
    if column.kind is Kind.DATE:
        return f"case when {fits} and {value}::time = '00:00' then {value}::date end"
    return f"case when {fits} then {value} end"


def _year_first(text: str, date_order: str) -> str:
    if date_order == "iso":
        return text
    year_month_day = r"\3-\2-\1" if date_order == "dmy" else r"\3-\1-\2"
    pattern = r"^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"
    return f"regexp_replace({text}, '{pattern}', '{year_month_day}')"


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
            problems.append((f"{column.name} is null", Reason.MISSING_REQUIRED, sentence))
        if column.kind is not Kind.TEXT:
            moment, named = column.kind in (Kind.TIMESTAMP, Kind.DATE), f'{name}: "'
            ending = literal(
                f'" is not {_MEANING[column.kind]}' + (f" ({mapping.date_order})" if moment else "")
            )
            if moment:
                remedy = literal("; if it is a spreadsheet's day number, format the column as a date")
                ending += f" || if(regexp_full_match({column.name}, '{_DAY_NUMBER}'), {remedy}, '')"
            elif column.name == SCORE:
                ending += (
                    f" || {literal('; say what it stands for under [scores] or null_tokens in the mapping')}"
                )
            problems.append(
                (
                    f"{column.name} is not null and {_quiet(column)} is null",
                    Reason.BAD_TIMESTAMP if moment else Reason.WRONG_TYPE,
                    f"{literal(named)} || left({column.name}, {_SHOWN}) || {ending}",
                )
            )
    return problems


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


def _quiet(column: Column) -> str:
    """The typed value of a column: null where the text does not fit."""
    return f"typed_{column.name}"
