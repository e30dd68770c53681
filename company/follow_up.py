"""What the tables of following up must say together: rules, hold-outs, hours, days off, owners.

Belongs here: rules over several rows of these tables. Does not belong here: one cell or key (`tables`,
`reading`), or how a case is made of an answer (dbt's `fct_follow_up_answers`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise, product
from typing import Final
from zoneinfo import ZoneInfo

from company.mistakes import Mistake, listed
from company.reading import Definition, Row
from company.tables import ANY, FOLLOW_UP
from company.wholeness import judge_periods, meet

RULES, CALENDARS, OWNERS, HOLIDAYS, HOLDOUTS = (table.name for table in FOLLOW_UP)
NOT_KNOWN: Final = "Unassigned"
#: Whom a company leaves alone to learn something is a minority.
_MOST_HELD_OUT: Final = 50
#: The longest time to an answer and its escalation, in weeks of a calendar's open hours: dbt lays out a year
#: of them after as-of, so that half a year of holidays still leaves room.
_MOST_WEEKS: Final = 26
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d|24:00")


def judge(held: Definition) -> Iterator[Mistake]:
    """Every mistake of the five tables."""
    yield from _rules(held)
    yield from _holdouts(held)
    yield from _calendars(held)
    yield from _owners(held)


def _rules(held: Definition) -> Iterator[Mistake]:
    rules = held.rows[RULES]
    unknown = [*_unknown(held)]
    yield from unknown
    for row in rules:
        yield from judge_periods([row])
        for column in ("hours_to_answer", "escalate_after_hours"):
            if row[column] < 1:
                yield row.wrong(f"{column} is {row[column]}", "write a number of business hours from 1 on")
    for one, other in combinations(rules, 2):
        if one["precedence"] == other["precedence"] and _share_an_answer(one, other):
            yield other.wrong(
                f"{other['rule_name']} and {one['rule_name']} (line {one.line}) can both cover an answer, and"
                " neither comes first",
                "give each its own precedence: the lowest counts",
            )
    beyond_reach = [row for row in rules if not _is_reached(row, held)]
    named = {mistake.line for mistake in unknown}
    for row in beyond_reach:
        if row.line not in named:
            yield row.wrong(
                f"no answer can reach {row['rule_name']}: rules of lower precedence cover all of its answers",
                "give it a lower precedence than theirs, or remove it",
            )


def _unknown(held: Definition) -> Iterator[Mistake]:
    """Tiers, stages and topics that there are not while the rule holds."""
    topics = {row["key"].partition(".")[0] for row in held.rows["topics"] if "." in row["key"]}
    for row in held.rows[RULES]:
        possible = {column: _members(held, table, column, row) for column, table in _GOVERNED.items()}
        for column, known in (*possible.items(), ("topic", topics)):
            if row[column] not in {*known, ANY}:
                yield row.wrong(
                    f'no answer can reach {row["rule_name"]}: there is no {column} "{row[column]}"',
                    f"write one of {listed([*sorted(known), ANY])}",
                )


_GOVERNED: Final = {"customer_value_tier": "customer_value_tiers", "journey_stage": "journey_stages"}


def _members(held: Definition, table: str, column: str, row: Row) -> set[str]:
    """Those of every version that shares a day with the rule, and what an answer without one has."""
    versions = [each["definition_version"] for each in held.rows["nps_definitions"] if meet(each, row)]
    return {NOT_KNOWN, *(each[column] for version in versions for each in held.of(table, version))}


def _share_an_answer(one: Row, other: Row) -> bool:
    """Whether both can cover it. Topics keep no two rules apart: a comment may mention both."""
    return (
        one["nps_band"] == other["nps_band"]
        and all(ANY in (one[each], other[each]) or one[each] == other[each] for each in _GOVERNED)
        and meet(one, other)
    )


def _is_reached(rule: Row, held: Definition) -> bool:
    """Whether it is first for some answer of its topic: of each tier and stage, whenever one before ends."""
    before = [
        row
        for row in held.rows[RULES]
        if row["precedence"] < rule["precedence"]
        and _share_an_answer(row, rule)
        and row["topic"] in (ANY, rule["topic"])
    ]
    days = {rule["valid_from"], *(row["valid_to"] for row in before if row["valid_to"])}
    members = (
        _members(held, table, column, rule) if rule[column] == ANY else {rule[column]}
        for column, table in _GOVERNED.items()
    )
    return any(
        not any(_holds(row, day) and _covers(row, answer) for row in before)
        for day, *answer in product(filter(lambda day: _holds(rule, day), days), *members)
    )


def _covers(rule: Row, answer: Sequence[str]) -> bool:
    return all(rule[column] in (ANY, member) for column, member in zip(_GOVERNED, answer, strict=True))


def _holds(row: Row, day: date) -> bool:
    return bool(row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"]))


def _holdouts(held: Definition) -> Iterator[Mistake]:
    rows = held.rows[HOLDOUTS]
    for row in rows:
        yield from judge_periods([row])
        if not 1 <= row["held_out_percent"] <= _MOST_HELD_OUT:
            yield row.wrong(
                f"held_out_percent is {row['held_out_percent']}", f"write a number from 1 to {_MOST_HELD_OUT}"
            )
        known = _members(held, "customer_value_tiers", "customer_value_tier", row)
        if row["customer_value_tier"] not in {*known, ANY}:
            yield row.wrong(
                f'there is no customer_value_tier "{row["customer_value_tier"]}"',
                f"write one of {listed([*sorted(known), ANY])}",
            )
        if not held.rows[RULES]:
            yield row.wrong("nobody is followed up, so nobody can be held out", f"write {RULES}.csv first")
    for one, other in combinations(rows, 2):
        tiers = {one["customer_value_tier"], other["customer_value_tier"]}
        if (ANY in tiers or len(tiers) == 1) and meet(one, other):
            yield other.wrong(
                f"{other['holdout_name']} and {one['holdout_name']} (line {one.line}) draw lots for the same"
                " answers",
                "let each tier have one hold-out at a time",
            )


def _calendars(held: Definition) -> Iterator[Mistake]:
    calendars: dict[str, list[Row]] = defaultdict(list)
    wrong = []
    for row in held.rows[CALENDARS]:
        calendars[row["branch"]].append(row)
        for column in ("opens", "closes"):
            if not _TIME.fullmatch(row[column]):
                wrong.append(
                    row.wrong(f'{column} is "{row[column]}"', "write hours and minutes, as in 08:30")
                )
        if row["opens"] >= row["closes"]:
            wrong.append(row.wrong(f"it closes at {row['closes']} and opens at {row['opens']}", _NIGHT))
        if not _is_zone(row["time_zone"]):
            remedy = "write a name of the tz database, such as Europe/Amsterdam"
            wrong.append(row.wrong(f'there is no time zone "{row["time_zone"]}"', remedy))
    yield from wrong
    for branch, rows in calendars.items():
        for row in rows:
            if row["time_zone"] != rows[0]["time_zone"]:
                problem = f"{branch} is in {rows[0]['time_zone']} in line {rows[0].line}"
                yield row.wrong(problem, "give a branch one time zone")
        for one, other in pairwise(sorted(rows, key=lambda row: (row["weekday"], row["opens"]))):
            if one["weekday"] == other["weekday"] and other["opens"] < one["closes"]:
                yield other.wrong(f"it opens before line {one.line} has closed", "make one of them")
    for row in held.rows[HOLIDAYS]:
        if row["branch"] not in {*calendars, ANY}:
            problem = f"{row['branch']} has no calendar of its own, so that this day closes nothing"
            yield row.wrong(problem, f"enter its hours in {CALENDARS}.csv, or write {ANY} for all calendars")
    if held.rows[RULES] and ANY not in calendars:
        yield Mistake(f"definition/{CALENDARS}.csv", 0, "no calendar is the company's", _DEFAULT)
    if wrong:
        return
    for branch, rows in calendars.items():
        open_hours = sum(map(_hours, rows))
        for rule in held.rows[RULES]:
            needed = rule["hours_to_answer"] + rule["escalate_after_hours"]
            if needed > _MOST_WEEKS * open_hours:
                yield rule.wrong(
                    f"{needed} business hours are more than half a year of {branch} ({open_hours:g} a week)",
                    "write fewer hours, or open for longer",
                )


def _is_zone(name: str) -> bool:
    try:
        return ZoneInfo(name).key == name
    except (ValueError, OSError, KeyError):  # no name of a file, a folder of them, none of them
        return False


_NIGHT: Final = "write two lines for a night: until 24:00, and from 00:00 on the next weekday"
_DEFAULT: Final = f"enter the hours of branches without a calendar, with {ANY} as the branch"


def _hours(row: Row) -> float:
    opens, closes = (
        timedelta(hours=int(row[column][:2]), minutes=int(row[column][3:])) for column in ("opens", "closes")
    )
    return (closes - opens) / timedelta(hours=1)


def _owners(held: Definition) -> Iterator[Mistake]:
    owners: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(held.rows[OWNERS], key=lambda row: row["valid_from"]):
        owners[row["branch"]].append(row)
    for rows in owners.values():
        yield from judge_periods(rows)
    if not held.rows[RULES]:
        return
    first = min(row["valid_from"] for row in held.rows[RULES])
    company, file = owners[ANY], f"definition/{OWNERS}.csv"
    if not company or company[0]["valid_from"] > first:
        remedy = f"enter who has cases that nobody else has, with {ANY} as the branch"
        yield Mistake(file, 0, f"nobody is the company's owner from {first} on", remedy)
    ends = [(row, following["valid_from"]) for row, following in pairwise(company)]
    for row, until in [*ends, *((row, date.max) for row in company[-1:])]:
        if row["valid_to"] is not None and row["valid_to"] < until:
            yield row.wrong("the company has no owner after that", "let the next begin on the day it ends")
