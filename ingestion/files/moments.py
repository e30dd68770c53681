"""Reads moments and days, as SQL: which formats are understood, and what each means.

A zone's name never reaches a cast of the engine, which would read the following rows in that zone too: the
local time is read alone, and the zone is applied to it row by row. `evidence` checks whether a whole file
suggests another format.

All moments here are UTC, as the engine's timestamps without a zone. A local time that occurs twice, or never,
is the later of the two possible moments.
"""

from functools import cache

import duckdb

from ingestion.files.mapping import Mapping
from ingestion.files.sql import literal

#: What the way a date is written speaks for, added up: see `signs`.
DAY_FIRST, MONTH_FIRST, TWO_DIGITS = 1, 2, 4

_HOURS = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]"
_SECONDS = "(?::[0-5][0-9](?:[.][0-9]+)?)"
# Nearly all moments are written so. They are read by one cast, which knows the session's zone and offsets.
_ISO = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
_USUAL_DATE = {
    "iso": _ISO,
    **dict.fromkeys(("dmy", "mdy"), f"(?:{_ISO}|[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-][0-9]{{4}})"),
}
_USUAL_TIME = f"(?:[T ]{_HOURS}{_SECONDS}?)?"
# At least 20 characters: see `moment`.
_WITH_OFFSET = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
    f"{_SECONDS}(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)"
)
_BY_NUMBERS = "^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})"
_TURNED = {"dmy": r"\3-\2-\1", "mdy": r"\3-\1-\2"}
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[.]?"
)
_DAY, _NTH, _YEAR = "([0-9]{1,2})", "([0-9]{1,2})(?:st|nd|rd|th)?", "([0-9]{4}|[0-9]{2})"
_DATES = (
    f"([0-9]{{4}})[/.-]{_DAY}[/.-]{_DAY}",
    f"{_DAY}[/.-]{_DAY}[/.-]{_YEAR}",
    f"{_NTH}[ -]{_MONTH},?[ -]{_YEAR}",
    f"{_MONTH} {_NTH},? {_YEAR}",
)
# What stands in brackets after an offset says nothing more.
_OFFSET = r"(?:UTC|GMT)? ?([+-](?:0?[0-9]|1[0-4]))(?::?([0-5][0-9]))?(?: ?[(\[][^()\[\]]*[)\]])?"
_NAME = "([a-z][a-z0-9_/+-]*(?: [a-z]+)*)"
_WRITTEN = (
    rf"(?i)^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.]?,? +)?(?:{'|'.join(_DATES)})"
    rf"(?:(?:T|,? +)({_HOURS}(?::[0-5][0-9](?:[.,][0-9]+)?)?)"
    rf"(?: ?([ap])[.]?m\b[.]?)?(?: *(?:{_OFFSET}|{_NAME}))?)?$"
)
_PARTS = (
    *("year_1", "month_1", "day_1", "first", "second", "year_2"),
    *("day_3", "name_3", "year_3", "name_4", "day_4", "year_4"),
    *("clock", "half", "hours", "minutes", "zone"),
)


def parts(text: str, mapping: Mapping) -> str:
    """What a text consists of where it is not written in the usual way; else null."""
    usual = literal(f"{_USUAL_DATE[mapping.date_order]}{_USUAL_TIME}|{_WITH_OFFSET}")
    plain = f"trim(translate({text}, chr(160) || chr(8239), '  '))"  # the spaces that never break
    names = ", ".join(literal(name) for name in _PARTS)
    return (
        f"case when not regexp_full_match({text}, {usual}) "
        f"then regexp_extract({plain}, {literal(_WRITTEN)}, [{names}]) end"
    )


def local(found: str, mapping: Mapping) -> str:
    """The local date and time that the parts say, whatever the zone; null where they are none."""
    return f"case when {found} is not null then {_local(found, mapping.date_order, mapping)} end"


def day(text: str, found: str, there: str, mapping: Mapping) -> str:
    """The date as it is written, at the time that stands beside it. `there` is the parts' `local`."""
    usual = f"try_cast({_year_first(text, mapping.date_order)} as timestamp)"
    return f"case when {found} is null then {usual} else {there} end"


def moment(text: str, found: str, there: str, mapping: Mapping) -> str:
    """The moment; null where there is none, or in an unknown zone. A day is its midnight in UTC.

    The session's time zone must be the mapping's. `there` is the parts' `local`.
    """
    turned = _year_first(text, mapping.date_order)
    in_zone = f"make_timestamp(epoch_us(try_cast({turned} as timestamptz)))"
    # Of 10 characters there is no room for a time, and of 19 none for an offset, which this cast ignores.
    alone = f"length({text}) <= {19 if mapping.timezone == 'UTC' else 10}"
    usual = f"case when {alone} then try_cast({turned} as timestamp) else {in_zone} end"
    zone = f"lower({found}.zone)"
    here = there if mapping.timezone == "UTC" else _in_zone(literal(mapping.timezone), there)
    declared = " ".join(
        f"when {zone} = {literal(word.lower())} then {_in_zone(literal(name), there)}"
        for word, name in mapping.zones.items()
    )
    names = f"string_split({literal(' '.join(zone_names()))}, ' ')"
    return (
        f"case when {found} is null then {usual} when {there} is null then null "
        f"when {found}.clock = '' then {there} when {found}.hours <> '' then {there} - {_offset(found)} "
        f"when {zone} = '' then {here} {declared} when {zone} in ('z', 'utc', 'gmt') then {there} "
        f"when list_contains({names}, {found}.zone) then {_in_zone(f'{found}.zone', there)} end"
    )


def signs(text: str, found: str, read: str, mapping: Mapping) -> str:
    """Null without a text; else the sum of what holds: `DAY_FIRST` and `MONTH_FIRST` where the day, or the
    month, may be what is written first, and `TWO_DIGITS` where the year cannot be read for having two.

    `read` is what was read of the text, null where that failed.
    """
    own, other = ("dmy", "mdy") if mapping.date_order != "mdy" else ("mdy", "dmy")
    parts = [f"{_local(found, order, mapping)} is not null" for order in (own, other)]
    casts = [f"try_cast({_year_first(text, order)} as timestamp) is not null" for order in (own, other)]
    place = 1 if own == "dmy" else 2
    by_numbers = f"regexp_matches({text}, '{_BY_NUMBERS}')"
    usual = _orders(own, other, by_numbers, read, f"regexp_extract({text}, '{_BY_NUMBERS}', {place})", casts)
    number = f"{found}.{'first' if own == 'dmy' else 'second'}"
    written = _orders(own, other, f"{found}.first <> ''", read, number, parts)
    short = "false" if mapping.century is not None else two_digits(found)
    if mapping.date_order == "iso":
        usual = "0"
        short += f" or {two_digits(found)} and {found}.first <> ''"
    return (
        f"case when {text} is null then null when {found} is null then {usual} "
        f"else {written} + if({short}, {TWO_DIGITS}, 0) end::utinyint"
    )


def _orders(own: str, other: str, by_numbers: str, read: str, day: str, readable: list[str]) -> str:
    """The signs of the order. What one reads, the other reads too where its day may be a month."""
    sign = {"dmy": DAY_FIRST, "mdy": MONTH_FIRST}
    return (
        f"case when not {by_numbers} then 0 "
        f"when {read} is not null then {sign[own]} + if({day}::integer <= 12, {sign[other]}, 0) "
        f"else if({readable[0]}, {sign[own]}, 0) + if({readable[1]}, {sign[other]}, 0) end"
    )


def century_remedy(mapping: Mapping) -> str:
    """What to do about years of two digits: the order must be declared too, because each is plausible."""
    order = 'date_order = "dmy" or "mdy" and ' if mapping.date_order == "iso" else ""
    return f"write {order}century = 1950 if two digits mean 1950 to 2049, or years of four digits"


def two_digits(found: str) -> str:
    """Whether the year is written with two digits."""
    return f"length({_year(found)}) = 2"


def _year_first(text: str, order: str) -> str:
    return text if order == "iso" else f"regexp_replace({text}, '{_BY_NUMBERS}', '{_TURNED[order]}')"


def _in_zone(name: str, there: str) -> str:
    """The moment of a local time in a zone; its name is applied, and never read by a cast."""
    return f"make_timestamp(epoch_us(timezone({name}, {there})))"


def _local(found: str, order: str, mapping: Mapping) -> str:
    by_order = {"iso": ("", ""), "dmy": ("first", "second"), "mdy": ("second", "first")}
    first, second = (f" || {found}.{part}" if part else "" for part in by_order[order])
    name = f"{found}.name_3 || {found}.name_4"
    month = (
        f"if({name} = '', {found}.month_1{second}, "
        f"((strpos('{_MONTHS}', lower(left({name}, 3))) + 2) // 3)::varchar)"
    )
    day = f"{found}.day_1{first} || {found}.day_3 || {found}.day_4"
    year, short = _year(found), "null"
    if mapping.century is not None:
        pivot = mapping.century % 100
        short = f"({mapping.century} + ({year}::integer + {100 - pivot}) % 100)::varchar"
    year = f"if({two_digits(found)}, {short}, {year})"
    clock = f"coalesce(nullif(replace({found}.clock, ',', '.'), ''), '00:00')"
    hour = f"split_part({found}.clock, ':', 1)::integer"
    half = (
        f"case when {found}.half = '' then 0 when {hour} between 1 and 12 "
        f"then 12 * if(lower({found}.half) = 'p', 1, 0) - 12 * ({hour} // 12) end"
    )
    written = f"{year} || '-' || {month} || '-' || {day} || ' ' || {clock}"
    return f"try_cast({written} as timestamp) + to_hours({half})"


def _year(found: str) -> str:
    return "(" + " || ".join(f"{found}.year_{at}" for at in (1, 2, 3, 4)) + ")"


def _offset(found: str) -> str:
    """How far the local time is ahead of UTC."""
    sign, hours = f"(left({found}.hours, 1) || '1')::integer", f"substr({found}.hours, 2)::integer"
    return f"to_minutes({sign} * (60 * {hours} + coalesce(try_cast({found}.minutes as integer), 0)))"


@cache
def zone_names() -> tuple[str, ...]:
    """The zones that the engine knows under a region's name. It also knows abbreviations, of its own choice:
    BST is Dhaka's time to it."""
    with duckdb.connect() as engine:
        names = engine.execute(
            "select name from pg_timezone_names() where contains(name, '/') order by name"
        ).fetchall()
    return tuple(name for (name,) in names)
