"""The same sources in two places are the same publication, byte for byte, and vouch for each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from publication import manifest, reader
from tests.end_to_end.simulated import Company, company

pytestmark = [pytest.mark.xdist_group("two_places"), pytest.mark.long]


def published(place: Company) -> tuple[Path, manifest.Manifest]:
    done = place.nps("refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = (place.home / "published" / "current").resolve()
    return folder, reader.manifest(place.home / "published")


def test_two_places_publish_the_same_and_their_evidence_is_exchangeable(tmp_path: Path) -> None:
    with company(tmp_path / "one") as one:
        here, said_here = published(one)
        pack = tmp_path / "evidence.zip"
        audited = one.nps("audit", "--segment", "branch", "--period", "year", "--pack", str(pack))
        assert audited.returncode == 0, audited.stdout + audited.stderr
    with company(tmp_path / "other") as other:
        there, said_there = published(other)
        verified = other.nps("audit", "verify", str(pack), "--here")
    assert said_here.tables == said_there.tables
    assert said_here.documents == said_there.documents
    assert said_here.documents
    assert (said_here.ledger, said_here.ledger_head) == (said_there.ledger, said_there.ledger_head)
    for name in said_here.tables:
        file = f"parquet/{name}.parquet"
        assert (here / file).read_bytes() == (there / file).read_bytes(), name
    assert verified.returncode == 0, verified.stderr
    assert "has the same publication 1" in verified.stdout
