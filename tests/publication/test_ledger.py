"""The ledger only grows, follows from itself row by row, and shows every change made to it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from publication import content, hashing, ledger, manifest, versions
from publication.figure import COUNTS, DIMENSIONS, KEY
from publication.hashing import LedgerError
from publication.publish import PublicationError, publish
from tests.publication.test_publish import run_publisher
from tests.publication.warehouse import fill, some

AS_OF = date(2026, 1, 1)


@pytest.fixture(scope="module")
def three_publications(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("history")
    for sequence, as_of in enumerate((AS_OF, date(2026, 1, 2), date(2026, 1, 3))):
        publish(fill(home / "warehouse.duckdb", some(60 + sequence), as_of), home / "published", as_of)
    return home


@pytest.fixture
def books(three_publications: Path, tmp_path: Path) -> Path:
    """A ledger of three publications, beside `published`, of `warehouse.duckdb`."""
    shutil.copytree(three_publications, tmp_path / "home", symlinks=True)
    return tmp_path / "home" / "ledger"


def test_every_published_figure_is_a_row_with_its_unsuppressed_counts(tmp_path: Path) -> None:
    warehouse = fill(tmp_path / "warehouse.duckdb", some(), AS_OF)
    report = publish(warehouse, tmp_path / "published", AS_OF)
    with duckdb.connect(warehouse, read_only=True) as connection:
        columns = ", ".join((*KEY, *COUNTS, ledger.FINGERPRINT))
        expected = connection.execute(f"select {columns} from marts.fct_nps_cells order by all").fetchall()
        hidden = connection.execute(
            "select count(*) from publication.nps_scores where promoters is null"
        ).fetchall()
        written = connection.execute(
            f"select {columns} from read_parquet('{tmp_path}/ledger/00000001.parquet')"
        ).fetchall()
    assert hidden != [(0,)], "nothing is suppressed"
    assert written == expected
    said = manifest.read(report.path)
    assert (report.sequence, said.sequence) == (1, 1)
    assert list(said.ledger) == ["00000001.parquet"]


def test_the_chain_can_be_followed_with_nothing_but_hashlib_and_json(books: Path) -> None:
    previous = "0" * 64
    for file in sorted(books.iterdir()):
        for row in pq.read_table(file).to_pylist():
            content_text = json.dumps(
                [str(row[name]) for name in ledger.columns_of(DIMENSIONS)],
                separators=(",", ":"),
                ensure_ascii=False,
            )
            digest = hashlib.sha256(content_text.encode()).hexdigest()
            assert row["previous_hash"] == previous
            previous = hashlib.sha256((previous + digest).encode()).hexdigest()
            assert row["row_hash"] == previous
    assert ledger.verify(books).head == previous
    current = versions.current(books.parent / "published")
    assert current
    assert manifest.read(current).ledger_head == previous


def test_large_fingerprints_and_odd_names_are_kept_to_the_digit() -> None:
    row = ["1", "2026-01-01", *['a "quoted" ⟂ name'] * 13, "1", "2", "3", "6", str(10**37 + 1)]
    assert hashing.content_hash(row) != hashing.content_hash([*row[:-1], str(10**37 + 2)])
    fingerprint = pa.array([10**37 + 1], pa.decimal128(38, 0))
    assert pc.cast(fingerprint, pa.string()).to_pylist() == [str(10**37 + 1)]


def test_the_same_history_in_two_places_is_the_same_ledger(books: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    for sequence, as_of in enumerate((AS_OF, date(2026, 1, 2), date(2026, 1, 3))):
        answers = list(reversed(some(60 + sequence)))
        publish(fill(other / "warehouse.duckdb", answers, as_of), other / "published", as_of)
    files = {file.name: file.read_bytes() for file in books.iterdir()}
    assert {file.name: file.read_bytes() for file in (other / "ledger").iterdir()} == files


def test_what_is_not_published_again_is_not_in_the_ledger_again(books: Path) -> None:
    before = sorted(books.iterdir())
    report = publish(books.parent / "warehouse.duckdb", books.parent / "published", date(2026, 1, 3))
    assert (report.changed, report.sequence, sorted(books.iterdir())) == (False, 3, before)


def rewritten(file: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    file.chmod(0o644)
    pq.write_table(change(pq.read_table(file)), file, compression="zstd")


def one_more_promoter(rows: pa.Table) -> pa.Table:
    counts: list[Any] = rows.column("promoters").to_pylist()
    promoters = [count + (index == 7) for index, count in enumerate(counts)]
    place = rows.column_names.index("promoters")
    return rows.set_column(place, "promoters", pa.array(promoters, pa.int64()))


def rechained(rows: pa.Table) -> pa.Table:
    """The change of an adversary who knows how the chain is made."""
    changed = one_more_promoter(rows).drop_columns(["previous_hash", "row_hash", "sequence", "as_of"])
    return ledger.chained(changed, rows["sequence"][0].as_py(), rows["as_of"][0].as_py(), "0" * 64)


def cut_off(file: Path) -> None:
    file.chmod(0o644)
    os.truncate(file, 4000)


BREAKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed count": (lambda books: rewritten(books / "00000002.parquet", one_more_promoter), "00000002"),
    "a row taken out": (
        lambda books: rewritten(books / "00000001.parquet", lambda rows: rows.slice(1)),
        "00000001",
    ),
    "a row at the end taken out": (
        lambda books: rewritten(books / "00000003.parquet", lambda rows: rows.slice(0, rows.num_rows - 1)),
        "00000003",
    ),
    "a file changed with its chain": (
        lambda books: rewritten(books / "00000001.parquet", rechained),
        "00000001",
    ),
    "a file missing in the middle": (
        lambda books: (books / "00000002.parquet").unlink(),
        "00000002.*missing",
    ),
    "the last file missing": (lambda books: (books / "00000003.parquet").unlink(), "00000003.*missing"),
    "a file cut off": (lambda books: cut_off(books / "00000003.parquet"), "00000003"),
    "one file in another's place": (
        lambda books: shutil.copy(books / "00000001.parquet", books / "00000004.parquet"),
        "00000004",
    ),
    "the whole ledger gone": (lambda books: shutil.rmtree(books), "00000001.*missing"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_chain_stops_publication(books: Path, name: str) -> None:
    act, said = BREAKS[name]
    published = books.parent / "published"
    before = versions.current(published)
    act(books)
    fill(books.parent / "warehouse.duckdb", some(70), date(2026, 1, 20))
    with pytest.raises(LedgerError, match=said):
        publish(books.parent / "warehouse.duckdb", published, date(2026, 1, 20))
    assert versions.current(published) == before


def test_a_chain_without_a_manifest_is_followed_from_its_first_row(books: Path) -> None:
    rewritten(books / "00000001.parquet", rechained)
    with pytest.raises(LedgerError, match=r"chain breaks in .*00000002\.parquet at row 1 "):
        ledger.verify(books)


def test_a_ledger_that_ends_otherwise_than_published_stops_publication(books: Path) -> None:
    current = versions.current(books.parent / "published")
    assert current
    file = current / "manifest.json"
    file.chmod(0o644)
    file.write_text(file.read_text().replace(manifest.read(current).ledger_head, "f" * 64))
    with pytest.raises(LedgerError, match=r"publication .* recorded ffff.*restore"):
        publish(books.parent / "warehouse.duckdb", books.parent / "published", AS_OF)


def test_figures_of_another_build_are_not_published(tmp_path: Path) -> None:
    warehouse = fill(tmp_path / "warehouse.duckdb", some(), AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute("delete from marts.fct_nps_cells where branch = 'B2' and period_grain = 'month'")
    with pytest.raises(PublicationError, match=r"figures .* differ between marts\.fct_nps_cells"):
        publish(warehouse, tmp_path / "published", AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute("drop table marts.fct_nps_cells")
    with pytest.raises(PublicationError, match="fct_nps_cells"):
        publish(warehouse, tmp_path / "published", AS_OF)
    assert not list(tmp_path.glob("ledger/*.parquet"))


@pytest.mark.parametrize("step", ["settle", "append", "make_current"])
def test_killed_between_any_two_steps_the_next_run_ends_where_one_run_does(tmp_path: Path, step: str) -> None:
    as_of = date(2026, 1, 2)
    published, books = tmp_path / "published", tmp_path / "ledger"
    warehouse = fill(tmp_path / "warehouse.duckdb", some(), AS_OF)
    first = publish(warehouse, published, AS_OF)
    fill(warehouse, some(61), as_of)
    killed = run_publisher(warehouse, published, step, as_of)
    assert killed.returncode == -9, killed.stderr
    assert versions.current(published) == first.path.resolve()
    in_ledger = [file.name for file in sorted(books.glob("0*.parquet"))]
    assert in_ledger == ["00000001.parquet", "00000002.parquet"][: 2 if step == "make_current" else 1]

    second = publish(warehouse, published, as_of)
    assert (second.changed, second.sequence) == (True, 2)
    assert [file.name for file in sorted(books.iterdir())] == ["00000001.parquet", "00000002.parquet"]
    assert ledger.verify(books).head == manifest.read(second.path).ledger_head
    third = publish(fill(warehouse, some(62), date(2026, 1, 3)), published, date(2026, 1, 3))
    assert third.sequence == 3
    assert ledger.verify(books).sequence == 3


def test_a_publication_without_a_figure_is_an_empty_file_in_the_chain(tmp_path: Path) -> None:
    warehouse, published = tmp_path / "warehouse.duckdb", tmp_path / "published"
    fill(warehouse, some(), AS_OF)
    with duckdb.connect(warehouse) as connection:
        for table in ("marts.fct_nps_cells", "publication.nps_scores", "publication.nps_responses"):
            connection.execute(f"delete from {table}")
    empty = publish(warehouse, published, AS_OF)
    assert manifest.read(empty.path).ledger_head == hashing.GENESIS
    second = publish(fill(warehouse, some(), AS_OF), published, AS_OF)
    assert second.sequence == ledger.verify(tmp_path / "ledger").sequence == 2


def test_documents_go_along_and_a_changed_one_is_a_publication(tmp_path: Path) -> None:
    warehouse = fill(tmp_path / "warehouse.duckdb", some(), AS_OF)
    documents = {"osi_document.json": b'{"semantic_model": []}'}
    first = publish(warehouse, tmp_path / "published", AS_OF, documents=documents)
    written = first.path / "documents" / "osi_document.json"
    assert written.read_bytes() == documents["osi_document.json"]
    assert manifest.read(first.path).documents == {"osi_document.json": content.sha256(written)}
    assert not publish(warehouse, tmp_path / "published", AS_OF, documents=documents).changed
    assert publish(warehouse, tmp_path / "published", AS_OF, documents={"osi_document.json": b"{}"}).changed


UNTRUSTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "gone": (lambda file: file.unlink(), "is missing"),
    "cut off": (lambda file: file.write_bytes(file.read_bytes()[:99]), "cannot be read"),
    "a column less": (
        lambda file: rewritten(file, lambda rows: rows.drop_columns(["row_hash"])),
        "has the columns",
    ),
}


@pytest.mark.parametrize("name", UNTRUSTED)
def test_a_file_that_no_manifest_vouches_for_must_be_whole(books: Path, name: str) -> None:
    change, said = UNTRUSTED[name]
    file = books / ledger.file_name(2)
    file.chmod(0o644)
    change(file)
    with pytest.raises(LedgerError, match=f"{file.name} {said}"):
        ledger.verify(books)


def test_a_file_of_the_ledger_is_never_written_over(books: Path) -> None:
    written = ledger.draft(books, {ledger.file_name(3): ledger.read(books, 3)})[ledger.file_name(3)]
    with pytest.raises(LedgerError, match="already exists; files of the ledger are never replaced"):
        ledger.append(written)
