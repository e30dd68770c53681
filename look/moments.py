"""Finds when the answers were given: the column, the order of day and month, and the zone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from look.columns import Column
from look.findings import Findings, Known
from look.vocabulary import place, written_zone

_FITS = 0.5
_SOME = 100
_OFFSET = r"(?:GMT|UTC)? ?[+-]\d{1,2}(?::?\d{2})?"
_TIME = (
    r"(?:(?:T|,? +)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?"
    rf"(?: ?(?P<zone>Z|{_OFFSET}|[A-Z]{{2,5}}|[A-Za-z]+/[A-Za-z_/]+)(?: ?\([^)]*\))?)?)?"
)
_YEAR_FIRST = re.compile(r"\d{4}([-/.])\d{1,2}\1\d{1,2}" + _TIME)
_YEAR_LAST = re.compile(r"(?P<first>\d{1,2})([-/.])(?P<second>\d{1,2})\2(?P<year>\d{4}|\d{2})" + _TIME)
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[.]?"
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTH_NAMED = re.compile(
    rf"(?i:(?:[a-z]{{3,9}}[.]?,? +)?(?:{_NTH}[ -]{_MONTH},?[ -]|{_MONTH} {_NTH},? )"
    rf"(?P<year>\d{{4}}|\d{{2}})){_TIME}"
)
_IN_WORDS = re.compile(r"\D*\d{1,2}[. -]+(de )?[^\W\d]{3,12}\.?[ ,-]+(de )?\d{2,4}.*")
_EPOCH = re.compile(r"1[0-9]{9}([0-9]{3})?")
_DAY_NUMBER = re.compile(r"[34][0-9]{4}([.]\d+)?")
_COLUMN_REMEDY = "use --column responded_at=HEADER"
_DATE_REMEDY = "use --date 2026-01-31 (one day for all answers)"


@dataclass(frozen=True, eq=False)
class Moments:
    """A column of dates: how many of its cells are dates, by form, and the evidence for their order."""

    column: Column
    dates: int
    year_last: int
    first_above_12: int
    second_above_12: int
    short_years: int
    zones: frozenset[str]
    day_first: str
    month_first: str
    short_year: str


def moments_of(column: Column) -> Moments | None:
    """The column read as dates; None if most of its cells are not dates."""
    some = list(islice(column.values, _SOME))
    if 2 * sum(_date(one) is not None for one in some) < len(some):
        return None
    dates = year_last = first = second = short = 0
    zones: set[str] = set()
    day_first = month_first = short_year = ""
    for value, count in column.values.items():
        found = _date(value)
        if not found:
            continue
        dates += count
        if found["zone"]:
            zones.add(found["zone"])
        if found.re is not _YEAR_FIRST and len(found["year"]) == 2:
            short, short_year = short + count, value
        if found.re is _YEAR_LAST:
            year_last += count
            if int(found["first"]) > 12:
                first, day_first = first + count, value
            if int(found["second"]) > 12:
                second, month_first = second + count, value
    if not dates or dates < _FITS * column.filled:
        return None
    return Moments(
        column, dates, year_last, first, second, short, frozenset(zones), day_first, month_first, short_year
    )


def _date(value: str) -> re.Match[str] | None:
    return _YEAR_FIRST.fullmatch(value) or _YEAR_LAST.fullmatch(value) or _MONTH_NAMED.fullmatch(value)


def find_moment(columns: Sequence[Column], known: Known, findings: Findings) -> Moments | None:
    """The column of `responded_at`: the known one, else the one with the likeliest name, else by content."""
    if known.header is not None:
        meant = [column for column in columns if column.header == known.header]
        moments = moments_of(meant[0]) if meant else None
        if moments is None:
            findings.unsure("date", _why_none(meant), _DATE_REMEDY, blocks=True)
        else:
            findings.sure("date", f'"{moments.column.shown}", {known.why}')
        return moments
    dated = [moments for column in columns if (moments := moments_of(column))]
    places = {moments: at for moments in dated if (at := _place(moments)) is not None}
    if places:
        first = min(places.values())
        best = [moments for moments, at in places.items() if at == first]
        listed = ", ".join(f'"{moments.column.header}"' for moments in best[:4])
        if len(best) > 1:
            findings.unsure(
                "date", f"several columns could be the date: {listed}", _COLUMN_REMEDY, blocks=True
            )
        else:
            findings.sure("date", f"{listed}: by its name, and it holds dates")
        return best[0]
    if dated:
        chosen = max(dated, key=lambda moments: moments.dates)
        listed = ", ".join(f'"{moments.column.header}"' for moments in dated[:4])
        text = f'"{chosen.column.shown}", by its content only' + (f" (of {listed})" if len(dated) > 1 else "")
        findings.unsure("date", text, _COLUMN_REMEDY, blocks=len(dated) > 1)
        return chosen
    findings.unsure("date", _why_none(columns), _DATE_REMEDY, blocks=True)
    return None


def _place(moments: Moments) -> int | None:
    places = (place("responded_at", "name", _without_zone(label)) for label in moments.column.labels)
    return min((at for at in places if at is not None), default=None)


def _is_named(label: str) -> bool:
    return place("responded_at", "name", _without_zone(label)) is not None


def _without_zone(label: str) -> str:
    return re.sub(r"\s*\([^)]*\)\s*$", "", label)


def _why_none(columns: Sequence[Column]) -> str:
    """Say that there are no dates, or which column has dates in a form that a load does not read."""
    forms = (
        (_IN_WORDS, "month names in another language"),
        (_EPOCH, "seconds since 1970"),
        (_DAY_NUMBER, "a spreadsheet's day numbers"),
    )
    named = [column for column in columns if any(_is_named(label) for label in column.labels)]
    for column in named or columns[:1]:
        for pattern, form in forms:
            fitting = sum(count for value, count in column.values.items() if pattern.fullmatch(value))
            if column.filled and fitting >= _FITS * column.filled:
                return f'"{column.shown}" holds {form}, which are not read: export it as 2026-01-31 14:30'
    return "no column holds dates"


def find_order(moments: Moments, said: str | None, findings: Findings) -> str:
    """`iso`, `dmy` or `mdy`, as given or by evidence; unsure if no day is above 12."""
    first, second = moments.first_above_12, moments.second_above_12
    if said is not None:
        findings.sure("date order", f"{said}, as given")
        return said
    if not moments.year_last:
        findings.sure("date order", "year first")
        return "iso"
    if first and second:
        day_first = first >= second
        findings.unsure(
            "date order",
            f"some dates can only be day first ({moments.day_first}), "
            f"others only month first ({moments.month_first})",
            "split the file, or export it in one form",
            blocks=min(first, second) * 20 > max(first, second),
        )
        return "dmy" if day_first else "mdy"
    if first:
        findings.sure(
            "date order", f"day first: {first:,} dates allow no other order, such as {moments.day_first}"
        )
        return "dmy"
    if second:
        findings.sure(
            "date order", f"month first: {second:,} dates allow no other order, such as {moments.month_first}"
        )
        return "mdy"
    findings.unsure(
        "date order",
        "every day is 12 or less: day first and month first both fit",
        "use --date-order dmy or mdy",
        True,
    )
    return "dmy"


def find_zone(moments: Moments, known: Known, named: Mapping[str, str], findings: Findings) -> str:
    """The zone for moments written without one. `named` says what abbreviations mean."""
    abbreviations = sorted(
        zone for zone in moments.zones if zone.isalpha() and zone not in ("Z", "UTC", "GMT", *named)
    )
    if abbreviations:
        remedy = f"use --zone {abbreviations[0]}=Europe/Paris, or the zone it stands for"
        text = f"the rows use {', '.join(abbreviations)}, which is ambiguous"
        findings.unsure("zone", text, remedy, blocks=True)
    if known.header is not None:
        findings.sure("zone", f"{known.header}, {known.why}")
        return known.header
    headers = (moments.column.header, *moments.column.labels)
    if header := next(filter(None, map(written_zone, headers)), None):
        findings.sure("zone", f"{header}, by the header")
        return header
    if moments.zones and not abbreviations:
        findings.sure("zone", f"each row has its own, such as {min(moments.zones)}")
    elif not moments.zones and any(":" in value for value in moments.column.values):
        findings.unsure("zone", "there is none: UTC is assumed", "use --timezone Europe/Paris")
    return "UTC"
