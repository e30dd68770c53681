"""Pages beside the publications say what the guard found, and lead to all there is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from expectations.runner import Check
from publication.acceptance import Acceptance
from publication.manifest import Manifest
from review import reports

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
HOLDS = Check("ExpectA", "marts.facts", True, "0 offending rows", "Every band follows the score")
BROKEN = Check(
    "ExpectB",
    "marts.facts",
    False,
    "2 offending rows",
    "Every answer has a branch",
    [{"answer_id": "<R1>", "branch": None}, {"answer_id": "R2", "why": "late"}],
)
SAID = Manifest(
    version="20260304T050607000000Z",
    published_at=AT,
    as_of=date(2026, 3, 4),
    definition_version="2023.1",
    git_revision=None,
    tables={},
    sequence=7,
    ledger_head="abc123",
    ledger={},
    documents={},
)


def test_a_stage_that_holds_says_every_sentence(tmp_path: Path) -> None:
    text = reports.stage(tmp_path / "reports", "marts", [HOLDS], AT).read_text("utf-8")
    assert "All 1 sentences hold." in text
    assert "2026-03-04 at 05:06 UTC" in text
    assert HOLDS.sentence in text
    assert (tmp_path / "reports" / "style.css").is_file()


def test_what_does_not_hold_is_shown_first_with_its_rows(tmp_path: Path) -> None:
    text = reports.stage(tmp_path, "marts", [HOLDS, BROKEN], AT).read_text("utf-8")
    assert "1 of 2 sentences do not hold." in text
    first, _, every = text.partition("Every sentence")
    assert f"{BROKEN.sentence}: {BROKEN.observed}" in first
    assert HOLDS.sentence not in first
    assert "<tr><td>&lt;R1&gt;</td><td></td><td></td></tr>" in first
    assert "<tr><td>R2</td><td></td><td>late</td></tr>" in first
    assert every.count("<strong>no</strong>") == 1


def test_an_exceeded_limit_is_first_and_says_who_accepted_it(tmp_path: Path) -> None:
    kept = reports.Limit("quarantine", "files/answers", 0.5, 2, "percent", 3, False, "a.csv, row 4")
    exceeded = reports.Limit("stale_source", "stripe/invoices", 9.0, 7, "days", 1, True, None)
    accepted = Acceptance("stale_source", "stripe/invoices", 9.0, 7.0, "Ann", "2026-03-04", "holiday")
    alone = reports.limits(tmp_path, [kept, exceeded], [], AT).read_text("utf-8")
    assert alone.index("stripe/invoices") < alone.index("files/answers")
    assert "<strong>no</strong></td>" in alone
    assert "9 days" in alone
    assert "such as a.csv, row 4" in alone
    both = reports.limits(tmp_path, [kept, exceeded], [accepted], AT).read_text("utf-8")
    assert "<strong>no</strong>, accepted by Ann: “holiday”" in both


def test_the_first_page_leads_to_what_there_is_and_to_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    nothing = reports.front(folder, None, False, "http://127.0.0.1:3000").read_text("utf-8")
    assert "Nothing is published yet" in nothing
    assert "The guard has not run yet" in nothing
    assert "published/current" not in nothing
    assert reports.MODELS not in nothing
    reports.stage(folder, "raw", [HOLDS], AT)
    (folder / reports.MODELS).touch()
    without = reports.front(folder, SAID, False, "http://127.0.0.1:3000").read_text("utf-8")
    assert "nps site --to DIR" in without
    assert "pages/index.html" not in without
    assert 'href="raw.html"' in without
    assert 'href="marts.html"' not in without
    text = reports.front(folder, SAID, True, "http://127.0.0.1:3000").read_text("utf-8")
    for said in ("Publication 7", "2026-03-04", "abc123", 'href="dbt.html"', 'href="http://127.0.0.1:3000"'):
        assert said in text
    assert 'href="../published/current/pages/index.html"' in text
