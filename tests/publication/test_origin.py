"""What a publication was made from stays, also when its version is pruned, and nobody changes it unseen."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from publication import origin
from publication.hashing import LedgerError
from publication.origin import Draft, Loads, Origin
from publication.publish import publish
from tests.publication.conftest import fill
from witness import record

AS_OF = date(2026, 4, 1)
FLOORS = b"segment,floor\nbranch,30\n"


def made_from(text: bytes = FLOORS) -> Draft:
    digest = hashlib.sha256(text).hexdigest()
    what = Origin(
        as_of=AS_OF.isoformat(),
        vendors=("qualtrics", "files"),
        raw={"raw_files": Loads(2, "1780000000.5", {"intake": 7})},
        company={"definition/reportability_floors.csv": digest},
        release={"dbt_project": "0" * 64},
        libraries={"duckdb": "1.5.0"},
    )
    return Draft(what, {digest: text})


def test_it_stays_when_its_version_is_pruned(warehouse: Path, published: Path) -> None:
    first = publish(warehouse, published, AS_OF, keep=1, made_from=made_from())
    fill(warehouse, 1)
    publish(warehouse, published, AS_OF, keep=1, made_from=made_from(b"segment,floor\nbranch,40\n"))
    assert not first.path.exists()
    heads = record.kept(published.parent / "heads")
    kept = origin.kept(published.parent / "origins", heads[1].record)
    assert kept.vendors == ("qualtrics", "files")
    assert kept.raw["raw_files"] == Loads(2, "1780000000.5", {"intake": 7})
    assert {*kept.tables} == {"nps_scores", "nps_responses"}
    [digest] = kept.company.values()
    assert origin.text(published.parent / "origins", digest) == FLOORS


def test_the_same_folder_is_kept_once(warehouse: Path, published: Path) -> None:
    for revision in range(3):
        fill(warehouse, revision)
        publish(warehouse, published, AS_OF, made_from=made_from())
    folder = published.parent / "origins"
    assert sorted(path.name for path in folder.glob("*.json")) == [f"0000000{n}.json" for n in (1, 2, 3)]
    assert len([*(folder / "texts").iterdir()]) == 1


def test_what_a_killed_run_did_not_keep_is_kept_by_the_next(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, AS_OF, made_from=made_from())
    file = published.parent / "origins" / "00000001.json"
    said = file.read_bytes()
    file.unlink()
    publish(warehouse, published, AS_OF, made_from=made_from())
    assert file.read_bytes() == said


def read_again(folder: Path, head: record.Record) -> list[bytes]:
    return [origin.text(folder, digest) for digest in origin.kept(folder, head).company.values()]


@pytest.mark.parametrize("what", ["changed", "gone", "text changed", "text gone"])
def test_what_was_changed_or_is_gone_is_named(warehouse: Path, published: Path, what: str) -> None:
    publish(warehouse, published, AS_OF, made_from=made_from())
    folder = published.parent / "origins"
    head = record.kept(published.parent / "heads")[1].record
    [text] = (folder / "texts").iterdir()
    file = text if what.startswith("text") else folder / "00000001.json"
    file.chmod(0o600)
    if what.endswith("gone"):
        file.unlink()
    else:
        file.write_bytes(file.read_bytes().replace(b"30", b"20") + b"\n")
    with pytest.raises(LedgerError, match=file.name):
        read_again(folder, head)


def test_a_publication_of_an_earlier_release_says_so(warehouse: Path, published: Path) -> None:
    publish(warehouse, published, AS_OF)
    head = record.kept(published.parent / "heads")[1].record
    with pytest.raises(LedgerError, match="earlier release"):
        origin.kept(published.parent / "origins", head)


@pytest.mark.parametrize("text", [b"", b"[]", b'{"format": "nps origin 2"}', b'{"format": "nps origin 1"}'])
def test_what_is_no_origin_is_refused(text: bytes) -> None:
    with pytest.raises(LedgerError, match=r"there\.json"):
        origin.read(text, "there.json")
