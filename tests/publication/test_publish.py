"""A publication is whole or not there, changes only with its content, and says what is in it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publication import content, manifest, versions
from publication.gaps import Gap
from publication.history import RestatementsError
from publication.publish import PublicationError, publish, stands
from tests.publication.conftest import fill, folders

AS_OF = date(2026, 4, 1)


def test_a_publication_holds_every_table_twice_and_its_manifest(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)

    assert report.changed
    assert report.path == published / "versions" / report.version
    assert report.tables == {
        "nps_responses": 200,
        "nps_scores": 9,
        "restated_answers": 0,
        "restatements": 0,
        "revenue_restatements": 0,
    }
    assert (published / "current").resolve() == report.path.resolve()
    said = manifest.read(report.path)
    assert (said.as_of, said.definition_version, said.version) == (AS_OF, "2026-01", report.version)
    assert said.git_revision is None or len(said.git_revision) == 40
    with duckdb.connect(report.path / "nps.duckdb", read_only=True) as copy, duckdb.connect() as parquet:
        for name, entry in said.tables.items():
            file = report.path / "parquet" / f"{name}.parquet"
            assert hashlib.sha256(file.read_bytes()).hexdigest() == entry.parquet_sha256
            assert content.measure(copy, name, name).content_hash == entry.content_hash
            from_copy = copy.execute(f"from {name} order by all").fetchall()
            assert parquet.execute(f"from '{file}'").fetchall() == from_copy
            assert len(from_copy) == entry.rows


@pytest.mark.parametrize(
    "damaged", ["", "parquet", "documents", "database", "ledger", "answers", "another version"]
)
def test_a_version_stands_while_all_of_it_is_as_it_was_published(
    warehouse: Path, published: Path, damaged: str
) -> None:
    report = publish(warehouse, published, AS_OF, documents={"metrics.json": b"{}"})
    books = published.parent / "ledger"
    file = {
        "parquet": report.path / "parquet" / "nps_scores.parquet",
        "documents": report.path / content.DOCUMENTS / "metrics.json",
        "database": report.path / "nps.duckdb",
        "ledger": books / "00000001.parquet",
        "answers": published.parent / "answers" / f"{report.version}.parquet",
    }.get(damaged)
    if file:
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-1])
    version = "20200101T000000000000Z" if damaged == "another version" else report.version
    assert stands(published, version, ledger_folder=books) is not bool(damaged)


def test_descriptions_go_along(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)
    with duckdb.connect(report.path / "nps.duckdb", read_only=True) as copy:
        comments = copy.execute(
            "select comment from duckdb_tables() union all select comment from duckdb_columns()"
            " where comment is not null"
        ).fetchall()
    assert {"The governed score", "It's −100..100"} <= {comment for (comment,) in comments}


def test_published_files_are_read_only(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)
    files = [path for path in report.path.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        "nps.duckdb",
        "manifest.json",
        "head.json",
        "nps_scores.parquet",
        "nps_responses.parquet",
        "restatements.parquet",
        "restated_answers.parquet",
        "revenue_restatements.parquet",
    }
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}


def test_a_damaged_publication_is_made_again(warehouse: Path, published: Path) -> None:
    first = publish(warehouse, published, AS_OF)
    (first.path / "parquet" / "nps_scores.parquet").unlink()
    second = publish(warehouse, published, AS_OF)
    assert second.changed
    (second.path / "manifest.json").chmod(0o644)
    (second.path / "manifest.json").write_text("{}")
    assert publish(warehouse, published, AS_OF).changed


def tampered_table(version: Path) -> None:
    (version / "nps.duckdb").chmod(0o644)
    with duckdb.connect(version / "nps.duckdb") as copy:
        copy.execute("update nps_scores set nps = 99")


def tampered_bytes(name: str) -> Callable[[Path], None]:
    def tamper(version: Path) -> None:
        file = version / name
        file.chmod(0o644)
        file.write_bytes(file.read_bytes()[:-1] + b"!")

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        tampered_table,
        lambda version: os.truncate(version / "nps.duckdb", 20_000),
        tampered_bytes("parquet/nps_responses.parquet"),
        tampered_bytes("documents/osi.json"),
    ],
    ids=["a figure", "the database cut off", "a Parquet file", "a document"],
)
def test_a_publication_that_was_tampered_with_is_made_again(
    warehouse: Path, published: Path, tamper: Callable[[Path], None]
) -> None:
    documents = {"osi.json": b"{}"}
    first = publish(warehouse, published, AS_OF, documents=documents)
    tamper(first.path)
    second = publish(warehouse, published, AS_OF, documents=documents)
    assert second.changed
    assert not publish(warehouse, published, AS_OF, documents=documents).changed


def test_restatements_that_were_tampered_with_are_not_carried_on(warehouse: Path, published: Path) -> None:
    first = publish(warehouse, published, AS_OF)
    tampered_bytes("parquet/restatements.parquet")(first.path)
    with pytest.raises(RestatementsError, match=r"restatements\.parquet has changed since it was published"):
        publish(fill(warehouse, revision=1), published, AS_OF)
    assert versions.current(published) == first.path.resolve()
    assert folders(published) == [first.version]


def test_the_newest_versions_are_kept_and_never_more(warehouse: Path, published: Path) -> None:
    made = [publish(fill(warehouse, revision), published, AS_OF, keep=3).version for revision in range(6)]
    assert folders(published) == made[-3:]


def test_the_current_version_is_kept_even_if_a_clock_went_back(warehouse: Path, published: Path) -> None:
    for ahead in ("29990101T000000000000Z", "29990102T000000000000Z"):
        (published / "versions" / ahead).mkdir(parents=True)
    report = publish(warehouse, published, AS_OF, keep=1)
    assert report.path.is_dir()
    assert versions.current(published) == report.path.resolve()


def test_keeping_nothing_is_refused(warehouse: Path, published: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        publish(warehouse, published, AS_OF, keep=0)


def test_a_missing_or_empty_working_file_is_a_clear_error(tmp_path: Path, published: Path) -> None:
    with pytest.raises(PublicationError, match=r"no working file .*missing\.duckdb"):
        publish(tmp_path / "missing.duckdb", published, AS_OF)
    duckdb.connect(tmp_path / "empty.duckdb").close()
    with pytest.raises(PublicationError, match="build the publication models first"):
        publish(tmp_path / "empty.duckdb", published, AS_OF)
    (tmp_path / "torn.duckdb").write_bytes(b"not a database" * 1000)
    with pytest.raises(PublicationError, match="last publication is intact"):
        publish(tmp_path / "torn.duckdb", published, AS_OF)


@pytest.mark.parametrize("step", ["copy", "sha256"])
def test_a_failure_while_writing_leaves_the_last_publication(
    warehouse: Path, published: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = publish(warehouse, published, AS_OF)
    fill(warehouse, revision=1)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(content, step, full)
    with pytest.raises(PublicationError, match=r"No space left.*last publication is intact.*disk space"):
        publish(warehouse, published, AS_OF)
    assert folders(published) == [first.version]
    assert versions.current(published) == first.path.resolve()
    monkeypatch.undo()
    assert publish(warehouse, published, AS_OF).changed


def test_a_working_file_that_changes_meanwhile_is_not_published(
    warehouse: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = content.copy

    def change_then_copy(source: Path, *rest: Any) -> None:
        fill(source, revision=7)
        copy(source, *rest)

    monkeypatch.setattr(content, "copy", change_then_copy)
    with pytest.raises(PublicationError, match="something wrote to it meanwhile"):
        publish(warehouse, published, AS_OF)
    assert folders(published) == []


_PUBLISH = """
import os, resource, signal, sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from publication import ledger, versions
from publication.publish import PublicationError, publish
warehouse, published, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if how == "full":
    # Writing past the limit fails like a full disk does, in Python and inside the engine alike.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
else:
    room = ledger if how == "append" else versions
    setattr(room, how, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
try:
    publish(warehouse, published, date.fromisoformat(sys.argv[4]))
except PublicationError as error:
    sys.exit(f"error: {error}")
"""


def run_publisher(
    warehouse: Path, published: Path, how: str, as_of: date = AS_OF
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PUBLISH, str(warehouse), str(published), how, as_of.isoformat()],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def test_a_full_disk_is_a_clear_error(warehouse: Path, published: Path) -> None:
    first = publish(warehouse, published, AS_OF)
    fill(warehouse, revision=1, answers=50_000)
    ended = run_publisher(warehouse, published, "full")
    assert ended.returncode == 1
    assert "The last publication is intact" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert versions.current(published) == first.path.resolve()
    assert folders(published) == [first.version]


@pytest.mark.parametrize("moment", ["seal", "settle"])
def test_a_killed_run_leaves_nothing_current_and_is_cleaned_up(
    warehouse: Path, published: Path, moment: str
) -> None:
    first = publish(warehouse, published, AS_OF)
    fill(warehouse, revision=1)
    assert run_publisher(warehouse, published, moment).returncode == -9
    assert versions.current(published) == first.path.resolve()
    assert len(folders(published)) == 2
    second = publish(warehouse, published, AS_OF)
    assert folders(published) == [first.version, second.version]
    assert versions.current(published) == second.path.resolve()


def test_a_stale_source_is_published_when_it_begins_and_when_it_ends(
    warehouse: Path, published: Path
) -> None:
    lost = Gap("stripe", "2026-03-01T05:00:00+00:00", "stripe: answered 503")
    first = publish(warehouse, published, AS_OF)
    stale = publish(warehouse, published, AS_OF, gaps=[lost])
    assert stale.changed
    assert manifest.read(stale.path).gaps == (lost,)
    # the vendor says it in other words every day
    again = publish(warehouse, published, AS_OF, gaps=[replace(lost, error="stripe: answered 502")])
    assert (again.changed, again.version) == (False, stale.version)
    ended = publish(warehouse, published, AS_OF)
    assert ended.changed
    assert manifest.read(ended.path).gaps == manifest.read(first.path).gaps == ()
