"""After an erasure no byte of the person is left, counts are as before, and who comes again is not let in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from erasure import carrying, door, places, raw, receipts, rewriting
from erasure.carrying import Wanted
from erasure.keyed import ErasureError
from erasure.persons import Named
from erasure.search import Searched
from ingestion.load import load_source
from tests.erasure.conftest import ADDRESS, ANSWERS, CONTACTS, TEXTS, WHOLE
from tests.ingestion.inbox import Inbox

HEAD = "0" * 64


def held(home: Path) -> dict[str, set[str]]:
    """The search of every byte, which knows nothing of what was done."""
    found = places.holding(home, Searched(TEXTS))
    return {str(path.relative_to(home)): texts for path, texts in found.items()}


def counts(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as db:
        return [
            (table, *row)
            for table in ("surveys_responses", "crm_contacts", "surveys_invitations", "quarantine", "intake")
            for row in db.execute(
                f"select _dlt_load_id, count(*) from raw_files.{table} group by all order by all"
            ).fetchall()
        ]


def test_before_it_they_are_everywhere_and_after_it_nowhere(loaded: Path) -> None:
    before = held(loaded)
    assert {
        *("warehouse.duckdb", "inbox/surveys/responses/answers.csv", "inbox/crm/contacts/contacts.csv"),
        *("logs/refresh.log", "logs/old.log.gz", "reports/page.html", "dagster/history/runs.db"),
        *("dagster/history/said.txt", "fast/last.duckdb", "received/answers/1.jsonl", "cases/1.jsonl"),
        *("scratch/delivery-1/rows.parquet", "inbox/surveys/invitations/invitations.csv"),
        "published/versions/20260101T000000000000Z/records/guard/raw.json",
    } <= before.keys()
    assert before["warehouse.duckdb"] == {*TEXTS}
    counted, sizes = counts(loaded), (loaded / "received/answers/1.jsonl").stat().st_size
    done = carrying.carry(loaded, WHOLE, HEAD)
    assert held(loaded) == {}
    assert done.left == {}
    assert counts(loaded) == counted
    assert done.records == {
        "files.crm_contacts": 2,
        "files.quarantine": 1,
        "files.surveys_invitations": 1,
        "files.surveys_responses": 3,
    }
    assert (loaded / "received/answers/1.jsonl").stat().st_size == sizes
    assert (loaded / "dagster" / "dagster.yaml").exists()
    assert b"grace@navy.example" in (loaded / "inbox/crm/contacts/contacts.csv").read_bytes()


def test_without_rewriting_they_are_still_found(loaded: Path) -> None:
    """The attacker: a delete leaves the person in files and, until a page is used again, in the database."""
    with duckdb.connect(str(loaded / "warehouse.duckdb")) as db:
        db.execute("delete from raw_files.surveys_responses where contact_id in ('c1', 'c3')")
    assert len(held(loaded)) > 10


def test_rows_keep_what_counts_and_others_keep_everything(loaded: Path) -> None:
    carrying.carry(loaded, WHOLE, HEAD)
    with duckdb.connect(str(loaded / "warehouse.duckdb"), read_only=True) as db:
        rows = db.execute(
            "select response_id, score, comment, respondent_email, contact_id, md5(payload) = content_hash,"
            " version_id = content_hash, position from raw_files.surveys_responses order by position"
        ).fetchall()
        assert rows == [
            ("r1", 9.0, None, None, "c1", True, True, 1),
            ("r2", 2.0, "too slow", "grace@navy.example", "c2", True, True, 2),
            ("r3", 7.0, None, None, "c3", True, True, 3),
            ("r4", 8.0, None, None, "c1", True, True, 4),
        ]
        [(schemas,)] = db.execute(
            "select list(distinct schema_name order by 1) from duckdb_tables()"
        ).fetchall()
        assert schemas == ["raw_files", "topics"]
        # of a comment that somebody else wrote too, only this person's row is gone
        assert db.execute("select count(*) from topics.mentions").fetchall() == [(0,)]
        [(reject,)] = db.execute("select original_text from raw_files.quarantine").fetchall()
        assert reject == door.GONE


@pytest.mark.long
def test_a_load_brings_nothing_new_and_the_requests_by_response(loaded: Path) -> None:
    carrying.carry(loaded, WHOLE, HEAD)
    report = load_source("files")
    assert {table: rows for table, rows in report.rows.items() if rows} == {"surveys_erasures": 3}
    named = Inbox(loaded, "surveys_erasures").ask(
        "select response_id, source, requested_at > '2026-01-05' from surveys_erasures order by 1"
    )
    assert named == [("r1", "files", True), ("r3", "files", True), ("r4", "files", True)]
    assert held(loaded) == {}


@pytest.mark.long
def test_who_is_delivered_again_is_erased_at_the_door(loaded: Path) -> None:
    """The same rows are known; a changed one is a version without its person; a new person comes in."""
    carrying.carry(loaded, WHOLE, HEAD)
    load_source("files")
    again = ANSWERS.replace("r1,9,", "r1,3,") + "r5,10,2026-03-01T00:00:00Z,fine,new@person.example,c9,,\n"
    Inbox(loaded).drop("answers.csv", again)
    Inbox(loaded, "crm_contacts", "crm/contacts").drop("again.csv", CONTACTS)
    report = load_source("files")
    assert report.rows["crm_contacts"] == 0
    current = Inbox(loaded).current("response_id, score, comment, respondent_email")
    assert current == [
        ("r1", 3.0, None, None),
        ("r2", 2.0, "too slow", "grace@navy.example"),
        ("r3", 7.0, None, None),
        ("r4", 8.0, None, None),
        ("r5", 10.0, "fine", "new@person.example"),
    ]
    assert "warehouse.duckdb" not in held(loaded)
    assert {*held(loaded)} == {"inbox/surveys/responses/answers.csv", "inbox/crm/contacts/again.csv"}


@pytest.mark.long
def test_without_its_key_the_door_lets_nothing_in(
    loaded: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    carrying.carry(loaded, WHOLE, HEAD)
    monkeypatch.setenv("NPS_VAULT_KEYS", str(tmp_path / "elsewhere"))
    with pytest.raises(ErasureError, match="would come back"):
        door.Door(loaded, "files", "surveys_responses")
    with pytest.raises(ErasureError, match="would come back"):
        carrying.carry(loaded, WHOLE, HEAD)


@pytest.mark.long
def test_an_address_covers_what_contains_it(loaded: Path) -> None:
    done = carrying.carry(loaded, Wanted(Named(emails=frozenset([ADDRESS])), WHOLE.requested_at), HEAD)
    assert done.records["files.surveys_responses"] == 1
    rows = Inbox(loaded).ask("select response_id, comment from surveys_responses order by 1")
    assert rows == [("r1", None), ("r2", "too slow"), ("r3", None), ("r4", "too slow")]
    assert held(loaded) == {}


def test_what_is_not_ours_is_named_until_it_is_removed(loaded: Path) -> None:
    (loaded / "inbox/surveys/responses/.mine.parquet").write_text(ADDRESS)
    done = carrying.carry(loaded, Wanted(WHOLE.named, WHOLE.requested_at, keep_inbox=True), HEAD)
    kept = {
        *("inbox/surveys/responses/answers.csv", "inbox/crm/contacts/contacts.csv"),
        *("inbox/surveys/invitations/invitations.csv", "inbox/surveys/responses/.mine.parquet"),
    }
    assert {*done.left} == {*held(loaded)} == kept
    assert done.receipt is not None
    assert done.receipt.left == 4


STEPS: tuple[tuple[object, str], ...] = (
    *((raw, "copied"), (places, "clean"), (door, "add"), (carrying, "_deliver")),
    *((rewriting, "replace"), (receipts, "add"), (places, "_overwrite")),
)


@pytest.mark.long
@pytest.mark.parametrize(("room", "step"), STEPS, ids=lambda each: each if isinstance(each, str) else "")
@pytest.mark.parametrize("when", ["before", "after"])
def test_ended_anywhere_it_is_finished_by_the_next_try(
    loaded: Path, monkeypatch: pytest.MonkeyPatch, room: object, step: str, when: str
) -> None:
    counted, own = counts(loaded), getattr(room, step)

    def dies(*given: object, **named: object) -> object:
        if when == "after":
            own(*given, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(room, step, dies)
        with pytest.raises(KeyboardInterrupt):
            carrying.carry(loaded, WHOLE, HEAD)
    notes = "".join(path.read_text() for path in (loaded / "erased").rglob("*") if path.is_file())
    assert not Searched((*TEXTS, "c1")).hits(notes.encode())
    if (room, step) != (receipts, "add") or when == "before":
        assert carrying.interrupted(loaded)
    done = carrying.carry(loaded, WHOLE, HEAD)
    assert held(loaded) == {}
    assert counts(loaded) == counted
    assert done.records["files.surveys_responses"] == 3
    assert carrying.interrupted(loaded) == []


@pytest.mark.long
def test_receipts_name_nobody_and_a_changed_one_is_found(loaded: Path) -> None:
    carrying.carry(loaded, WHOLE, HEAD)
    carrying.carry(loaded, Wanted(Named(contacts=frozenset(["c2"])), WHOLE.requested_at), HEAD)
    published = receipts.document(loaded)
    assert receipts.verify(loaded, published) == 2
    [first, second] = sorted((loaded / "erased" / "receipts").glob("*.json"))
    said = json.loads(first.read_text())
    assert said["before"] != said["after"]
    assert said["records"]["files.surveys_responses"] == 3
    assert not Searched(TEXTS).hits(first.read_bytes())
    for change in changes(first, second):
        kept = first.read_bytes(), second.read_bytes()
        change()
        with pytest.raises(ErasureError):
            receipts.verify(loaded, published)
        first.write_bytes(kept[0])
        second.write_bytes(kept[1])


def changes(first: Path, second: Path) -> list[Callable[[], object]]:
    return [
        lambda: first.write_text(first.read_text().replace('"files.surveys_responses": 3', '"x": 1')),
        first.unlink,
        second.unlink,
        lambda: first.write_text("{}"),
    ]
