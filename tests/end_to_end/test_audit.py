"""A published figure can be taken and proved, and its evidence verified where there is no warehouse."""

from __future__ import annotations

import json
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from publication import versions
from tests.end_to_end.simulated import NPS, Company

pytestmark = pytest.mark.xdist_group("end_to_end")

FIGURE = ("--survey-type", "relationship", "--period", "quarter", "--period-start", "2025-04-01")


@pytest.fixture(scope="module")
def evidence(refreshed: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of a quarter's figure, by the command a person types."""
    folder = tmp_path_factory.mktemp("audit") / "evidence"
    audited = refreshed.nps("audit", *FIGURE, "--pack", str(folder))
    assert audited.returncode == 0, audited.stdout + audited.stderr
    with refreshed.published() as connection:
        [(responses,)] = connection.execute(
            "select responses from nps_scores where measure = 'in_period' and segment = 'company'"
            " and survey_type = 'relationship' and period_start = '2025-04-01' and period_grain = 'quarter'"
        ).fetchall()
    for said in (
        f"{responses} answers in these figures",
        "quarantine_window",
        "score_band",
        "raw_qualtrics.responses",
        "the recount from the vendors' records agrees on 1 figure\n",
        "the ledger's chain holds",
    ):
        assert said in audited.stdout
    return folder


def elsewhere(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """The command on a machine that has neither the warehouse nor anything else of the company."""
    environment = {"PATH": "/usr/bin:/bin", "NPS_HOME": str(home / "nothing"), "HOME": str(home)}
    return subprocess.run([NPS, *arguments], cwd=home, env=environment, capture_output=True, text=True)


def test_the_pack_has_all_an_auditor_asks_for(evidence: Path) -> None:
    with zipfile.ZipFile(evidence.with_suffix(".zip")) as opened:
        names = set(opened.namelist())
        results = json.loads(opened.read("records/guard/publication.json"))
        ran = json.loads(opened.read("records/dbt/run_results.publication_models.json"))["results"]
    assert {
        "manifest.json",
        "head.json",
        "answers.csv",
        "exclusions.csv",
        "definition.csv",
        "lineage.csv",
        "recount.csv",
        "ledger/rows.csv",
        "ledger/chain.csv",
        "documents/osi_document.json",
        "records/dbt/manifest.json",
        "records/dbt/run_results.marts.json",
        "records/sql/nps_scores.sql",
        "records/sql/fct_survey_responses.sql",
        "records/sql/int_survey_answers__dispositioned.sql",
    } <= names
    assert results
    assert all(result["success"] for result in results)
    assert not {result["status"] for result in ran} & {"error", "fail", "skipped"}


def test_nothing_personal_leaves_with_the_pack(evidence: Path, refreshed: Company) -> None:
    emails = {email for email in refreshed.world.contacts.column("email").to_pylist() if email}
    names = set(refreshed.world.accounts.column("name").to_pylist())
    for name in ("figures", "answers", "exclusions", "definition", "lineage", "recount", "ledger/rows"):
        text = (evidence / f"{name}.csv").read_text("utf-8")
        assert not [word for word in (*emails, *names) if word in text], name
    for file in (evidence / "records" / "guard").iterdir():
        assert not [email for email in emails if email in file.read_text("utf-8")], file


def test_it_verifies_where_there_is_no_warehouse(evidence: Path, tmp_path: Path) -> None:
    for pack in (evidence.with_suffix(".zip"), evidence):
        verified = elsewhere("audit", "verify", str(pack), home=tmp_path)
        assert verified.returncode == 0, verified.stderr
        assert "counts and fingerprints follow from" in verified.stdout
    assert not (tmp_path / "nothing").exists()


def test_one_changed_byte_is_named_and_code_1(evidence: Path, tmp_path: Path) -> None:
    good = evidence.with_suffix(".zip").read_bytes()
    with zipfile.ZipFile(evidence.with_suffix(".zip")) as opened:
        place = good.index(opened.read("answers.csv")) + 1_000
    bad = tmp_path / "bad.zip"
    bad.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
    verified = elsewhere("audit", "verify", str(bad), home=tmp_path)
    assert verified.returncode == 1
    [line] = verified.stderr.splitlines()
    assert "answers.csv" in line


def test_everything_published_in_a_quarter_is_audited_at_once(refreshed: Company) -> None:
    audited = refreshed.nps("audit", "--published", "2025-Q4")
    assert audited.returncode == 0, audited.stderr
    with refreshed.published() as connection:
        [(figures,)] = connection.execute("select count(*) from nps_scores").fetchall()
    assert f"the recount from the vendors' records agrees on {figures:,} figures" in audited.stdout


def test_a_figure_of_money_is_proved_like_a_score(refreshed: Company, tmp_path: Path) -> None:
    """Its accounts, what they paid by which document, and the same figures counted again from raw; here, and
    where there is no warehouse."""
    of = ("survey_type=relationship", "horizon_days=365", "band=passive")
    wanted = [word for each in of for word in ("--of", each)]
    packed = ("--pack", str(tmp_path / "money"))
    audited = refreshed.nps("audit", "money", "revenue_at_risk", *wanted, *packed)
    assert audited.returncode == 0, audited.stdout + audited.stderr
    with refreshed.published() as connection:
        [(accounts, mrr)] = connection.execute(
            "select accounts, mrr from revenue_at_risk where survey_type = 'relationship'"
            " and horizon_days = 365 and band = 'passive'"
        ).fetchall()
    words = " ".join(audited.stdout.split())
    for said in (
        f"accounts {accounts} mrr {mrr}",
        f"today {accounts} {accounts} ",
        "promoters before",
        "the accounts behind it are those of the fingerprint in the ledger",
        "what accounts paid at",
        "the recount from the vendors' records agrees on every figure of revenue_at_risk",
    ):
        assert said in words
    proved = elsewhere("audit", "verify", str(tmp_path / "money.zip"), home=tmp_path)
    assert proved.returncode == 0, proved.stderr
    assert "1 figure is in a chain of" in proved.stdout
    assert "the recount from the vendors' documents agrees" in proved.stdout
    refused = refreshed.nps("audit", "money", "revenue_at_risk", "--of", "band=silent")
    assert (refused.returncode, refused.stderr) == (
        1,
        "error: no such figure has band 'silent'; published: detractor, passive\n",
    )


@pytest.mark.parametrize(
    ("table", "parts"),
    [
        (
            "earned_growth",
            {
                "before": "accounts_before",
                "new, by referral": "earned_accounts",
                "came back": "returned_accounts",
            },
        ),
        ("non_response", {"answered": "responses", "silent": "silent"}),
    ],
)
def test_growth_and_the_silent_are_proved_by_as_many_rows_as_they_count(
    refreshed: Company, table: str, parts: dict[str, str]
) -> None:
    with refreshed.published() as connection:
        [(end, *counts)] = connection.execute(
            f"select period_end, {', '.join(f'sum({name})' for name in parts.values())} from {table}"
            " group by period_end order by period_end desc limit 1"
        ).fetchall()
    audited = refreshed.nps("audit", "money", table, "--of", f"period_end={end}")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert f"the recount from the vendors' records agrees on every figure of {table}" in audited.stdout
    for part, number in zip(parts, counts, strict=True):
        assert number == 0 or re.search(rf"^{part} +\d+ +{number} ", audited.stdout, re.MULTILINE), part


def test_what_is_not_there_is_one_line(refreshed: Company) -> None:
    for arguments, code, said in (
        (("--branch", "Atlantis"), 1, "the nearest published"),
        (("--segment", "brunch"), 2, "choose one of company"),
    ):
        refused = refreshed.nps("audit", *arguments)
        assert refused.returncode == code, refused.stderr
        [line] = refused.stderr.splitlines()
        assert line.startswith("error: ")
        assert said in line


def test_a_changed_ledger_stops_the_audit(refreshed: Company) -> None:
    *_, file = sorted((refreshed.home / "ledger").glob("*.parquet"))
    good = file.read_bytes()
    file.chmod(0o644)
    try:
        file.write_bytes(good[:-200] + bytes(200))
        refused = refreshed.nps("audit")
    finally:
        file.write_bytes(good)
        file.chmod(0o400)
    assert refused.returncode == 1
    assert file.name in refused.stderr
    assert versions.current(refreshed.home / "published")
