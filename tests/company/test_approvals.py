"""Nothing holds that was not approved, as it is, by somebody other than its author."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from company import approvals, approving, changes, checking, contents, persons, reading
from company.approving import ApprovalError
from company.tables import APPROVALS, TABLES
from tests.companies import seal
from tests.company.test_checking import replaced, written
from tests.dbt.test_definition.conftest import SECOND, two_versions

TODAY = date(2026, 11, 30)
FILE = approvals.FILE
#: Table → a change of one cell of it that leaves the definition in order.
CHANGED = {
    "nps_definitions": ("2000-01-01", "2001-01-01"),
    "nps_questions": ("Asked after each renewal", "Asked after every renewal"),
    "nps_quarantine_windows": ("180", "181"),
    "customer_value_tiers": ("25000", "26000"),
    "reportability_floors": ("30", "31"),
    "publication_limits": ("when it last brought", "when it brought"),
    "journey_stages": ("The decision to stay", "The decision"),
    "exchange_rates": ("1.17", "1.18"),
    "own_email_domains": ("verdant.example", "verdant.test"),
    "follow_up_rules": ("rescue,4,4", "rescue,4,5"),
    "branch_calendars": ("08:30", "08:31"),
    "branch_owners": ("customer-care", "customers"),
    "holidays": ("2025-12-25", "2025-12-24"),
    "nps_targets": ("2025,20,Board", "2025,10,Board"),
    "follow_up_holdouts": ("2025-10-01,", "2025-10-01,2027-01-01"),
    "bonus_dates": ("2025-12-31,14", "2025-12-31,13"),
}


def change(folder: Path, table: str) -> None:
    replaced(f"definition/{table}.csv", *CHANGED[table])(folder)


def told(folder: Path) -> list[tuple[str, str, str]]:
    return [(each.file, each.problem, each.remedy) for each in checking.judge(folder)]


def test_every_table_is_sealed() -> None:
    """Bands follow from the product: another one is a mistake before anybody is asked to approve it.

    Of a release calendar the company has none: it is sealed in `test_releases`.
    """
    sealed = {*CHANGED, "nps_score_bands", "release_calendar"}
    assert sealed == {table.name for table in TABLES} - {APPROVALS.name}


@pytest.mark.parametrize("table", CHANGED)
def test_a_change_after_the_approval_names_table_line_person_and_remedy(verdant: Path, table: str) -> None:
    change(verdant, table)
    [mistake] = checking.judge(verdant)
    line = (verdant / mistake.file).read_text("utf-8").splitlines()[mistake.line - 1]
    assert mistake.file == f"definition/{table}.csv"
    assert CHANGED[table][1] in line
    assert "has changed since Tomas Berg approved it on 20" in mistake.problem
    assert "nps definition diff" in mistake.remedy
    subject = "2023.1" if "2023.1" in mistake.problem else table
    seal(verdant, subject)
    assert checking.judge(verdant) == []


def test_a_row_less_is_a_change(verdant: Path) -> None:
    replaced("definition/exchange_rates.csv", "JPY,2000-01-01,0.0062,0\n", "")(verdant)
    [mistake] = checking.judge(verdant)
    assert (mistake.file, mistake.line) == ("definition/exchange_rates.csv", 0)


def another_form(text: str) -> str:
    """The same content as a spreadsheet writes it: byte order mark, other line ends, quotes, order."""
    header, *rows = text.splitlines()
    quoted = [",".join(f'"{cell} "' for cell in row.split(",")) for row in reversed(rows)]
    return "\ufeff" + "\r\n".join([header, *quoted, "", ""])


@pytest.mark.parametrize("table", ["exchange_rates", "customer_value_tiers", "own_email_domains"])
def test_the_form_of_a_file_makes_no_difference(verdant: Path, table: str) -> None:
    path = verdant / "definition" / f"{table}.csv"
    path.write_bytes(another_form(path.read_text("utf-8")).encode())
    assert checking.judge(verdant) == []


def test_the_guard_finds_the_same_hashes(verdant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hands read the contract: the form of no file makes a difference to either."""
    from expectations import governed_tables

    path = verdant / "definition" / "exchange_rates.csv"
    path.write_bytes(another_form(path.read_text("utf-8")).encode())
    replaced("definition/nps_questions.csv", "Asked after each renewal", '"Sé ""so""\r\n  gefragt, ja"')(
        verdant
    )
    monkeypatch.setenv("NPS_COMPANY", str(verdant))
    held = reading.definition(verdant)
    assert {key: part.hash for key, part in contents.contents(held).items()} == {
        (version, table): found for version, table, found in governed_tables.sealed()
    }


def test_declared_dimensions_are_sealed_by_what_they_say(
    verdant: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from expectations import governed_tables

    page = verdant / "definition" / "dimensions.toml"
    page.write_text(
        '[size]\nlabel = "Größe"\nof = "plan"\nsegments = ["size"]\n'
        'members = { "N, E" = ["a.b"], small = ["c"] }\n',
        "utf-8",
    )
    assert [(file, problem) for file, problem, _ in told(verdant)] == [
        (FILE, "nobody has approved dimensions")
    ]
    seal(verdant, "dimensions")
    assert told(verdant) == []
    monkeypatch.setenv("NPS_COMPANY", str(verdant))
    [sealed] = [
        part for key, part in contents.contents(reading.definition(verdant)).items() if key[1] == "dimensions"
    ]
    assert ("", "dimensions", sealed.hash) in governed_tables.sealed()
    text = (
        '# why\n[size]\nof = "plan"\nsegments = ["size"]\nlabel = "Größe"\n'
        '[size.members]\nsmall = ["c"]\n"N, E" = [ "a.b" ]\n'
    )
    page.write_text(text, "utf-8")
    assert told(verdant) == []
    page.write_text(text.replace('["c"]', '["c", "d"]'), "utf-8")
    [part] = changes.compared(verdant, reading.definition(verdant), None)
    assert [change.said for change in part.changes] == [
        'size.members.small changed: value ["c"] → ["c", "d"]'
    ]
    page.unlink()
    assert [(file, problem.split(" since")[0]) for file, problem, _ in told(verdant)] == [
        ("definition/dimensions.toml", "dimensions has changed")
    ]
    hashes = [found for _, table, found in governed_tables.sealed() if table == "dimensions"]
    assert len(hashes) == 1
    assert hashes != [sealed.hash]


def test_nobody_has_approved_a_new_version(verdant: Path) -> None:
    two_versions(verdant / "definition")
    lacking = [each for each in told(verdant) if each[0] == FILE]
    assert [problem for _, problem, _ in lacking] == [f"nobody has approved version {SECOND}"]
    assert f"nps definition propose {SECOND} --by AUTHOR" in lacking[0][2]


def test_without_approvals_every_subject_is_named(verdant: Path) -> None:
    (verdant / FILE).unlink()
    assert {problem.removeprefix("nobody has approved ") for _, problem, _ in told(verdant)} == {
        *("version 2023.1", "nps_definitions", "nps_questions", "exchange_rates", "own_email_domains"),
        *("topics", "follow_up_rules", "branch_calendars", "branch_owners", "holidays"),
        *("follow_up_holdouts", "nps_targets", "bonus_dates"),
    }


# what somebody did to the approvals → words of the problem
HAND_MADE: dict[str, tuple[Callable[[Path], None], str]] = {
    "of a version that is not there": (replaced(FILE, "1,2023.1,", "1,1999.1,"), 'no version "1999.1"'),
    "by the author": (replaced(FILE, "Tomas Berg", " ines  MOREAU"), "who is the same person"),
    "by nobody": (replaced(FILE, "Tomas Berg", "?"), "nobody's name"),
    "before it was proposed": (
        replaced(FILE, "2026-11-29,Tomas", "2026-11-30,Tomas"),
        "approved before it was proposed",
    ),
    "without a day": (replaced(FILE, "Berg,2026-11-29", "Berg,"), "not whole"),
    "alone, but by another": (replaced(FILE, "another_person", "only_person"), "is another person than"),
    "in a way nobody knows": (replaced(FILE, "another_person", "myself"), 'approved_as is "myself"'),
    "of another content": (replaced(FILE, "766602fc", "00000000"), "has changed since Tomas Berg"),
    "with another header": (replaced(FILE, "approved_as", "kind"), "its columns are"),
}


@pytest.mark.parametrize("name", HAND_MADE)
def test_an_approval_made_by_hand_is_judged(verdant: Path, name: str) -> None:
    spoil, problem = HAND_MADE[name]
    spoil(verdant)
    found = checking.judge(verdant)
    assert any(problem in each.problem for each in found), found
    assert all(each.remedy for each in found)


@pytest.mark.parametrize(
    ("typed", "other", "same"),
    [
        ("Ann Lee", "ann  lee ", True),
        ("Ann Lee", "Ann-Lee", True),
        ("ann@acme.example", " ANN@Acme.example", True),
        ("Ann Lee <ann@acme.example>", "ANN LEE", True),
        ("A. Lee <ann@acme.example>", "ann@acme.example", True),
        ("Ａnn Lee", "Ann Lee", True),
        ("Ann Lee", "Anna Lee", False),
        ("ann@acme.example", "bo@acme.example", False),
        ("", "", False),
    ],
)
def test_a_person_is_one_however_typed(typed: str, other: str, same: bool) -> None:
    assert persons.are_one(typed, other) is same


def test_two_persons_are_needed(verdant: Path) -> None:
    change(verdant, "nps_questions")
    with pytest.raises(ApprovalError, match=r"was not proposed; first: nps definition propose 2023\.1"):
        approving.approve(verdant, "2023.1", "Bo", "Right", TODAY)
    assert [part.said for part in approving.propose(verdant, "2023.1", "Ann Lee", TODAY)] == ["nps_questions"]
    with pytest.raises(ApprovalError, match="ANN LEE is the author"):
        approving.approve(verdant, "2023.1", " ANN LEE", "Right", TODAY)
    with pytest.raises(ApprovalError, match="a reason"):
        approving.approve(verdant, "2023.1", "Bo", " ", TODAY)
    with pytest.raises(ApprovalError, match="names nobody"):
        approving.approve(verdant, "2023.1", " ", "Right", TODAY)
    replaced("definition/nps_questions.csv", "every renewal", "a renewal")(verdant)
    with pytest.raises(ApprovalError, match="has changed since it was proposed"):
        approving.approve(verdant, "2023.1", "Bo", "Right", TODAY)
    approving.propose(verdant, "nps_questions", "Ann Lee", TODAY)
    approving.approve(verdant, "nps_questions", "Bo", "Right", TODAY)
    assert checking.judge(verdant) == []
    last = (verdant / FILE).read_text("utf-8").splitlines()[-1]
    assert last.partition(",")[2].startswith(",nps_questions,")
    assert last.endswith("Ann Lee,2026-11-30,Bo,2026-11-30,another_person,Right")
    with pytest.raises(ApprovalError, match="approved as it is"):
        approving.approve(verdant, "nps_questions", "Bo", "Again", TODAY)


def test_what_is_not_there_or_not_in_order_is_refused(verdant: Path) -> None:
    with pytest.raises(
        ApprovalError, match=r'no version or shared table "1999\.1"; there are 2023\.1, nps_def'
    ):
        approving.propose(verdant, "1999.1", "Ann", TODAY)
    replaced("definition/customer_value_tiers.csv", "25000", "1")(verdant)
    with pytest.raises(ApprovalError, match=r"customer_value_tiers\.csv:.*nps check"):
        approving.propose(verdant, "2023.1", "Ann", TODAY)
    replaced("config.toml", "release = 1", "release = 7")(verdant)
    with pytest.raises(ApprovalError, match="of release 7"):
        approving.propose(verdant, "2023.1", "Ann", TODAY)


def test_who_is_alone_says_so_and_only_as_long_as_it_is_true(folder: Path) -> None:
    replaced("definition/nps_quarantine_windows.csv", "180", "90")(folder)
    approving.propose(folder, "1", "Ann", TODAY)
    with pytest.raises(ApprovalError, match="Bo is not alone: Ann proposed it"):
        approving.approve(folder, "1", "Bo", "Shorter", TODAY, alone=True)
    approving.approve(folder, "1", "ann", "Shorter", TODAY, alone=True)
    assert checking.judge(folder) == []
    for by, alone in (("Bo", False), ("Ann", True)):
        written("definition/own_email_domains.csv", f"email_domain\n{by.lower()}.example\n")(folder)
        approving.propose(folder, "own_email_domains", "Ann", TODAY)
        if alone:
            with pytest.raises(ApprovalError, match="Ann is not alone: Bo took part before"):
                approving.approve(folder, "own_email_domains", by, "Ours", TODAY, alone=True)
        else:
            approving.approve(folder, "own_email_domains", by, "Ours", TODAY)
    text = (folder / FILE).read_text("utf-8")
    (folder / FILE).write_text(text.rstrip(",\n") + ",Ann,2026-11-30,only_person,Ours\n", "utf-8")
    assert [problem for _, problem, _ in told(folder)] == ["Ann approved it alone, but Bo is there too"]


def test_a_change_is_told_in_words(verdant: Path) -> None:
    replaced(
        "definition/exchange_rates.csv", "GBP,2000-01-01,1.17", "USD,2026-12-01,0.93,2\nGBP,2000-01-01,1.18"
    )(verdant)
    replaced("definition/own_email_domains.csv", "verdant.example\n", "")(verdant)
    change(verdant, "nps_quarantine_windows")
    found = changes.compared(verdant, reading.definition(verdant), None)
    assert [change.said for part in found for change in part.changes] == [
        "relationship changed: window_days 180 → 181",
        "USD 2026-12-01 appended: rate_to_reporting 0.93, minor_units 2",
        "GBP 2000-01-01 changed: rate_to_reporting 1.17 → 1.18",
        "verdant.example removed",
    ]
    assert {part.since for part in found} == {"since Tomas Berg approved it on 2026-11-29"}


def test_a_new_version_is_compared_with_the_one_before(verdant: Path) -> None:
    two_versions(verdant / "definition")
    found = changes.compared(verdant, reading.definition(verdant), SECOND)
    said = {part.content.table.name: [each.said for each in part.changes] for part in found}
    assert said["nps_quarantine_windows"] == ["relationship changed: window_days 180 → 30"]
    assert said["journey_stages"] == [
        "adoption removed: journey_order 2, description Regular use of what was bought"
    ]
    assert said["nps_definitions"][0] == "2023.1 changed: valid_to nothing → 2025-07-01"
    assert {part.since for part in found if part.content.version} == {"compared with version 2023.1"}


def test_a_copy_that_is_not_what_was_approved_is_said(verdant: Path) -> None:
    change(verdant, "exchange_rates")
    replaced("approved/exchange_rates.csv", "0.92", "0.5")(verdant)
    [part] = changes.compared(verdant, reading.definition(verdant), "exchange_rates")
    assert "approved/exchange_rates.csv is not what was approved" in part.since
    assert len(part.changes) == 4
