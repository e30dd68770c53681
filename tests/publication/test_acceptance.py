"""A limit that a person accepted stands in manifest and ledger, and cannot be changed there afterwards."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publication import evidence, hashing, ledger, manifest, pack, proof
from publication.acceptance import Acceptance
from publication.evidence import Table
from publication.figure import KEY
from publication.hashing import LedgerError
from publication.pack import PackError
from publication.publish import publish
from publication.selection import Question
from tests.publication.published_twice import collected, version
from tests.publication.warehouse import fill, some

AS_OF = date(2026, 1, 1)
ACCEPTED = Acceptance(
    *("quarantine", "surveys_responses/wave.csv", 60.0, 2.0, "ann", "2026-01-01T09:00:00+00:00"),
    reason="the vendor's test rows, agreed with Bo",
)
TWO = (ACCEPTED, replace(ACCEPTED, limit="stale_source", subject="stripe", observed=80.0, maximum=45.0))
RECOUNTED = ("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high")


def published(home: Path, *accepted: tuple[Acceptance, ...]) -> Path:
    """A publication for each, with these limits accepted."""
    home.mkdir(parents=True, exist_ok=True)
    for sequence, limits in enumerate(accepted):
        warehouse = fill(home / "warehouse.duckdb", some(60 + sequence), AS_OF)
        publish(warehouse, home / "published", AS_OF, accepted=limits)
    return home


@pytest.fixture(scope="module")
def accepted_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(tmp_path_factory.mktemp("accepted"), (), TWO, ())


@pytest.fixture
def home(accepted_once: Path, tmp_path: Path) -> Path:
    return shutil.copytree(accepted_once, tmp_path / "home", symlinks=True)


def test_who_when_and_why_is_in_manifest_and_ledger(accepted_once: Path) -> None:
    said = {
        manifest.read(folder).sequence: manifest.read(folder).accepted
        for folder in (accepted_once / "published" / "versions").iterdir()
    }
    assert said == {1: (), 2: TWO, 3: ()}
    books = accepted_once / "ledger"
    assert ledger.accepted_in(ledger.read(books, 2)) == TWO
    assert ledger.accepted_in(ledger.read(books, 3)) == ()
    assert ledger.verify(books).sequence == 3


def test_the_same_history_gives_the_same_chain_and_another_acceptance_another(
    accepted_once: Path, tmp_path: Path
) -> None:
    again = published(tmp_path / "again", (), TWO, ())
    other = published(tmp_path / "other", (), TWO[:1], ())
    never = published(tmp_path / "never", (), (), ())
    heads = [ledger.verify(place / "ledger").head for place in (accepted_once, again, other, never)]
    assert heads[0] == heads[1]
    assert len(set(heads)) == 3
    first = {(place / "ledger" / "00000001.parquet").read_bytes() for place in (accepted_once, never)}
    assert len(first) == 1, "a publication without an acceptance is written as it always was"


def rewritten(books: Path, change: Callable[[dict[bytes, bytes]], dict[bytes, bytes] | None]) -> None:
    file = books / "00000002.parquet"
    rows = pq.read_table(file)
    file.chmod(0o644)
    pq.write_table(rows.replace_schema_metadata(change(dict(rows.schema.metadata or {}))), file)


CHANGES: dict[str, Callable[[dict[bytes, bytes]], dict[bytes, bytes] | None]] = {
    "another person": lambda said: said | {b"accepted": said[b"accepted"].replace(b"ann", b"bob")},
    "another reason": lambda said: said | {b"accepted": said[b"accepted"].replace(b"agreed", b"shared")},
    "another number": lambda said: said | {b"accepted": said[b"accepted"].replace(b"60.0", b"6.0")},
    "one is left out": lambda said: said | {b"accepted": orjson.dumps(orjson.loads(said[b"accepted"])[:1])},
    "all are left out": lambda _: None,
    "another place in the chain": lambda said: said | {b"accepted_after": b"0" * 64},
    "no list at all": lambda said: said | {b"accepted": b"{}]"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_acceptance_breaks_the_chain(home: Path, change: str) -> None:
    rewritten(home / "ledger", CHANGES[change])
    with pytest.raises(LedgerError, match=r"00000002\.parquet"):
        ledger.verify(home / "ledger")


def test_an_acceptance_that_nobody_gave_breaks_the_chain(home: Path) -> None:
    file = home / "ledger" / "00000003.parquet"
    rows = pq.read_table(file)
    file.chmod(0o644)
    pq.write_table(rows.replace_schema_metadata({b"accepted": orjson.dumps([])}), file)
    assert ledger.verify(home / "ledger").sequence == 3
    invented = ledger.chained(
        rows.drop_columns(["sequence", "as_of", "previous_hash", "row_hash"]), 3, AS_OF, "0" * 64, TWO
    )
    pq.write_table(rows.replace_schema_metadata(invented.schema.metadata), file)
    with pytest.raises(LedgerError, match=r"00000003\.parquet"):
        ledger.verify(home / "ledger")


def test_a_manifest_that_names_other_limits_is_not_published_on(tmp_path: Path) -> None:
    home = published(tmp_path / "home", TWO)
    file = version(home) / "manifest.json"
    said = orjson.loads(file.read_bytes())
    said["accepted"] = said["accepted"][:1]
    file.chmod(0o644)
    file.write_bytes(orjson.dumps(said))
    with pytest.raises(LedgerError, match="name different accepted limits"):
        published(home, ())


def test_a_publication_without_figures_still_says_what_was_accepted(tmp_path: Path) -> None:
    figures = ledger.chained(_no_figures(tmp_path), 1, AS_OF, hashing.GENESIS, TWO)
    books = tmp_path / "ledger"
    ledger.append(*ledger.draft(books, {ledger.file_name(1): figures}).values())
    head = ledger.after(TWO, 1, hashing.GENESIS)
    chain = ledger.verify(books)
    assert chain.head == head
    assert ledger.verify(books, chain.files).head == head


def _no_figures(folder: Path) -> pa.Table:
    rows = ledger.read(published(folder / "some", ()) / "ledger", 1)
    return rows.slice(0, 0).drop_columns(["sequence", "as_of", "previous_hash", "row_hash"])


@pytest.fixture(scope="module")
def evidence_of_it(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack of the last branch's month, of a publication with two limits accepted."""
    home = published(tmp_path_factory.mktemp("packed"), (), TWO)
    found = collected(home, Question(period="month", period_start=date(2025, 12, 1), segment="branch"))
    recounted = Table((*KEY, *RECOUNTED), evidence.only(found.figures, (*KEY, *RECOUNTED)))
    files = evidence.files(found, version(home), ledger.read(home / "ledger", 2), recounted)
    pack.write(home / "pack", files)
    return home


def test_a_pack_proves_what_was_accepted(evidence_of_it: Path) -> None:
    found = proof.verify(evidence_of_it / "pack", evidence_of_it / "ledger")
    [first, second] = [check for check in found.checks if "was accepted by" in check]
    assert first.startswith(
        "quarantine of surveys_responses/wave.csv was accepted by ann at 2026-01-01T09:00"
    )
    assert first.endswith("the vendor's test rows, agreed with Bo")
    assert second.startswith("stale_source of stripe")


def _changed(pack_of_it: Path, target: Path, changes: dict[str, Callable[[bytes], bytes]]) -> Path:
    opened = pack.open_checked(pack_of_it)
    files = {name: opened.text(name).encode() for name in opened.files}
    return pack.write(target, {name: changes.get(name, bytes)(text) for name, text in files.items()})[0]


def _another_reason(text: bytes) -> bytes:
    return text.replace(b"agreed with Bo", b"agreed with Al")


def _rehashed(text: bytes) -> bytes:
    """Another reason, and every link made to fit."""
    rows = list(csv.reader(io.StringIO(_another_reason(text).decode())))
    head = rows[1][-2]
    for row in rows[1:]:
        row[-2] = head
        head = row[-1] = hashing.row_hash(head, hashing.content_hash(row[:-2]))
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({evidence.PUBLICATION: _another_reason}, "name different accepted limits"),
        ({evidence.ACCEPTED: _another_reason}, "does not follow"),
        ({evidence.PUBLICATION: _another_reason, evidence.ACCEPTED: _rehashed}, "chain.csv|does not follow"),
    ],
)
def test_a_pack_with_another_reason_is_refused(
    evidence_of_it: Path, tmp_path: Path, changes: dict[str, Callable[[bytes], bytes]], message: str
) -> None:
    with pytest.raises(PackError, match=message):
        proof.verify(_changed(evidence_of_it / "pack", tmp_path / "pack", changes))
