"""What the tables of a definition must say together: whole versions, one at a time, in order.

The same rules are dbt's tests of the seeds, which judge what is built; here they are told in a second, with
the line. Belongs here: rules over several rows. Does not belong here: one cell or key (`tables`, `reading`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import Any

from company.mistakes import Mistake, listed
from company.reading import Definition, Row
from company.tables import BANDS, FIGURES, FLOORS, LIMITS, UNITS

_NEVER = date.max


def judge(held: Definition) -> Iterator[Mistake]:
    """Every rule that the definition breaks."""
    versions = sorted(held.rows["nps_definitions"], key=lambda row: row["valid_from"])
    yield from judge_periods(versions)
    for row, following in pairwise(versions):
        if row["valid_to"] is not None and row["valid_to"] < following["valid_from"]:
            yield row.wrong(
                f"no version holds from {row['valid_to']} to {following['valid_from']}",
                "let each version begin on the day on which the one before it ends",
            )
    if versions and versions[-1]["valid_to"] is not None:
        yield versions[-1].wrong("the last version ends", "leave its valid_to empty, or add the next version")
    for version in versions:
        yield from _whole(held, version)
    yield from _questions(held)
    yield from _releases(held.rows["release_calendar"])
    yield from _numbers(held)


def judge_periods(rows: Sequence[Row]) -> Iterator[Mistake]:
    """Of one subject: none ends before it begins, none begins before the one before it has ended."""
    for row in rows:
        if row["valid_to"] is not None and row["valid_to"] <= row["valid_from"]:
            yield row.wrong(
                f"it ends on {row['valid_to']}, before it begins", "correct valid_from or valid_to"
            )
    for row, following in pairwise(rows):
        if (row["valid_to"] or _NEVER) > following["valid_from"]:
            yield following.wrong(
                f"it begins before line {row.line} has ended", f"end that on {following['valid_from']}"
            )


def _whole(held: Definition, version: Row) -> Iterator[Mistake]:
    """What a version must have in each table."""
    name = version["definition_version"]

    def lacks(table: str, what: str) -> Mistake:
        file = f"definition/{table}.csv"
        return Mistake(file, 0, f"version {name} lacks {what}", "a version is whole: add the line")

    scores = {row["score"]: row for row in held.of("nps_score_bands", name)}
    for score in range(11):
        if score not in scores:
            yield lacks("nps_score_bands", f"the score {score}")
    for band in BANDS:
        if band not in {row["nps_band"] for row in scores.values()}:
            yield lacks("nps_score_bands", f"the band {band}")
    for score, row in sorted(scores.items()):
        if score not in range(11):
            yield row.wrong(f"the score {score} is not of the scale", "the scale is 0 to 10")
        if row["nps_weight"] != BANDS[row["nps_band"]]:
            right = BANDS[row["nps_band"]]
            yield row.wrong(f"a {row['nps_band']} weighs {row['nps_weight']}", f"it weighs {right}")
        if score - 1 in scores and scores[score - 1]["nps_weight"] > row["nps_weight"]:
            yield row.wrong(f"{score} weighs less than {score - 1}", "correct the band of one of them")
    windows = {row["survey_type"] for row in held.of("nps_quarantine_windows", name)}
    for kind in sorted({row["survey_type"] for row in held.rows["nps_questions"]} - windows):
        yield lacks("nps_quarantine_windows", f"a window for {kind} surveys, which nps_questions.csv has")
    floors = held.of("reportability_floors", name)
    for floor in FLOORS:
        if floor not in {row["reportability"] for row in floors}:
            yield lacks("reportability_floors", f"the floor {floor}")
    limits = held.of("publication_limits", name)
    given = {f"{row['limit_name']}/{row['applies_to']}": row for row in limits}
    for limit in LIMITS:
        if limit not in given:
            yield lacks("publication_limits", "the limit {} of each {}".format(*limit.split("/")))
    for limit in given.keys() - {*LIMITS}:
        yield given[limit].wrong(f"there is no limit {limit}", f"write one of {listed(LIMITS)}")
    tiers = held.of("customer_value_tiers", name)
    for table, rows in (("customer_value_tiers", tiers), ("journey_stages", held.of("journey_stages", name))):
        if not rows:
            yield lacks(table, "all rows")
    yield from _rising(tiers, "minimum_amount", lambda row: row["tier_order"])
    yield from _rising(floors, "minimum_responses", lambda row: FLOORS.index(row["reportability"]))
    yield from _once(held.of("journey_stages", name), "journey_order")


def _rising(rows: Sequence[Row], minimum: str, place: Any) -> Iterator[Mistake]:
    ordered = sorted(rows, key=lambda row: (place(row), row[minimum]))
    if ordered and ordered[0][minimum] != 0:
        yield ordered[0].wrong(f"the lowest {minimum} is {ordered[0][minimum]}", "let the lowest begin at 0")
    for lower, row in pairwise(ordered):
        if place(lower) == place(row):
            yield row.wrong(f"it has the same place as line {lower.line}", "give each its own place")
        elif row[minimum] <= lower[minimum]:
            yield row.wrong(
                f"its {minimum} {row[minimum]} is not above {lower[minimum]} of line {lower.line}",
                "let the minimum rise with the place",
            )


def _once(rows: Sequence[Row], column: str) -> Iterator[Mistake]:
    seen: dict[Any, int] = {}
    for row in rows:
        if seen.setdefault(row[column], row.line) != row.line:
            yield row.wrong(f"{column} {row[column]} is in line {seen[row[column]]} too", "number them anew")


def _questions(held: Definition) -> Iterator[Mistake]:
    registered: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in held.rows["nps_questions"]:
        subject = tuple(row[column].strip().lower() for column in ("source", "survey_id", "question_id"))
        registered[subject].append(row)
        if (row["scale_min"], row["scale_max"]) != (0, 10):
            yield row.wrong(
                f"its scale is {row['scale_min']} to {row['scale_max']}", "a question of NPS offers 0 to 10"
            )
        for version in held.rows["nps_definitions"]:
            stages = {
                stage["journey_stage"] for stage in held.of("journey_stages", version["definition_version"])
            }
            if row["journey_stage"] and meet(row, version) and stages and row["journey_stage"] not in stages:
                name = version["definition_version"]
                yield row.wrong(
                    f'version {name} has no stage "{row["journey_stage"]}"',
                    f"write one of {listed(sorted(stages))}, or enter it in journey_stages.csv",
                )
    for rows in registered.values():
        yield from judge_periods(sorted(rows, key=lambda row: row["valid_from"]))
    for one, other in combinations(held.rows["nps_questions"], 2):
        is_one_survey = all(
            one[column].strip().lower() == other[column].strip().lower() for column in ("source", "survey_id")
        )
        if is_one_survey and meet(one, other):
            for column in ("survey_type", "journey_stage"):
                if (one[column] or "") != (other[column] or ""):
                    yield other.wrong(
                        f'its survey has {column} "{one[column] or ""}" in line {one.line}',
                        "give all questions of a survey the same: an invitation asks them all",
                    )


def _releases(rows: Sequence[Row]) -> Iterator[Mistake]:
    """Both figures or none; members are not told more often than the company that they add up to."""
    given = {row["figures"]: row for row in rows}
    for figures in {*FIGURES} - given.keys() if given else ():
        yield rows[0].wrong(f"there is no release unit of {figures}", "add its line")
    if len(given) == len(FIGURES):
        company, members = (UNITS.index(given[figures]["release_unit"]) for figures in FIGURES)
        if members < company:
            yield given["members"].wrong(
                f"members are told each {UNITS[members]}, and the company each {UNITS[company]}",
                f"write {listed(UNITS[company:])}",
            )


def meet(one: Row, other: Row) -> bool:
    """Whether two periods share a day."""
    began: date = max(one["valid_from"], other["valid_from"])
    return began < min(one["valid_to"] or _NEVER, other["valid_to"] or _NEVER)


def _numbers(held: Definition) -> Iterator[Mistake]:
    for row in held.rows["nps_quarantine_windows"]:
        if row["window_days"] < 0:
            yield row.wrong(f"a window of {row['window_days']} days", "write 0 where there is none")
    for row in held.rows["publication_limits"]:
        if row["maximum"] < 0 or row["minimum_count"] < 0:
            yield row.wrong("the limit is negative and can never be kept", "write 0 or more")
        if row["unit"] == "percent" and row["maximum"] >= 100:
            yield row.wrong("nothing is more than 100 percent", "write less than 100")
    for row in held.rows["exchange_rates"]:
        if row["rate_to_reporting"] <= 0:
            yield row.wrong(f"the rate is {row['rate_to_reporting']}", "write what one unit is worth")
        if row["minor_units"] < 0:
            yield row.wrong(f"minor_units is {row['minor_units']}", "write the currency's decimal places")
    for row in held.rows["own_email_domains"]:
        domain = row["email_domain"]
        if domain != domain.lower() or "@" in domain:
            yield row.wrong(f'"{domain}" is no domain as it is compared', "write it in lower case, without @")
