"""The rules, hours, owners and days off of following up: each mistake with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from company import approving, checking
from tests.companies import seal

RULES = "definition/follow_up_rules.csv"
CALENDARS = "definition/branch_calendars.csv"
OWNERS = "definition/branch_owners.csv"
HOLIDAYS = "definition/holidays.csv"
HOLDOUTS = "definition/follow_up_holdouts.csv"
Change = Callable[[Path], None]


def also(file: str, line: str) -> Change:
    def change(folder: Path) -> None:
        with (folder / file).open("a", encoding="utf-8") as written:
            written.write(f"{line}\n")

    return change


def instead(file: str, old: str, new: str, times: int = 1) -> Change:
    def change(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, times), "utf-8")

    return change


# what somebody wrote → file, words of the line that is named (none: the file), problem, remedy
SPOILT: dict[str, tuple[Change, str, str, str, str]] = {
    "a tier that there is not": (
        also(RULES, "gold,50,promoter,gold,*,*,thank,8,8,2025-09-01,"),
        *(RULES, "gold", 'no answer can reach gold: there is no customer_value_tier "gold"', "Unassigned"),
    ),
    "a stage that there is not": (
        also(RULES, "lost,50,promoter,*,churned,*,thank,8,8,2025-09-01,"),
        *(RULES, "churned", 'there is no journey_stage "churned"', "renewal"),
    ),
    "a topic that there is not": (
        also(RULES, "weather,50,promoter,*,*,weather,thank,8,8,2025-09-01,"),
        *(RULES, "weather", 'there is no topic "weather"', "billing"),
    ),
    "covered by one": (
        also(RULES, "late,50,detractor,core,support,people,rescue,8,8,2025-10-01,"),
        *(RULES, "late", "no answer can reach late: rules of lower precedence cover all", "lower precedence"),
    ),
    "covered by several": (
        also(
            RULES,
            "\n".join(
                f"t{place},{place},passive,{tier},*,*,engage,8,8,2025-09-01,"
                for place, tier in enumerate(("strategic", "core", "starter", "Unassigned", "*"), start=50)
            ),
        ),
        *(RULES, "t54", "no answer can reach t54", "remove it"),
    ),
    "two of one precedence": (
        also(RULES, "core,20,passive,core,*,*,engage,8,8,2026-12-01,"),
        *(RULES, "core,20", "core and renewal_engage (line 7) can both cover an answer", "own precedence"),
    ),
    "two topics of one comment": (
        also(RULES, "price,20,detractor,*,*,price,rescue,8,8,2025-09-01,"),
        *(RULES, "price", "price and billing_rescue (line 3) can both cover an answer", "own precedence"),
    ),
    "no time to answer": (
        instead(RULES, "rescue,4,4", "rescue,0,4"),
        *(RULES, "strategic_rescue", "hours_to_answer is 0", "from 1 on"),
    ),
    "it ends before it begins": (
        instead(RULES, "18,18,2025-09-01,", "18,18,2025-09-01,2025-09-01"),
        *(RULES, "rescue,40", "it ends on 2025-09-01, before it begins", "valid_to"),
    ),
    "hours of years": (
        instead(RULES, "rescue,18,18", "rescue,1000,1000"),
        *(RULES, "rescue,40", "2000 business hours are more than half a year of * (45 a week)", "fewer"),
    ),
    "no zone": (
        instead(CALENDARS, "Europe/London", "Europe/Londres"),
        *(CALENDARS, "Londres", 'there is no time zone "Europe/Londres"', "tz database"),
    ),
    "two zones": (
        instead(CALENDARS, "Europe/London,tuesday", "Europe/Paris,tuesday"),
        *(CALENDARS, "Paris", "is in Europe/London in line", "one time zone"),
    ),
    "no time": (
        instead(CALENDARS, "Europe/London,monday,09:00", "Europe/London,monday,9:00"),
        *(CALENDARS, "monday,9:00", 'opens is "9:00"', "08:30"),
    ),
    "a night": (
        instead(CALENDARS, "New_York,monday,08:00,18:00", "New_York,monday,18:00,08:00"),
        *(CALENDARS, "monday,18:00", "it closes at 08:00 and opens at 18:00", "two lines for a night"),
    ),
    "open twice": (
        also(CALENDARS, "a0BmjsQqCa77rn9EKA,Europe/Amsterdam,monday,12:00,13:15"),
        *(CALENDARS, "12:00,13:15", "it opens before line", "one of them"),
    ),
    "no default hours": (
        instead(CALENDARS, "*,Europe", "a0B0,Europe", times=-1),
        *(CALENDARS, "", "no calendar is the company's", "with * as the branch"),
    ),
    "a day off of nobody": (
        also(HOLIDAYS, "a0B0,2026-12-24"),
        *(HOLIDAYS, "a0B0", "a0B0 has no calendar of its own", "branch_calendars.csv"),
    ),
    "no weekday": (
        instead(CALENDARS, "New_York,monday", "New_York,Monday"),
        *(CALENDARS, "Monday", 'weekday is "Monday"', "monday"),
    ),
    "no default owner": (
        instead(OWNERS, "*,customer", "a0B0,customer"),
        *(OWNERS, "", "nobody is the company's owner from 2025-09-01 on", "with * as the branch"),
    ),
    "a default owner who leaves": (
        instead(OWNERS, "verdant.example,2025-01-01,", "verdant.example,2025-01-01,2026-12-01"),
        *(OWNERS, "*,", "the company has no owner after that", "let the next begin"),
    ),
    "two owners": (
        also(OWNERS, "a0BmjsQqCa77rn9EKA,005,2026-06-01,"),
        *(OWNERS, "EKA,005,", "it begins before line", "end that on 2026-06-01"),
    ),
    "half and more": (
        instead(HOLDOUTS, ",20,", ",51,"),
        *(HOLDOUTS, "core_2025", "held_out_percent is 51", "from 1 to 50"),
    ),
    "a hold-out of no tier": (
        instead(HOLDOUTS, "core_2025,core", "core_2025,gold"),
        *(HOLDOUTS, "gold", 'there is no customer_value_tier "gold"', "strategic"),
    ),
    "two hold-outs": (
        also(HOLDOUTS, "all,*,10,all,2026-06-01,"),
        *(
            HOLDOUTS,
            "all",
            "all and core_2025 (line 2) draw lots for the same answers",
            "one hold-out at a time",
        ),
    ),
    "a hold-out that ends before it begins": (
        instead(HOLDOUTS, "2025-10-01,", "2025-10-01,2025-09-30"),
        *(HOLDOUTS, "core_2025", "it ends on 2025-09-30, before it begins", "valid_to"),
    ),
    "a hold-out that begins before it was approved": (
        instead(
            "definition/approvals.csv", "2025-09-29,Tomas Berg,2025-09-30", "2025-09-29,Tomas Berg,2025-10-02"
        ),
        *(
            HOLDOUTS,
            "core_2025",
            "begins on 2025-10-01, before it was approved (2025-10-02)",
            "2025-10-02 or later",
        ),
    ),
    "no case type": (
        instead(RULES, "ask_for_referral", "call"),
        *(RULES, "call", 'case_type is "call"', "ask_for_referral"),
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(verdant: Path, spoilt: str) -> None:
    change, file, words, problem, remedy = SPOILT[spoilt]
    change(verdant)
    found = [each for each in checking.judge(verdant) if problem in each.problem]
    assert found, checking.judge(verdant)
    lines = (verdant / file).read_text("utf-8").splitlines()
    assert [(each.file, remedy in each.remedy) for each in found] == [(file, True)]
    assert words in lines[found[0].line - 1] if words else found[0].line == 0


def test_rules_that_nobody_reaches_cannot_be_approved(verdant: Path) -> None:
    SPOILT["covered by one"][0](verdant)
    with pytest.raises(approving.ApprovalError, match="no answer can reach late"):
        approving.propose(verdant, "follow_up_rules", "Ann", date(2026, 11, 30))


def test_what_only_ends_or_has_another_topic_is_reached(verdant: Path) -> None:
    """Each would be out of reach if the rule before it held for ever, or were of every topic."""
    instead(RULES, "*,*,*,rescue,18,18,2025-09-01,", "*,*,*,rescue,18,18,2025-09-01,2027-01-01")(verdant)
    also(RULES, "later,50,detractor,core,support,people,rescue,8,8,2025-10-01,")(verdant)
    also(RULES, "thanks,60,promoter,core,*,*,thank,8,8,2025-10-01,")(verdant)
    seal(verdant, "follow_up_rules")
    assert checking.judge(verdant) == []


@pytest.mark.parametrize("file", [RULES, CALENDARS, OWNERS, HOLIDAYS, HOLDOUTS])
def test_a_changed_table_wants_an_approval(verdant: Path, file: str) -> None:
    lines = (verdant / file).read_text("utf-8").splitlines()
    (verdant / file).write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    [mistake] = checking.judge(verdant)
    assert f"{Path(file).stem} has changed since Tomas Berg approved it" in mistake.problem


def test_a_company_need_not_follow_up(folder: Path) -> None:
    assert not (folder / RULES).exists()
    assert checking.judge(folder) == []


def test_tables_that_are_gone_were_approved_and_want_it_again(verdant: Path) -> None:
    for file in (RULES, CALENDARS, OWNERS, HOLIDAYS, HOLDOUTS):
        (verdant / file).unlink()
    assert len(checking.judge(verdant)) == 5


def test_nobody_is_held_out_of_nothing(verdant: Path) -> None:
    (verdant / RULES).unlink()
    assert "nobody is followed up, so nobody can be held out" in {
        each.problem for each in checking.judge(verdant)
    }


def test_a_hold_out_of_the_past_cannot_be_proposed_and_one_to_come_can_be_ended_later(verdant: Path) -> None:
    """What was approved in time may end on another day, although that is approved after its first day."""
    copy = verdant / "approved/follow_up_holdouts.csv"
    copy.rename(verdant / "copy.csv")
    also(HOLDOUTS, "all,starter,10,all,2026-11-29,")(verdant)
    with pytest.raises(approving.ApprovalError, match=r"holdouts\.csv:2: core_2025 begins on 2025-10-01"):
        approving.propose(verdant, "follow_up_holdouts", "Ann", date(2026, 11, 30))
    (verdant / "copy.csv").rename(copy)
    with pytest.raises(approving.ApprovalError, match=r"holdouts\.csv:3: all begins on 2026-11-29, before"):
        approving.propose(verdant, "follow_up_holdouts", "Ann", date(2026, 11, 30))
    approving.propose(verdant, "follow_up_holdouts", "Ann", date(2026, 11, 29))
    with pytest.raises(approving.ApprovalError, match="before it is approved"):
        approving.approve(verdant, "follow_up_holdouts", "Bo", "Later", date(2026, 11, 30))
    approving.approve(verdant, "follow_up_holdouts", "Bo", "In time", date(2026, 11, 29))
    assert checking.judge(verdant) == []
    instead(HOLDOUTS, "2025-10-01,", "2025-10-01,2027-01-01")(verdant)
    approving.propose(verdant, "follow_up_holdouts", "Ann", date(2026, 12, 1))
    approving.approve(verdant, "follow_up_holdouts", "Bo", "It ends", date(2026, 12, 1))
    assert checking.judge(verdant) == []
