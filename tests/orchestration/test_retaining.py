"""What the vault holds for too long is destroyed once a day; if anything of it stays, the load stops."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest

from ingestion.hiding import days
from ingestion.retention import FILE
from orchestration import clear_texts, retaining
from orchestration.environment import Home
from vault import keys
from vault.store import REST, Entry, Vault

TODAY = datetime.now(UTC).date()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A state folder whose vault has an entry of each kind for each of 50, 20 and no days."""
    monkeypatch.delenv(keys.SETTING, raising=False)
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "company"))
    (tmp_path / "company" / "definition").mkdir(parents=True)
    made = Home(tmp_path / "state")
    made.inbox.mkdir(parents=True)
    writing = keys.writing(made.path)
    for number, age in enumerate((50, 20, 0)):
        texts = (f"comment {number}", f"ann{number}@customer.example", f"{{}} {number}")
        tokens = (writing.tokens.text(texts[0]), writing.tokens.email(texts[1]), REST)
        entries = (
            Entry(f"r{number}", *each, TODAY - timedelta(age)) for each in zip(tokens, texts, strict=True)
        )
        Vault(made.path / "vault").seal("files", "t", entries, writing.public)
    return made


def say(text: str) -> None:
    Path(os.environ["NPS_COMPANY"], FILE).write_text(text, "utf-8")


def held(home: Home) -> list[str]:
    private = keys.reading(home.path)
    assert private is not None
    return sorted(found.text for found in Vault(home.path / "vault").entries(private))


def test_each_kind_is_kept_for_its_time(home: Home) -> None:
    before = held(home)
    assert (retaining.carry(home), held(home)) == (0, before), "without the file everything is kept"
    say("[days]\ntexts = 30\naddresses = 10\n")
    assert retaining.carry(home) == 5
    assert held(home) == ["ann2@customer.example", "comment 1", "comment 2", "{} 2"]
    assert retaining.carry(home) == 0
    assert retaining.remarks(home) == ["5 texts in the vault were kept for their time and are destroyed"]
    say("[days]\ntexts = 10\naddresses = 10\n")
    assert retaining.carry(home) == 1, "a changed period counts at once"
    assert clear_texts.of(home)([keys.writing(home.path).tokens.text("comment 1")]) == {}


def test_what_stays_stops_the_load(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    say("[days]\ntexts = 30\n")
    monkeypatch.setattr(Vault, "expire", lambda *_: 0)
    with pytest.raises(retaining.RetentionError, match=r"2 texts of .* should be kept no longer"):
        retaining.carry(home)


def test_delivered_files_that_are_older_are_named(home: Home) -> None:
    delivered = home.inbox / "answers.csv"
    delivered.write_text("id", "utf-8")
    say("[days]\ntexts = 30\nothers = 60\n")
    assert retaining.remarks(home) == []
    ago = datetime.now(UTC).timestamp() - 61 * 86_400
    os.utime(delivered, (ago, ago))
    [told] = retaining.remarks(home)
    assert "1 files in" in told
    assert "such as answers.csv" in told


def test_the_day_of_a_record_is_that_of_its_version_or_its_answer() -> None:
    moment = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    rows = pa.table(
        {
            "version_at": pa.array([moment, None, None], pa.timestamp("us", "UTC")),
            "responded_at": pa.array([None, moment - timedelta(1), None], pa.timestamp("us", "UTC")),
        }
    )
    assert days(rows) == [moment.date(), moment.date() - timedelta(1), None]
    assert days(rows.select([])) == [None] * rows.select([]).num_rows
