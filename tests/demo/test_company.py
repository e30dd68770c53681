"""The simulated company: deterministic, the size it was asked for, in the shape of the contract.

Belongs here: properties of the tables. That the planted effects can be found again is in
`test_company_effects.py`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from demo.company import HISTORY_END, Size, World, simulate
from demo.company.ids import salesforce_ids, token_ids

SMALL = Size(seed=7, accounts=400, branches=20, employees=20, invitations=4_000, answers=1_600)
CONTRACT = Path(__file__).parents[2] / "docs" / "contracts" / "simulated-company.md"
KEYS = {
    "branches": "branch_id",
    "employees": "user_id",
    "accounts": "account_id",
    "account_history": "history_id",
    "contacts": "contact_id",
    "customers": "customer_id",
    "subscriptions": "subscription_id",
    "invoices": "invoice_id",
    "credit_notes": "credit_note_id",
    "invoice_lines": "line_id",
    "refunds": "refund_id",
    "invitations": "invitation_id",
    "responses": "response_id",
    "erasures": "erasure_id",
    "organizations": "organization_id",
    "requesters": "requester_id",
    "tickets": "ticket_id",
    "ticket_events": "event_id",
}


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def full() -> World:
    return simulate(Size())


def distinct(table: pa.Table, name: str) -> set[Any]:
    return set(table[name].to_pylist())


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(world: World, tmp_path: Path) -> None:
    world.save(tmp_path / "a")
    simulate(SMALL).save(tmp_path / "b")
    simulate(replace(SMALL, seed=8)).save(tmp_path / "c")
    assert files(tmp_path / "a") == files(tmp_path / "b")
    other = files(tmp_path / "c")
    same = {name for name, content in files(tmp_path / "a").items() if other[name] == content}
    assert same <= {"branches.parquet", "employees.parquet"}


def test_a_world_is_saved_whole(world: World, tmp_path: Path) -> None:
    world.save(tmp_path)
    assert json.loads((tmp_path / "truth.json").read_text("utf-8")) == world.truth
    for name, table in world.tables().items():
        assert pq.read_table(tmp_path / f"{name}.parquet").equals(table), name


def test_the_tables_have_exactly_the_columns_of_the_contract(world: World) -> None:
    promised = {}
    for line in CONTRACT.read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, columns = line.split("|")[1:3]
            promised[name.split("`")[1]] = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", columns))
    assert promised == {name: table.column_names for name, table in world.tables().items()}


def test_the_company_has_the_size_that_was_asked_for(world: World) -> None:
    assert len(distinct(world.accounts, "account_id")) == SMALL.accounts
    assert len(distinct(world.branches, "branch_id")) == SMALL.branches
    assert world.employees["user_type"].to_pylist().count("Standard") == SMALL.employees
    assert len(distinct(world.branches, "region")) == SMALL.regions
    assert len(distinct(world.responses, "response_id")) == SMALL.answers
    # Answers without an invitation are answers, and no invitations.
    invited = len(distinct(world.invitations, "invitation_id"))
    assert SMALL.invitations * 0.95 < invited <= SMALL.invitations


def test_a_scaled_company_grows_with_its_answers() -> None:
    assert Size.scaled(answers=25_000) == Size()
    million = Size.scaled(answers=1_000_000)
    assert (million.answers, million.invitations) == (1_000_000, 2_400_000)
    assert 18_000 < million.accounts < 22_000


@pytest.mark.parametrize("wrong", [{"accounts": 3}, {"invitations": 10}, {"regions": 0}])
def test_an_impossible_size_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"needs? at least"):
        replace(SMALL, **wrong)


def test_identifiers_stay_distinct_when_case_is_ignored() -> None:
    ids = salesforce_ids("001", 200_000)
    assert pc.count_distinct(pc.utf8_lower(ids)).as_py() == 200_000
    tokens = token_ids("R_", 200_000)
    assert pc.count_distinct(pc.utf8_lower(tokens)).as_py() == 200_000


def test_a_salesforce_id_ends_with_the_check_characters_of_its_case() -> None:
    for whole in map(str, salesforce_ids("003", 500).to_pylist()):
        assert re.fullmatch(r"003[0-9A-Za-z]{12}[A-Z0-5]{3}", whole)
        for group, check in enumerate(whole[15:]):
            bits = sum(1 << place for place, c in enumerate(whole[group * 5 : group * 5 + 5]) if c.isupper())
            assert "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[bits] == check


def test_every_row_has_its_identifier_and_a_moment_from_which_it_is_visible(world: World) -> None:
    for name, table in world.tables().items():
        assert table["visible_at"].null_count == 0, name
        assert table[KEYS[name]].null_count == 0, name
        assert table.schema.field("visible_at").type == pa.timestamp("us", tz="UTC")
        moments = pc.cast(table["visible_at"], pa.int64())
        # Vendors report whole seconds: a finer moment would be lost on the way.
        assert (
            pc.max(pc.subtract(moments, pc.multiply(pc.divide(moments, 1_000_000), 1_000_000))).as_py() == 0
        )


def test_days_ahead_bring_something_new(world: World) -> None:
    end = pa.scalar(HISTORY_END * 1_000_000, pa.timestamp("us", tz="UTC"))
    for name in ("accounts", "account_history", "invoices", "invitations", "responses"):
        assert pc.any(pc.greater(getattr(world, name)["visible_at"], end)).as_py(), name


def test_field_history_and_versions_tell_the_same_story(world: World) -> None:
    columns = {
        "Branch__c": "branch_id",
        "Region__c": "region",
        "Owner": "owner_id",
        "Plan__c": "plan",
        "Lifecycle_Stage__c": "lifecycle_stage",
        "Status__c": "status",
    }
    versions = {(row["account_id"], row["visible_at"]): row for row in world.accounts.to_pylist()}
    last: dict[tuple[str, str], str] = {}
    for row in world.account_history.to_pylist():
        version = versions[row["account_id"], row["visible_at"]]
        assert version[columns[row["field"]]] == row["new_value"] != row["old_value"]
        assert last.get((row["account_id"], row["field"]), row["old_value"]) == row["old_value"]
        last[row["account_id"], row["field"]] = row["new_value"]
    assert {field for _, field in last} == set(columns)


def test_merged_records_are_deleted_and_point_to_another_record(full: World) -> None:
    for table, key in ((full.accounts, "account_id"), (full.contacts, "contact_id")):
        merged = {row[key]: row["merged_into_id"] for row in table.to_pylist() if row["merged_into_id"]}
        ids = distinct(table, key)
        assert merged
        assert set(merged.values()) <= ids
        assert any(survivor in merged for survivor in merged.values()), "no chain of merges"
        for start in merged:
            seen = {start}
            place = start
            while place in merged:
                place = merged[place]
                assert place not in seen
                seen.add(place)
        gone = [row["is_deleted"] for row in table.to_pylist() if row["merged_into_id"]]
        assert all(gone)


def test_every_kind_of_dirt_is_there_and_written_down(full: World) -> None:
    flaws = full.truth["flaws"]
    # Untidy identifiers are not a list of answers: any answer may have them.
    assert set(full.truth["effects"]["dirt"]) - {"untidy_ids", "short_ids"} == set(flaws)
    assert all(flaws.values())
    literals = distinct(full.responses, "score_text")
    assert literals == {None, "6.5", '"ten"', "11", "-1", "42", *(str(score) for score in range(11))}
    rows = Counter(full.responses["response_id"].to_pylist())
    assert {response for response, times in rows.items() if times == 2} == {
        *flaws["served_twice"],
        *flaws["edited"],
    }
    assert max(rows.values()) == 2


def test_written_out_scores_have_one_version_and_one_question(world: World) -> None:
    for row in world.responses.to_pylist():
        if row["score_text"] == '"ten"':
            assert row["other_score_text"] is None
            assert row["response_id"] not in world.truth["flaws"]["edited"]


def test_the_yen_has_no_minor_unit(world: World) -> None:
    monthly = {
        currency: pc.mean(world.subscriptions.filter(pc.field("currency") == currency)["mrr_minor"]).as_py()
        for currency in ("eur", "jpy")
    }
    assert monthly["jpy"] / monthly["eur"] < 10
