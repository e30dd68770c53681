"""A company whose state folder is lost goes on from its backup: same figures, same ledger, same answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publication import manifest
from tests.end_to_end.simulated import Company

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("end_to_end")]


def test_a_restored_company_goes_on_where_it_was(refreshed: Company, tmp_path: Path) -> None:
    archive, restored = tmp_path / "company.tar", replace(refreshed, home=tmp_path / "restored")
    kept = refreshed.nps("backup", str(archive), "--untried")
    assert kept.returncode == 0, kept.stderr
    back = refreshed.nps("restore", str(archive), "--to", str(restored.home))
    assert back.returncode == 0, back.stderr
    assert "1 publications in the ledger" in back.stdout
    before = manifest.read(restored.home / "published" / "current")
    verified = restored.nps("audit", "verify")
    assert verified.returncode == 0, verified.stderr
    again = restored.nps("refresh")
    assert again.returncode == 0, again.stdout + again.stderr
    after = manifest.read(restored.home / "published" / "current")
    assert {name: table.content_hash for name, table in after.tables.items()} == {
        name: table.content_hash for name, table in before.tables.items()
    }
    with restored.published() as one, refreshed.published() as other:
        counted = "select sum(answers) from response_dispositions"
        assert one.execute(counted).fetchall() == other.execute(counted).fetchall()
