"""A company whose answers, contacts and requests came as files, and persons whom everything tells of."""

from __future__ import annotations

import gzip
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from erasure.carrying import Wanted
from erasure.persons import Named
from ingestion import landing
from ingestion.load import load_source
from tests.ingestion.inbox import Inbox

ADDRESS = "Ada.Lovelace@engine.example"
COMMENT = 'My phone is +44 20 7946 0958, says Ada; "never" again, señor'
DEVICE = "device-ada-1815"
TEXTS = (ADDRESS, COMMENT, DEVICE)
ANSWERS = f"""response_id,score,responded_at,comment,respondent_email,contact_id,device_id,person_id
r1,9,2026-01-02T10:00:00Z,"{COMMENT.replace('"', '""')}",{ADDRESS},c1,{DEVICE},
r2,2,2026-01-03T10:00:00Z,too slow,grace@navy.example,c2,device-grace,
r3,7,2026-01-04T10:00:00Z,,,c3,,
r4,8,2026-01-05T10:00:00Z,too slow,,c1,,
bad,nine,2026-01-05T10:00:00Z,{ADDRESS} writes nine,,,,
"""
CONTACTS = f"""contact_id,email,updated_at,merged_into_id,account_id
c1,{ADDRESS},2026-01-01T00:00:00Z,,a1
c2,grace@navy.example,2026-01-01T00:00:00Z,,a1
c3,ada@old.example,2026-01-01T00:00:00Z,c1,a1
"""
INVITATIONS = f"""invitation_id,survey_id,sent_at,contact_id,email,status
i1,relationship,2026-01-01T00:00:00Z,c1,{ADDRESS},sent
i2,relationship,2026-01-01T00:00:00Z,c2,grace@navy.example,sent
"""
WHOLE = Wanted(Named(contacts=frozenset(["C1"])), datetime(2026, 2, 1, tzinfo=UTC))


def in_clear(source: str, table: str) -> None:
    """Instead of the vault: what was loaded by an earlier release has every text in clear."""


@pytest.fixture(scope="session")
def loaded_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of an earlier release after a load, with what commands leave in it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(landing, "hiding", in_clear)
        return state(tmp_path_factory.mktemp("once") / "state", patched)


@pytest.fixture
def loaded(loaded_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, which `NPS_HOME` names."""
    home = tmp_path / "state"
    shutil.copytree(loaded_once, home)
    monkeypatch.setenv("NPS_HOME", str(home))
    monkeypatch.setenv("NPS_VAULT_KEYS", str(tmp_path / "keys"))
    monkeypatch.setattr(landing, "hiding", in_clear)
    return home


def state(home: Path, patched: pytest.MonkeyPatch) -> Path:
    """A state folder after a load."""
    home.mkdir()
    with patched.context() as named:
        named.setenv("NPS_HOME", str(home))
        Inbox(home).drop("answers.csv", ANSWERS)
        Inbox(home, "crm_contacts", "crm/contacts").drop("contacts.csv", CONTACTS)
        Inbox(home, "surveys_invitations", "surveys/invitations").drop("invitations.csv", INVITATIONS)
        load_source("files")
    with duckdb.connect(str(home / "warehouse.duckdb")) as db:
        db.execute("create schema marts; create schema topics")
        db.execute(
            "create table marts.fct_survey_responses as"
            " select *, 'files:' || record_id as answer_key, 'erased' as disposition"
            " from raw_files.surveys_responses"
        )
        db.execute("create view marts.commented as from warehouse.marts.fct_survey_responses")
        db.execute(
            "create table topics.mentions as select sha256(comment) as comment_hash, comment as words"
            " from raw_files.surveys_responses where comment is not null"
        )
    leave(home)
    return home


def leave(home: Path) -> None:
    """Copies of the person in files of every kind."""
    for name in (
        "logs",
        "reports",
        "dagster/history",
        "fast",
        "received/answers",
        "cases",
        "scratch/delivery-1",
    ):
        (home / name).mkdir(parents=True, exist_ok=True)
    records = home / "published" / "versions" / "20260101T000000000000Z" / "records" / "guard"
    records.mkdir(parents=True)
    (home / "logs" / "refresh.log").write_text(f"unreadable: {ADDRESS}")
    (home / "logs" / "old.log.gz").write_bytes(gzip.compress(f"unreadable: {ADDRESS.lower()}".encode()))
    (home / "reports" / "page.html").write_text(f"<td>{ADDRESS.upper()}</td>")
    (home / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with sqlite3.connect(home / "dagster" / "history" / "runs.db") as db:
        db.execute("create table event_logs (event text)")
        db.execute("insert into event_logs values (?)", [f"failed for {ADDRESS}"])
    (home / "dagster" / "history" / "said.txt").write_bytes(f"of {ADDRESS}".encode("utf-16-le"))
    (records / "raw.json").write_text(f'{{"example": "{ADDRESS}"}}')
    (records / "raw.json").chmod(0o400)
    (home / "received" / "answers" / "1.jsonl").write_text(f'{{"respondent_email":"{ADDRESS}","n":1}}\n')
    (home / "cases" / "1.jsonl").write_text(f'{{"note":"called {ADDRESS}"}}\n')
    (home / "scratch" / "delivery-1" / "rows.parquet").write_text(ADDRESS)
    with duckdb.connect(str(home / "fast" / "last.duckdb")) as db:
        db.execute("create table answers as select ? as email", [ADDRESS])
