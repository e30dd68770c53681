"""Each governed limit is kept by a whole warehouse, and exceeded by one that somebody broke."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from company.tables import LIMITS
from expectations import definition, limits
from expectations.unknown_ids import unknown_ids
from tests.expectations import limited
from tests.expectations.raw_records import VENDORS

QUARANTINE = "insert into raw_{}.quarantine select {}"


@pytest.fixture(scope="session")
def kept(whole_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return limited.add(Path(shutil.copy(whole_warehouse, tmp_path_factory.mktemp("kept") / "w.duckdb")))


@pytest.fixture
def broken(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(kept, tmp_path / "warehouse.duckdb"))


def applied(warehouse: Path, as_of: date = limited.AS_OF) -> list[limits.Applied]:
    return limits.apply(warehouse, as_of, VENDORS, limited.EARLIER)


def set_aside(vendor: str, table: str, rows: int, load: str = "100.1", origin: str = "inbox/a.csv") -> str:
    return (
        f"insert into raw_{vendor}.quarantine select '{table}', 'Q' || n, 'wrong_type', 'score is \"x\"',"
        f" n, '{origin}', 'x' || n, md5('x' || n), '{load}' from range(1, {rows + 1}) as numbers(n)"
    )


def test_a_dimension_that_the_company_has_removed_has_not_vanished(kept: Path) -> None:
    before = {**limited.EARLIER, "product_line": ["Cards"]}
    assert limits.apply(kept, limited.AS_OF, VENDORS, before) == applied(kept)


def test_a_whole_warehouse_keeps_every_limit(kept: Path) -> None:
    found = applied(kept)
    assert {f"{each.limit.name}/{each.limit.applies_to}" for each in found} == set(LIMITS)
    assert [each.sentence for each in found if each.is_exceeded] == []
    assert limits.differences(found, kept) == []


# what someone did, the limit, its subject, what its line begins with and what it says
BREAKS: list[tuple[str, str, str, str]] = [
    (
        set_aside("files", "surveys_responses", 3),
        "quarantine",
        "surveys_responses/inbox/a.csv",
        '2.22 % (4 records), at most 2 %; such as inbox/a.csv, row 1: score is "x"; `nps sources` shows',
    ),
    (
        set_aside("files", "surveys_responses", 60, origin="b.csv"),
        "quarantine",
        "files/surveys_responses",
        "33.9 % (61 records)",
    ),
    (
        set_aside("qualtrics", "responses", 20),
        "quarantine",
        "qualtrics/responses",
        "(21 records)",
    ),
    (
        "insert into raw_qualtrics._dlt_loads values ('200.1', 0, '2026-04-30 05:00:00Z');"
        + set_aside("qualtrics", "responses", 10, "200.1"),
        "quarantine",
        "qualtrics/responses/last load",
        "100 % (10 records)",
    ),
    (
        "update raw_files.surveys_responses set account_id = account_id || '.0' where position % 2 = 0",
        "unknown_ids",
        "files/answers/account",
        "at most 5 %; such as a",
    ),
    (
        "update raw_qualtrics.responses set branch_id = 'B77' where position % 10 = 3",
        "unknown_ids",
        "qualtrics/answers/branch",
        "such as B77",
    ),
    (
        "update raw_files.surveys_invitations set contact_id = 'nobody' where position % 9 = 0",
        "unknown_ids",
        "files/invitations/contact",
        "such as nobody",
    ),
    (
        "update raw_files.crm_accounts set branch_id = 'b9' where position <= 5",
        "unknown_ids",
        "files/accounts/branch",
        "such as b9",
    ),
    (
        "update intermediate.int_revenue__recognised set account_key = null where document_id like 'in_1%'",
        "unknown_ids",
        "stripe/revenue_documents/account",
        "27.5 % (11 records), at most 5 %; such as in_1",
    ),
    (
        "update marts.fct_survey_responses set likelihood_score = null where source = 'files'",
        "nothing_counted",
        "files",
        "none of 181 answers received counts",
    ),
    (
        "delete from marts.fct_survey_responses; delete from raw_files.quarantine;"
        " delete from raw_qualtrics.quarantine",
        "nothing_counted",
        "company",
        "none of 0 answers received counts",
    ),
    (
        "update publication.nps_scores set branch = 'Unassigned' where segment = 'branch'",
        "vanished_dimension",
        "branch",
        "none of its 2 members is left; such dimensions, at most 0; such as B0 of the last publication",
    ),
    (
        "update raw_qualtrics._dlt_loads set inserted_at = '2026-03-01 05:00:00Z'",
        "stale_source",
        "qualtrics",
        "60 days, at most 45; such as last brought something on 2026-03-01",
    ),
    (
        "update raw_files._dlt_loads set inserted_at = '2025-03-01 05:00:00Z'",
        "stale_source",
        "files",
        "425 days, at most 400",
    ),
]


@pytest.mark.many
@pytest.mark.parametrize(("change", "limit", "subject", "said"), BREAKS)
def test_a_limit_that_is_exceeded_is_named(
    broken: Path, change: str, limit: str, subject: str, said: str
) -> None:
    with duckdb.connect(broken) as connection:
        connection.execute(change)
    found = {(each.limit.name, each.subject): each for each in applied(broken) if each.is_exceeded}
    assert (limit, subject) in found
    sentence = found[limit, subject].sentence
    assert sentence.startswith(f"{limit} of {subject}: ")
    assert said in sentence
    assert "\n" not in sentence


def test_every_limit_has_a_test_that_exceeds_it() -> None:
    of = {
        "surveys_responses/inbox/a.csv": "file",
        "qualtrics/responses/last load": "load",
        "company": "company",
    }
    broken = {limit for _, limit, _, _ in BREAKS}
    assert broken == {each.split("/")[0] for each in LIMITS}
    assert of.keys() <= {subject for _, _, subject, _ in BREAKS}


@pytest.mark.many
@pytest.mark.parametrize(
    "change", [change for change, limit, _, _ in BREAKS if limit != "vanished_dimension"]
)
def test_what_the_models_do_not_see_is_a_difference(broken: Path, change: str) -> None:
    """audit_limits still says that everything is kept."""
    with duckdb.connect(broken) as connection:
        connection.execute(change)
    assert limits.differences(applied(broken), broken)


@pytest.mark.many
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "insert into marts.audit_limits by name select * replace ('x/y/z' as subject)"
            " from marts.audit_limits where subject = 'qualtrics/responses'",
            "quarantine of x/y/z: in audit_limits only",
        ),
        (
            "delete from marts.audit_limits where subject = 'qualtrics/responses'",
            "quarantine of qualtrics/responses: missing from audit_limits",
        ),
        (
            "update marts.audit_limits set maximum = 3 where subject = 'qualtrics/responses'",
            "quarantine of qualtrics/responses: maximum is 2.0, audit_limits says 3.0",
        ),
        (
            "update marts.audit_limits set affected = 7 where subject = 'qualtrics/responses'",
            "quarantine of qualtrics/responses: affected is 1, audit_limits says 7",
        ),
    ],
)
def test_what_audit_limits_says_otherwise_is_a_difference(broken: Path, change: str, said: str) -> None:
    with duckdb.connect(broken) as connection:
        connection.execute(change)
    assert limits.differences(applied(broken), broken) == [said]


def test_few_records_are_no_share(broken: Path) -> None:
    """One bad row of ten is ten percent: it is said, and does not stop anything."""
    with duckdb.connect(broken) as connection:
        connection.execute("update raw_files.intake set received = 10 where table_name = 'surveys_responses'")
        connection.execute(set_aside("files", "surveys_responses", 1))
    [few] = [each for each in applied(broken) if each.subject == "surveys_responses/inbox/a.csv"]
    assert (few.observed, few.affected, few.is_exceeded) == (20, 2, False)


def test_what_a_correction_withdrew_is_not_in_quarantine_any_more(broken: Path) -> None:
    with duckdb.connect(broken) as connection:
        connection.execute(set_aside("files", "surveys_responses", 30))
        connection.execute(
            "insert into raw_files.withdrawals (table_name, original_hash, origin, _dlt_load_id)"
            " select table_name, original_hash, origin, '100.1' from raw_files.quarantine"
        )
    assert not [each for each in applied(broken) if each.is_exceeded]


def test_a_kind_that_was_never_loaded_has_no_unknown_ids(broken: Path) -> None:
    """Nothing could be joined: what is missing is a table, and no id is wrong."""
    with duckdb.connect(broken) as connection:
        connection.execute("delete from raw_files.crm_branches")
        connection.execute("update raw_qualtrics.responses set branch_id = 'B77'")
    subjects = {each.subject for each in applied(broken)}
    assert "qualtrics/answers/branch" not in subjects
    assert "qualtrics/answers/account" in subjects


def test_a_vendor_that_is_turned_off_delivers_nothing_and_knows_nobody(broken: Path) -> None:
    """Its raw tables stay, and no model reads them."""
    with duckdb.connect(broken) as connection:
        connection.execute("create schema raw_salesforce")
        connection.execute("create table raw_salesforce._dlt_loads as from raw_files._dlt_loads")
        connection.execute("create table raw_salesforce.accounts as from raw_files.crm_accounts")
        connection.execute("update raw_salesforce.accounts set record_id = 'gone', branch_id = 'B77'")
        connection.execute("update raw_qualtrics.responses set account_id = 'gone'")
        off, on = (
            {(each.source, each.records, each.kind): each.unknown > 0 for each in unknown_ids(connection, of)}
            for of in (VENDORS, [*VENDORS, "salesforce"])
        )
    assert ("salesforce", "accounts", "branch") not in off
    assert off["qualtrics", "answers", "account"]
    assert on["salesforce", "accounts", "branch"]
    assert not on["qualtrics", "answers", "account"]


def test_a_placeholder_is_no_id(broken: Path) -> None:
    with duckdb.connect(broken) as connection:
        connection.execute("update raw_qualtrics.responses set branch_id = 'n/a' where position % 10 = 3")
    assert not [each for each in applied(broken) if each.is_exceeded]


def test_erased_answers_name_nobody(broken: Path) -> None:
    with duckdb.connect(broken) as connection:
        connection.execute("update raw_files.surveys_responses set account_id = 'gone'")
        connection.execute("update marts.fct_survey_responses set disposition = 'erased'")
    assert "files/answers/account" not in {each.subject for each in applied(broken)}


def test_the_version_in_force_on_the_last_day_applies(kept: Path) -> None:
    first = definition.versions()[0]
    change = date(2026, 4, 1)
    [limit] = [each for each in first.limits if each.applies_to == "api"]
    strict = tuple(replace(limit, maximum=0) if each == limit else each for each in first.limits)
    versions = [
        replace(first, valid_to=change),
        replace(first, version="2026.1", valid_from=change, limits=strict),
    ]
    for as_of, maximum in ((date(2026, 4, 1), 45), (date(2026, 4, 2), 0)):
        found = limits.apply(kept, as_of, VENDORS, {}, versions)
        assert {each.limit.maximum for each in found if each.subject == "qualtrics"} == {maximum, 0}
