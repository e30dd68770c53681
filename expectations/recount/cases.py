"""Cases of following up, determined again answer by answer from the company's own tables.

The counted answers are those of the mart, which are recounted from raw elsewhere; what a comment mentions is
taken from what the reading of comments left. Rules, hours, owners and days off are read from the folder.

Belongs here: which answers deserve a case, and what the mart and the log say instead. Does not belong here:
business hours of one calendar (`business_hours`).
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import duckdb

from expectations.definition import day
from expectations.dimensions import governed
from expectations.governed_tables import Row, tables
from expectations.recount.business_hours import Calendar
from expectations.recount.ids import identity

ANY = "*"
_NONE: Sequence[Row] = ()


class Deserved(NamedTuple):
    """What becomes of a counted answer; who is held out has rule and type, all others without a case neither.
    The hold-out is the one that drew lots, whatever came out. UTC."""

    answer_key: str
    outcome: str
    holdout_name: str | None = None
    rule_name: str | None = None
    case_type: str | None = None
    owner_id: str | None = None
    owner_from: str | None = None
    is_owner_missing: bool | None = None
    branch: str | None = None
    calendar_branch: str | None = None
    is_calendar_missing: bool | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    escalate_at: datetime | None = None


#: What a version of a case says.
_CONTENT = Deserved._fields[3:]


class FollowUp:
    """The company's rules, calendars and owners."""

    def __init__(self) -> None:
        self.rules = sorted(_rows("follow_up_rules"), key=lambda row: int(row["precedence"]))
        self.owners = _rows("branch_owners")
        self.holdouts = _rows("follow_up_holdouts")
        hours: dict[str, list[Row]] = defaultdict(list)
        for row in _rows("branch_calendars"):
            hours[row["branch"]].append(row)
        self.calendars = {branch: self._calendar(branch, rows) for branch, rows in hours.items()}

    @staticmethod
    def _calendar(branch: str, rows: Sequence[Row]) -> Calendar:
        opened: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            opened[row["weekday"]].append((_minutes(row["opens"]), _minutes(row["closes"])))
        closed = {day(row["holiday"]) for row in _rows("holidays") if row["branch"] in (branch, ANY)}
        return Calendar(rows[0]["time_zone"], dict(opened), frozenset(filter(None, closed)))

    def rule(self, answer: Mapping[str, Any], topics: set[str]) -> Row | None:
        """The first that covers an answer."""
        return next(
            (
                rule
                for rule in self.rules
                if rule["nps_band"] == answer["nps_band"]
                and rule["customer_value_tier"] in (ANY, answer["customer_value_tier"])
                and rule["journey_stage"] in (ANY, answer["journey_stage"])
                and (rule["topic"] == ANY or rule["topic"] in topics)
                and _holds(rule, answer["response_date"])
            ),
            None,
        )

    def holdout(self, answer: Mapping[str, Any]) -> Row | None:
        """The one that draws lots for an answer."""
        return next(
            (
                row
                for row in self.holdouts
                if row["customer_value_tier"] in (ANY, answer["customer_value_tier"])
                and _holds(row, answer["response_date"])
            ),
            None,
        )

    def owner(self, branch: str, on: date) -> str | None:
        """Who owns a branch on a day."""
        return next(
            (row["owner_id"] for row in self.owners if row["branch"] == branch and _holds(row, on)), None
        )


def deserved(connection: duckdb.DuckDBPyConnection) -> list[Deserved]:
    """What becomes of each counted answer."""
    company = FollowUp()
    topics: dict[str, set[str]] = defaultdict(set)
    for key, topic in connection.execute("select answer_key, topic from topics.answer_topics").fetchall():
        topics[key].add(topic)
    left = {
        key
        for (key,) in connection.execute(
            "select employee_key from marts.dim_employees where not is_active"
        ).fetchall()
    }
    declining = {each.name: each.no_contact for each in governed().declared if each.no_contact}
    further = "".join(f", {name}" for name in declining)
    found = connection.execute(
        "select answer_key, nps_band, customer_value_tier, journey_stage, branch, owner_id, responded_at,"
        f" response_date, account_key, person_key{further} from marts.fct_survey_responses where is_counted"
    )
    names = [column[0] for column in found.description or ()]
    answers = (dict(zip(names, row, strict=True)) for row in found.fetchall())
    return [_becomes(company, answer, topics[answer["answer_key"]], left, declining) for answer in answers]


def _becomes(
    company: FollowUp,
    answer: Mapping[str, Any],
    topics: set[str],
    left: set[str],
    declining: Mapping[str, frozenset[str]],
) -> Deserved:
    rule = company.rule(answer, topics)
    if rule is None:
        return Deserved(answer["answer_key"], "not_covered")
    if any(answer[name].lower() in members for name, members in declining.items()):
        return Deserved(answer["answer_key"], "opted_out")
    holdout = company.holdout(answer)
    name = holdout["holdout_name"] if holdout else None
    if holdout and _is_held_out(holdout, answer["account_key"] or answer["person_key"]):
        return Deserved(answer["answer_key"], "held_out", name, rule["rule_name"], rule["case_type"])
    branch, on, given = answer["branch"], answer["response_date"], answer["owner_id"]
    of_account = given if identity(given) not in left else None
    of_branch, of_company = company.owner(branch, on), company.owner(ANY, on)
    owners = {"account": of_account, "branch": of_branch, "company": of_company}
    owner_from = next((whose for whose, owner in owners.items() if owner is not None), None)
    calendar = branch if branch in company.calendars else ANY
    hours, started = company.calendars[calendar], answer["responded_at"].replace(microsecond=0)
    within = int(rule["hours_to_answer"])
    return Deserved(
        answer_key=answer["answer_key"],
        outcome="case",
        holdout_name=name,
        rule_name=rule["rule_name"],
        case_type=rule["case_type"],
        owner_id=owners[owner_from] if owner_from else None,
        owner_from=owner_from,
        is_owner_missing=of_account is None and (given is not None or of_branch is None),
        branch=branch,
        calendar_branch=calendar,
        is_calendar_missing=calendar != branch,
        opened_at=answer["responded_at"],
        due_at=hours.after(started, within),
        escalate_at=hours.after(started, within + int(rule["escalate_after_hours"])),
    )


def _is_held_out(holdout: Row, unit: str) -> bool:
    """By the first 48 bits of an md5: an account, or a person without one, is always on one side."""
    digest = hashlib.md5(f"{holdout['salt']}|{unit}".encode()).digest()
    return int.from_bytes(digest[:6]) * 100 < int(holdout["held_out_percent"]) << 48


def differences(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Everything in which the models of cases say something else, in words."""
    again = deserved(connection)
    yield from _of_answers(again, connection)
    yield from _of_cases(again, connection)
    yield from _of_the_log(connection)


def _of_answers(again: Sequence[Deserved], connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    built = _read(connection, "marts.fct_follow_up_answers", Deserved._fields)
    if len(built) != len({row["answer_key"] for row in built}):
        yield "fct_follow_up_answers has an answer twice"
    by_key = {row["answer_key"]: row for row in built}
    yield from _of_keys("answers", {each.answer_key for each in again}, set(by_key))
    for each in again:
        if each.answer_key in by_key:
            yield from _of_row(each.answer_key, each._asdict(), by_key[each.answer_key])
    for outcome, number in sorted(Counter(each.outcome for each in again).items()):
        if number != (counted := sum(row["outcome"] == outcome for row in built)):
            yield f"{number} answers are {outcome}, and {counted} in fct_follow_up_answers"


def _of_cases(again: Sequence[Deserved], connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """One case for each answer that deserves one, in its newest version; all others are invalid."""
    wanted = {_key(each.answer_key): each for each in again if each.outcome == "case"}
    names = ("case_key", "version_number", "is_current", "state", "state_at", *_CONTENT)
    versions: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _read(connection, "marts.fct_follow_up_cases", names):
        versions[row["case_key"]].append(row)
    events = connection.execute(
        "select case_key, state, state_at from follow_up.case_events order by state_at, state"
    ).fetchall()
    told = {key: (state, at) for key, state, at in events}  # the last counts
    for key, rows in versions.items():
        newest = max(rows, key=lambda row: row["version_number"])
        if sorted(row["version_number"] for row in rows) != [*range(1, len(rows) + 1)]:
            yield f"case {key}: its versions are not numbered from 1 on"
        if [row for row in rows if row["is_current"]] != [newest]:
            yield f"case {key}: not its newest version alone is current"
        if key not in wanted:
            if newest["state"] != "invalid":
                yield f"case {key}: no answer deserves it, and it is {newest['state']}"
            continue
        state, at = told.get(key, ("open", None))
        yield from _of_row(f"case {key}", {**wanted[key]._asdict(), "state": state, "state_at": at}, newest)
    for key in sorted(wanted.keys() - versions.keys()):
        yield f"answer {wanted[key].answer_key} deserves a case and has none"


def _of_the_log(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Nothing is overwritten: what was said before is still there, unless its answer was erased."""
    erased = {
        _key(key)
        for (key,) in connection.execute(
            "select answer_key from marts.fct_survey_responses where disposition = 'erased'"
        ).fetchall()
    }
    names = ("case_key", "version_number", "version_as_of", "state", "state_at", *_CONTENT)
    built = {
        (row["case_key"], row["version_number"]): row
        for row in _read(connection, "marts.fct_follow_up_cases", names)
    }
    for row in _read(connection, "follow_up.case_versions", names):
        which = row["case_key"], row["version_number"]
        if row["case_key"] not in erased and built.get(which) != row:
            yield f"case {which[0]}: version {which[1]} is not what the log has"
    for key in sorted({key for key, _ in built} & erased):
        yield f"case {key}: its answer was erased"


def _of_keys(what: str, wanted: set[str], built: set[str]) -> Iterator[str]:
    for said, keys in (("are missing", wanted - built), ("are invented", built - wanted)):
        if keys:
            yield f"{len(keys)} {what} {said}, such as {min(keys)}"


def _of_row(which: str, wanted: Mapping[str, Any], built: Mapping[str, Any]) -> Iterator[str]:
    for name in built.keys() & wanted.keys():
        if built[name] != wanted[name]:
            yield f"{which}: {name} is {built[name]} and should be {wanted[name]}"


def _read(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> list[Mapping[str, Any]]:
    rows = connection.execute(f"select {', '.join(names)} from {table}").fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _key(answer_key: str) -> str:
    return hashlib.md5(answer_key.encode()).hexdigest()


def _rows(table: str) -> Sequence[Row]:
    found = tables().get(table)
    return found.rows if found else _NONE


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def _holds(row: Row, on: date) -> bool:
    until = day(row["valid_to"])
    return date.fromisoformat(row["valid_from"]) <= on and (until is None or on < until)
