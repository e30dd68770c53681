"""A vendor fails for a week: the others go on, every publication says so, and nothing of it is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from demo.vendors import scripts, typeform
from publication import ledger, manifest
from tests.end_to_end.simulated import HISTORY_END, Company, company

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("a_vendor_that_fails")]

PATIENCE = {"RUNTIME__REQUEST_MAX_ATTEMPTS": "2", "RUNTIME__REQUEST_BACKOFF_FACTOR": "0.01"}


def published(at: Company) -> manifest.Manifest:
    return manifest.read((at.home / "published" / "current").resolve())


def answers(at: Company) -> int:
    with at.published() as copy:
        [(found,)] = copy.execute(
            "select sum(responses) from nps_scores where segment = 'company' and period_grain = 'all_time'"
            " and measure = 'in_period'"
        ).fetchall()
    return int(found)


def test_a_vendor_that_fails_holds_up_nobody_else(tmp_path: Path) -> None:
    with company(tmp_path / "home") as at:
        at.environment.update(PATIENCE)
        # its list is there only from the second refresh on
        nowhere = typeform.settings("http://127.0.0.1:9")
        at.environment.update(nowhere)
        never = at.nps("refresh")
        assert never.returncode == 1
        assert "nothing was ever loaded of typeform" in never.stderr
        assert not (at.home / "published" / "current").exists()

        accepting = ("--accept", "incomplete_source:typeform", "--reason", "it begins next month")
        without = at.nps("refresh", *accepting)
        assert without.returncode == 1, "a load failed"
        assert "is published without what is new there" in without.stderr, without.stdout + without.stderr
        [accepted] = published(at).accepted
        assert (accepted.limit, accepted.subject) == ("incomplete_source", "typeform")
        assert ledger.accepted_in(ledger.read(at.home / "ledger", 1)) == (accepted,)
        [gap] = published(at).gaps
        assert (gap.source, gap.since) == ("typeform", None)
        for name in nowhere:
            del at.environment[name]

        before = answers(at)
        at.move_to(HISTORY_END + timedelta(days=7))
        at.servers.faults.script(scripts.refused(r"/v1/", 503, times=None))
        failed = at.nps("refresh")
        assert failed.returncode == 1
        assert "stripe is stale since" in failed.stderr, failed.stdout + failed.stderr
        assert "answered 503" in failed.stderr
        assert answers(at) > before, "the others go on"
        [gap] = published(at).gaps
        assert gap.source == "stripe"
        assert gap.since is not None
        pages = (at.home / "published" / "current").resolve() / "pages"
        assert "stripe is stale since" in (pages / "index.html").read_text("utf-8")
        assert "answered 503" in (pages / "quality.html").read_text("utf-8")
        assert "stripe is stale since" in at.nps("sources").stdout
        stale = published(at).version

        at.servers.faults.scripts.clear()
        well = at.nps("refresh")
        assert well.returncode == 0, well.stdout + well.stderr
        assert published(at).gaps == ()
        assert published(at).version != stale
        assert "stale since" not in at.nps("sources").stdout
