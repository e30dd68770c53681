"""A publication has a record of its head, signed where a key is given; a pack needs the public key only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.cli import verifying
from orchestration.cli.verifying import Given
from publication import evidence, ledger, manifest, pack, proof
from publication.evidence import Table
from publication.figure import KEY
from publication.hashing import LedgerError
from publication.pack import PackError
from publication.publish import publish
from publication.selection import Question
from tests.publication.published_twice import AS_OF, collected, version
from tests.publication.warehouse import fill, some
from witness import checking, keys, record

RECOUNTED = ("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("etc") / "acme.key"
    keys.new(path)
    return path


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> Path:
    """A place with an unsigned and a signed publication."""
    home = tmp_path_factory.mktemp("home")
    for number, signer in ((60, None), (62, keys.private(key_file))):
        warehouse = fill(home / "warehouse.duckdb", some(number), AS_OF)
        publish(warehouse, home / "published", AS_OF, signer=signer)
    return home


@pytest.fixture(scope="module")
def packed(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = collected(signed, Question(period="all_time"))
    recounted = Table((*KEY, *RECOUNTED), evidence.only(found.figures, (*KEY, *RECOUNTED)))
    files = evidence.files(found, version(signed), ledger.read(signed / "ledger", 2), recounted)
    return pack.write(tmp_path_factory.mktemp("pack") / "evidence", files)[1]


def test_the_record_is_of_manifest_and_head_and_is_kept_when_versions_go(
    signed: Path, key_file: Path
) -> None:
    own, said = record.of_version(version(signed)), manifest.read(version(signed))
    assert own is not None
    assert own.signature is not None
    assert (own.record.sequence, own.record.ledger_head) == (2, said.ledger_head)
    digest = hashlib.sha256((version(signed) / "manifest.json").read_bytes()).hexdigest()
    assert own.record.manifest_sha256 == digest
    kept = record.kept(signed / "heads")
    assert kept[2] == own
    assert kept[1].signature is None
    heads = ledger.verify(signed / "ledger").heads
    verdict = checking.signatures(heads, kept, keys.public_keys(keys.public_file(key_file)), demanded=True)
    assert verdict.fails == ()
    assert verdict.holds == (
        "publication 2: signed, and the signature is valid",
        "publication 1: not signed",
    )


def test_a_kept_record_that_was_changed_stops_the_next_publication(signed: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(signed, tmp_path / "home", symlinks=True))
    file = home / "heads" / "00000002.json"
    file.chmod(0o600)
    file.write_bytes(b"{}")
    with pytest.raises(LedgerError, match=r"00000002\.json holds something else"):
        publish(home / "warehouse.duckdb", home / "published", AS_OF)


def test_nothing_is_published_if_it_cannot_be_signed(tmp_path: Path) -> None:
    class Broken:
        key = "0123456789abcdef"

        def sign(self, message: bytes) -> bytes:
            raise RuntimeError("the key is gone")

    warehouse = fill(tmp_path / "warehouse.duckdb", some(), AS_OF)
    with pytest.raises(RuntimeError, match="the key is gone"):
        publish(warehouse, tmp_path / "published", AS_OF, signer=Broken())
    assert not (tmp_path / "published" / "current").exists()
    assert [path.suffix for path in (tmp_path / "ledger").iterdir() if not path.name.startswith(".")] == []


def test_a_pack_is_verified_elsewhere_with_the_public_key_only(
    packed: Path, key_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    shutil.copy(packed, tmp_path / "other" / "evidence.zip")
    shutil.copy(keys.public_file(key_file), tmp_path / "other" / "acme.pub")
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from orchestration.cli import main; main()"),
            *("audit", "verify", "evidence.zip", "--key", "acme.pub"),
        ],
        cwd=tmp_path / "other",
        env={**os.environ, "NPS_HOME": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "publication 2: signed, and the signature is valid" in done.stdout
    assert not (tmp_path / "none").exists(), "no state folder is made"


def test_a_pack_is_verified_with_what_is_given_only(
    packed: Path, signed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verifying.pack(packed, Given(), here=False) == 0
    assert "which is not checked: name the key" in capsys.readouterr().out
    keys.new(tmp_path / "stranger")
    assert verifying.pack(packed, Given(keys=(tmp_path / "stranger.pub",)), here=False) == 1
    assert "which is not among those that are known" in capsys.readouterr().err
    assert verifying.pack(packed, Given((signed / "heads",)), here=False) == 0
    assert "saw the same, up to publication 2" in capsys.readouterr().out
    digest = tmp_path / "digest.txt"
    digest.write_text(f"number 2 of the ledger, head {'0' * 64}")
    assert verifying.pack(packed, Given((digest,)), here=False) == 1
    assert "publication 2, or one before it, is the first that differs" in capsys.readouterr().err


def altered(packed: Path, target: Path, **changes: bytes | None) -> Path:
    """The pack with other files, its own manifest in line."""
    files = {**pack.open_checked(packed).files}
    for name, text in changes.items():
        whole = f"{name}.json" if name == "head" else "head.sig"
        if text is None:
            del files[whole]
        else:
            files[whole] = text
    return pack.write(target, files)[1]


def test_a_record_in_a_pack_is_of_its_publication(packed: Path, tmp_path: Path, key_file: Path) -> None:
    head = pack.open_checked(packed).files[record.FILE]
    for place, text in enumerate((head.replace(b'"sequence": 2', b'"sequence": 3'), b"{}", b"[" * 10_000)):
        with pytest.raises(PackError, match=r"head\.json in .* is "):
            proof.verify(altered(packed, tmp_path / f"{place}", head=text))
    public = keys.public_keys(keys.public_file(key_file))
    changes: list[tuple[dict[str, bytes | None], str]] = [
        ({"sig": b"x" * 64}, "has a signature that is not that of key"),
        ({"sig": None}, "has lost its signature"),
        ({"sig": None, "head": None}, "is not signed, so the key proves nothing"),
        (
            {"head": head.replace(b'"version": "', b'"version": "x')},
            "has a signature that is not that of key",
        ),
    ]
    for place, (change, message) in enumerate(changes):
        found = proof.verify(altered(packed, tmp_path / f"signature{place}", **change))
        records = {2: found.recorded} if found.recorded else {}
        verdict = checking.signatures({2: found.head}, records, public, demanded=True)
        assert message in verdict.fails[0]


def test_an_unsigned_publication_says_so() -> None:
    own = record.Record(1, "2026-01-01", "v", "2026-01-01T00:00:00+00:00", "0" * 64, "1" * 64)
    assert record.written(own, None) == {record.FILE: own.as_bytes()}
    head = record.within(record.written(own, None), "here")
    assert head is not None
    verdict = checking.signatures({1: "0" * 64}, {1: head}, {})
    assert (verdict.holds, verdict.fails) == (("publication 1: not signed",), ())
