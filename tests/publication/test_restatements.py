"""A figure that changes after its period has ended says so, with the cause and the answers responsible."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from publication.figure import KEY
from publication.publish import publish
from tests.publication.home import Home
from tests.publication.warehouse import Answer, fill, some

AS_OF = date(2026, 1, 2)
LATER = date(2026, 1, 3)
TODAY = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
CHANGED = 10
"""The answer of 11 November, in branch B1 like most."""


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    once = Home(tmp_path_factory.mktemp("once") / "home")
    once.publish(some(), AS_OF)
    return once.path


@pytest.fixture
def home(published_once: Path, tmp_path: Path) -> Home:
    """A place where the answers of `some` are published as of `AS_OF`."""
    shutil.copytree(published_once, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def test_a_first_publication_restates_nothing_and_describes_the_tables(home: Home) -> None:
    assert home.read("select count(*) from restatements") == [(0,)]
    for table in ("restatements", "restated_answers"):
        undescribed = home.read(
            f"select column_name from duckdb_columns() where table_name = '{table}' and comment is null"
            f" union all select table_name from duckdb_tables() where table_name = '{table}'"
            " and comment is null"
        )
        assert undescribed == []


def test_a_day_that_passes_restates_nothing(empty: Home) -> None:
    empty.publish(some(62), AS_OF)
    report = empty.publish(some(63), LATER)
    assert (report.changed, report.restated) == (True, 0)


def test_a_late_answer_restates_every_ended_period_it_falls_into(home: Home) -> None:
    late = Answer("qualtrics:LATE:QID1", date(2025, 11, 20), 0, "late", branch="B2", loaded_at=TODAY)
    report = home.publish([*some(), late], LATER)
    assert home.causes() == {(late.answer_id, "late_answer")}
    segments = {"company", "branch", "branch*journey_stage", "customer_value_tier*branch"}
    company = {row for row in home.restated() if row[0] == "company"}
    assert company == {
        ("company", "(all)", "month", date(2025, 11, 1), "late_answer"),
        ("company", "(all)", "year", date(2025, 1, 1), "late_answer"),
        ("company", "(all)", "trailing_365d", date(2024, 12, 1), "late_answer"),
        ("company", "(all)", "trailing_365d", date(2025, 1, 1), "late_answer"),
    }
    assert {row[0] for row in home.restated() if row[1] in {"(all)", "B2"}} >= segments
    assert not [row for row in home.restated() if row[1] == "B1"], "the other branch is not concerned"
    key = ", ".join(KEY)
    assert home.read(f"select count(*) from (select distinct {key} from restatements)") == [
        (report.restated,)
    ]
    [(before, after, answers)] = home.read(
        "select previous_responses, responses, answers from restatements"
        " where segment = 'company' and period_grain = 'month'"
    )
    assert (before, after, answers) == (30, 31, 1)


def replaced(change: Callable[[Answer], Answer | None]) -> list[Answer]:
    """The answers with one of them changed, or taken out."""
    changed = [change(answer) if index == CHANGED else answer for index, answer in enumerate(some())]
    return [answer for answer in changed if answer is not None]


CAUSES: dict[str, Callable[[Answer], Answer | None]] = {
    "edit": lambda answer: answer.but(score=(answer.score + 5) % 11, version_count=2),
    "deletion": lambda answer: None,
    "erasure": lambda answer: answer.but(disposition="erased"),
    "superseded": lambda answer: answer.but(disposition="quarantine_window"),
    "definition": lambda answer: answer.but(definition_version="2025.1"),
    "attribute": lambda answer: answer.but(branch="B2"),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_the_cause_is_named_with_the_answer(home: Home, cause: str) -> None:
    home.publish(replaced(CAUSES[cause]), LATER)
    assert home.causes() == {(some()[CHANGED].answer_id, cause)}
    assert {row[-1] for row in home.restated() | home.restated("current_state")} == {cause}
    assert home.restated()


@pytest.mark.parametrize(
    ("disposition", "cause"),
    [
        ("superseded", "superseded"),
        ("unregistered_question", "definition"),
        ("staff_or_own_domain", "attribute"),
        ("preview_or_test", "edit"),
        ("off_scale", "edit"),
    ],
)
def test_an_answer_that_no_longer_counts_has_its_dispositions_cause(
    home: Home, disposition: str, cause: str
) -> None:
    home.publish(replaced(lambda answer: answer.but(disposition=disposition)), LATER)
    assert home.causes() == {(some()[CHANGED].answer_id, cause)}


def test_an_edit_into_and_a_return_from_exclusion_are_no_late_answers(empty: Home) -> None:
    empty.publish(replaced(lambda answer: answer.but(disposition="off_scale")), AS_OF)
    empty.publish(replaced(lambda answer: answer.but(version_count=2, loaded_at=TODAY)), LATER)
    assert {cause for _, cause in empty.causes()} == {"edit"}
    other = Home(empty.path.parent / "other")
    other.publish(replaced(lambda answer: answer.but(disposition="quarantine_window")), AS_OF)
    other.publish(some(), LATER)
    assert {cause for _, cause in other.causes()} == {"superseded"}


@pytest.mark.parametrize(
    ("record_id", "account_key"),
    [
        ("Loser ", "loser"),
        ("Loser", "salesforce:loser"),  # of several CRMs
        ("001M000000qfPyS", "001m000000qfpysiau"),
    ],
)
def test_a_dimension_that_changed_by_a_merge_is_called_so(
    home: Home, record_id: str, account_key: str
) -> None:
    warehouse = fill(home.path / "warehouse.duckdb", replaced(lambda answer: answer.but(branch="B2")), LATER)
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            f"""
            create schema raw_salesforce; create schema intermediate;
            create table raw_salesforce._dlt_loads as
            select '1' as load_id, 0 as status, timestamptz '2099-01-01' as inserted_at;
            create table raw_salesforce.accounts as
            select '{record_id}' as record_id, 'A1' as merged_into_id, '1' as _dlt_load_id;
            create table intermediate.int_accounts__merged as
            select '{account_key}' as account_key, 'a1' as survivor_key;
            """
        )
    publish(warehouse, home.path / "published", LATER)
    assert home.causes() == {(some()[CHANGED].answer_id, "merge")}


_FILES = """
    create schema raw_files;
    create table raw_files._dlt_loads as
    select '2' as load_id, 0 as status, timestamptz '{when}' as inserted_at;
    create table raw_files.surveys_responses as
    select 'OLD' as record_id, 'v' as version_id, 'text' as content_hash, 'a.csv' as file_name,
        '1' as _dlt_load_id
    union all
    select 'NEW', 'w', 'text', 'a.csv', '2'
    union all
    select 'LATE', 'x', 'another text', 'a.csv', '2'
    union all
    select 'MENDED', 'y', md5('ten'), 'a.csv', '2';
    create table raw_files.quarantine as
    select 'surveys_responses' as table_name, 'a.csv' as origin, 'h' as original_hash, 'ten' as original_text;
    create table raw_files.withdrawals as
    select 'surveys_responses' as table_name, 'OLD' as record_id, 'v' as version_id,
        null as original_hash, null as origin, '2' as _dlt_load_id
    union all
    select 'surveys_responses', null, null, 'h', 'a.csv', '2';
"""


@pytest.mark.parametrize(
    ("when", "causes"),
    [
        (
            "2099-01-01",
            {"OLD": "withdrawal", "NEW": "withdrawal", "MENDED": "withdrawal", "LATE": "late_answer"},
        ),
        (
            "2001-01-01",
            {"OLD": "deletion", "NEW": "late_answer", "MENDED": "late_answer", "LATE": "late_answer"},
        ),
    ],
    ids=["since", "before"],
)
def test_what_a_corrected_file_takes_back_and_gives_instead_is_a_withdrawal(
    empty: Home, when: str, causes: dict[str, str]
) -> None:
    given = {
        name: Answer(f"files:{name}", date(2025, 11, 5), 9, name, branch="B1", loaded_at=TODAY)
        for name in causes
    }
    empty.publish([*some(), given["OLD"]], AS_OF)
    kept = [answer for name, answer in given.items() if name != "OLD"]
    warehouse = fill(empty.path / "warehouse.duckdb", [*some(), *kept], LATER)
    with duckdb.connect(warehouse) as connection:
        connection.execute(_FILES.replace("{when}", when))
    publish(warehouse, empty.path / "published", LATER)
    assert empty.causes() == {(given[name].answer_id, cause) for name, cause in causes.items()}


def test_people_who_become_one_restate_current_state_without_an_answer(home: Home) -> None:
    one_person = [a.but(person="p10") if i == 40 else a for i, a in enumerate(some())]
    home.publish(one_person, LATER)
    assert home.restated() == set()
    assert {row[-1] for row in home.restated("current_state")} == {"merge"}
    assert home.causes() == set()


def test_a_persons_other_answer_is_responsible_for_the_figure_it_pushes_one_out_of(home: Home) -> None:
    late = Answer("qualtrics:LATE:QID1", date(2025, 12, 20), 9, "p10", branch="B2", loaded_at=TODAY)
    home.publish([*some(), late], LATER)
    in_first_branch = {row for row in home.restated("current_state") if row[:2] == ("branch", "B1")}
    assert {row[-1] for row in in_first_branch} == {"late_answer"}
    assert home.causes() == {(late.answer_id, "late_answer")}


def test_suppressed_figures_do_not_show_their_counts(home: Home) -> None:
    late = Answer("qualtrics:LATE:QID1", date(2025, 11, 20), 9, "late", branch="B3", loaded_at=TODAY)
    home.publish([*some(), late], LATER)
    [(before, promoters, after, now)] = home.read(
        "select previous_responses, previous_promoters, responses, promoters from restatements"
        " where segment = 'branch' and branch = 'B3' and period_grain = 'month'"
    )
    assert (before, promoters, after, now) == (2, None, 3, None)


def test_restatements_stay_and_are_the_same_in_two_places(empty: Home, tmp_path: Path) -> None:
    history = [
        (some(), AS_OF),
        (replaced(CAUSES["edit"]), LATER),
        (replaced(CAUSES["erasure"]), date(2026, 1, 4)),
    ]
    other = Home(tmp_path / "other")
    reports = [[place.publish(*state) for state in history] for place in (empty, other)]
    assert [report.sequence for report in reports[0]] == [1, 2, 3]
    assert empty.read("select distinct sequence, cause from restatements order by all") == [
        (2, "edit"),
        (3, "erasure"),
    ]
    for name in ("restatements", "restated_answers", "nps_scores", "nps_responses"):
        here, there = (report[-1].path / "parquet" / f"{name}.parquet" for report in reports)
        assert here.read_bytes() == there.read_bytes()
    ledgers = [{f.name: f.read_bytes() for f in (p.path / "ledger").iterdir()} for p in (empty, other)]
    assert ledgers[0] == ledgers[1]


def test_without_the_earlier_answers_the_cause_is_undetermined(home: Home) -> None:
    shutil.rmtree(home.path / "published")
    report = home.publish(replaced(CAUSES["edit"]), LATER)
    assert report.sequence == 2
    assert {row[-1] for row in home.restated()} == {"undetermined"}
    assert home.read("select distinct previous_responses, answers from restatements") == [(None, 0)]


def test_an_interrupted_publication_restates_once(home: Home) -> None:
    first = (home.path / "published" / "current").resolve()
    second = home.publish(replaced(CAUSES["edit"]), LATER)
    link = home.path / "published" / "current"
    link.unlink()
    link.symlink_to(first)
    again = home.publish(replaced(CAUSES["edit"]), LATER)
    assert (again.version, again.changed, again.sequence) == (second.version, True, 2)
    assert home.read("select distinct sequence from restatements") == [(2,)]
