"""A vendor fails: the others go on, and the publication says so; what was never loaded, a person decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.vendors import scripts, typeform
from publication import ledger, manifest
from tests.end_to_end.conftest import pages_of
from tests.end_to_end.simulated import Company, company

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("a_vendor_that_fails")]

PATIENCE = {"RUNTIME__REQUEST_MAX_ATTEMPTS": "2", "RUNTIME__REQUEST_BACKOFF_FACTOR": "0.01"}
NOWHERE = typeform.settings("http://127.0.0.1:9")


def published(at: Company) -> manifest.Manifest:
    return manifest.read((at.home / "published" / "current").resolve())


@pytest.fixture
def loaded(tmp_path: Path) -> Iterator[Company]:
    """Everything is loaded but Typeform, which was never there, so that nothing is built."""
    with company(tmp_path / "home") as at:
        at.environment.update(PATIENCE | NOWHERE)
        never = at.nps("refresh")
        assert never.returncode == 1
        assert "nothing was ever loaded of typeform" in never.stderr
        assert "--accept incomplete_source:typeform" in never.stderr
        assert not (at.home / "published" / "current").exists()
        yield at


def test_a_vendor_that_fails_holds_up_nobody_else(loaded: Company, tmp_path: Path) -> None:
    for name in NOWHERE:
        del loaded.environment[name]
    loaded.servers.faults.script(scripts.refused(r"/v1/", 503, times=None))
    failed = loaded.nps("refresh")
    assert failed.returncode == 1
    assert "stripe is stale since" in failed.stderr, failed.stdout + failed.stderr
    assert "answered 503" in failed.stderr
    assert "is published without what is new there" in failed.stderr
    [gap] = published(loaded).gaps
    assert (gap.source, gap.since is not None) == ("stripe", True)
    pages = pages_of(loaded, tmp_path / "site")
    assert "stripe is stale since" in (pages / "index.html").read_text("utf-8")
    assert "answered 503" in (pages / "quality.html").read_text("utf-8")
    assert "stripe is stale since" in loaded.nps("sources").stdout
    with loaded.published() as copy:
        [(accounts,)] = copy.execute(
            "select sum(accounts) from revenue_coverage where segment = 'company'"
        ).fetchall()
    assert accounts, "what was loaded of it before is in the figures"


def test_what_was_never_loaded_is_left_out_where_somebody_accepts_it(loaded: Company) -> None:
    accepting = ("--accept", "incomplete_source:typeform", "--reason", "it begins next month")
    without = loaded.nps("refresh", *accepting)
    assert without.returncode == 1, "a load failed"
    assert "is published without what is new there" in without.stderr, without.stdout + without.stderr
    [accepted] = published(loaded).accepted
    assert (accepted.limit, accepted.subject) == ("incomplete_source", "typeform")
    assert ledger.accepted_in(ledger.read(loaded.home / "ledger", 1)) == (accepted,)
    [gap] = published(loaded).gaps
    assert (gap.source, gap.since) == ("typeform", None)
