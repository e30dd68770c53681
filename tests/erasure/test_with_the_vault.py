"""With the vault an erasure destroys what was sealed too, and finds what nobody but the vault tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from erasure import carrying
from ingestion.load import load_source
from orchestration.environment import Home
from orchestration.persons import held as held_of
from orchestration.sealed import InVault
from tests.erasure.conftest import ADDRESS, ANSWERS, COMMENT, DEVICE, WHOLE, state
from tests.erasure.test_erasing import HEAD, counts, held
from tests.ingestion.inbox import Inbox
from vault import keys
from vault.store import Vault

pytestmark = pytest.mark.long


@pytest.fixture
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NPS_VAULT_KEYS", str(tmp_path / "keys"))
    home = state(tmp_path / "state", monkeypatch)
    monkeypatch.setenv("NPS_HOME", str(home))
    return home


def in_vault(home: Path) -> set[str]:
    private = keys.reading(home)
    assert private is not None
    return {each.text for each in Vault(home / "vault").entries(private)}


def test_what_was_sealed_is_destroyed_and_stays_so(sealed: Path) -> None:
    assert {ADDRESS, COMMENT, DEVICE, "too slow"} <= in_vault(sealed)
    before = held(sealed)
    assert "warehouse.duckdb" not in before
    assert "inbox/surveys/responses/answers.csv" in before
    counted = counts(sealed)
    done = carrying.carry(sealed, WHOLE, HEAD, InVault(Home(sealed)))
    assert done.receipt is not None
    assert done.receipt.destroyed >= 5
    assert held(sealed) == {}
    assert counts(sealed) == counted
    assert not {ADDRESS, COMMENT, DEVICE} & in_vault(sealed)
    assert {"grace@navy.example", "too slow"} <= in_vault(sealed)
    Inbox(sealed).drop("answers.csv", ANSWERS.replace("r1,9,", "r1,3,"))
    load_source("files")
    assert not {ADDRESS, COMMENT, DEVICE} & in_vault(sealed)
    current = Inbox(sealed).current("response_id, score, comment")
    assert [row for row in current if row[0] in ("r1", "r4")] == [("r1", 3.0, None), ("r4", 8.0, None)]


def test_what_is_held_is_shown_in_clear_to_who_may_read(sealed: Path) -> None:
    tables = {table.name: table.rows for table in held_of(Home(sealed), WHOLE.named)}
    assert {row["comment"] for row in tables["files.surveys_responses"] if "comment" in row} == {
        COMMENT,
        "too slow",
    }
    assert ADDRESS in str(tables["files.crm_contacts"])
    assert "grace" not in str(tables)
    (keys.folder(sealed) / keys.PRIVATE).unlink()
    assert COMMENT not in str(held_of(Home(sealed), WHOLE.named))
