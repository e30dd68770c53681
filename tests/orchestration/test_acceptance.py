"""Who accepts an exceeded limit says which and why; it is let pass in that refresh, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from expectations import definition
from expectations.limits import Applied
from orchestration import acceptance, environment, unchanged
from orchestration.environment import ConfigurationError, Home
from orchestration.refresh import refresh
from orchestration.report import RefreshReport
from publication import ledger, manifest, versions

pytestmark = pytest.mark.xdist_group("refresh")

NPS = Path(sys.executable).with_name("nps")
LIMITS = {f"{each.name}/{each.applies_to}": each for each in definition.versions()[0].limits}
WAVE = Applied(LIMITS["quarantine/file"], "surveys_responses/wave.csv", 60.0, 6, "wave.csv, row 2: bad")
OTHER = replace(WAVE, subject="surveys_responses/other.csv")
KEPT = replace(WAVE, subject="surveys_responses/kept.csv", observed=1.0)
# Six of ten rows cannot be read: the field's row "60 % in quarantine is published, exit code 0".
ANSWERS = "response_id,score,responded_at\n" + "".join(
    f"w{n},{'ten' if n < 6 else n},2026-01-05T10:00:00Z\n" for n in range(10)
)


def test_a_limit_is_accepted_for_one_subject_or_for_all() -> None:
    one = acceptance.read(["quarantine:surveys_responses/wave.csv"], "test rows")
    stopping, passed = acceptance.judge([WAVE, OTHER, KEPT], one)
    assert [each.subject for each in stopping] == [OTHER.subject]
    assert [(each.subject, each.reason, each.observed, each.maximum) for each in passed] == [
        (WAVE.subject, "test rows", 60.0, 2.0)
    ]
    stopping, passed = acceptance.judge([WAVE, OTHER, KEPT], acceptance.read(["quarantine"], "test rows"))
    assert (stopping, [each.subject for each in passed]) == ([], [WAVE.subject, OTHER.subject])
    assert acceptance.judge([WAVE], acceptance.read(["stale_source"], "on leave"))[0] == [WAVE]


def test_who_accepts_is_the_user_unless_somebody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "the-machine")
    assert acceptance.who() == "the-machine"
    monkeypatch.setenv("NPS_USER", " ann ")
    [accepted] = acceptance.read(["quarantine"], "why not")
    assert accepted.accepted_by == "ann"


@pytest.mark.parametrize(
    ("typed", "reason", "message"),
    [
        (["quarantine"], None, "needs a reason"),
        (["quarantine"], "  ", "needs a reason"),
        (
            ["everything"],
            "tired",
            "there is no limit 'everything'; the limits are incomplete_source, nothing_counted, quarantine",
        ),
        (["quarantine:"], "tired", "names no subject"),
        ([], "tired", "--reason needs --accept"),
    ],
)
def test_what_cannot_be_accepted_is_refused(typed: list[str], reason: str | None, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        acceptance.read(typed, reason)


@pytest.mark.parametrize("arguments", [["--accept", "quarantine"], ["--accept", "all", "--reason", "tired"]])
def test_the_command_refuses_it_with_code_2_before_anything_starts(state: Path, arguments: list[str]) -> None:
    answer = subprocess.run([NPS, "refresh", *arguments], capture_output=True, text=True)
    assert answer.returncode == 2
    assert answer.stderr.startswith("error: ")
    assert answer.stderr.count("\n") == 1
    assert not state.exists()


def test_no_other_run_finds_an_acceptance(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_ACCEPTED", '[{"limit": "quarantine"}]')
    environment.prepare()
    assert acceptance.carried() == ()
    given = acceptance.read(["quarantine"], "test rows")
    acceptance.carry(given)
    assert acceptance.carried() == given


def test_only_what_this_very_run_let_pass_is_published(state: Path) -> None:
    home = environment.prepare()
    assert acceptance.passed(home, "run-1") == ()
    _, passed = acceptance.judge([WAVE], acceptance.read(["quarantine"], "test rows"))
    acceptance.leave(home, "run-1", [WAVE], passed)
    assert acceptance.passed(home, "run-1") == tuple(passed)
    assert acceptance.passed(home, "run-2") == ()


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RefreshReport, RefreshReport]:
    """A file of which most rows cannot be read: refreshed, and refreshed with the limit accepted."""
    folder = tmp_path_factory.mktemp("wave")
    inbox = folder / "inbox" / "surveys" / "responses"
    inbox.mkdir(parents=True)
    (inbox / "wave.csv").write_text(ANSWERS)
    with environment.restored(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("NPS_HOME", str(folder))
        patch.setenv("NPS_AS_OF", "2026-02-01")
        patch.setenv("NPS_USER", "ann")
        stopped = refresh()
        accepted = acceptance.read(["quarantine", "stale_source"], "test rows, agreed with Bo")
        return folder, stopped, refresh(accepted)


@pytest.mark.long
def test_an_exceeded_limit_stops_the_publication(runs: tuple[Path, RefreshReport, RefreshReport]) -> None:
    _, stopped, _ = runs
    assert not stopped.succeeded
    assert stopped.version is None
    assert [each.check for each in stopped.failed_checks] == ["limits"]
    file, source = sorted(stopped.exceeded, key=lambda line: "wave" not in line.split(":")[0])
    assert file.startswith("quarantine of surveys_responses/wave.csv: 60 % (6 records), at most 2 %")
    assert "such as wave.csv, row 1: " in file
    assert file.endswith("correct the file or its mapping and refresh")
    assert source.startswith("quarantine of files/surveys_responses: 60 %")
    assert [line for line in stopped.shortfall if "6 in quarantine as wrong_type" in line]


@pytest.mark.long
def test_an_accepted_one_is_published_with_who_when_and_why(
    runs: tuple[Path, RefreshReport, RefreshReport],
) -> None:
    home, _, published = runs
    assert published.error is None
    assert published.changed
    assert published.exceeded == ()
    assert published.not_needed == ("stale_source",)
    assert len(published.accepted) == 2
    folder = versions.current(home / "published")
    assert folder is not None
    said = manifest.read(folder).accepted
    assert {(each.limit, each.subject, each.accepted_by, each.reason) for each in said} == {
        ("quarantine", subject, "ann", "test rows, agreed with Bo")
        for subject in ("surveys_responses/wave.csv", "files/surveys_responses")
    }
    assert ledger.accepted_in(ledger.read(home / "ledger", 1)) == said
    with duckdb.connect(str(folder / "nps.duckdb"), read_only=True) as connection:
        [(answers,)] = connection.execute(
            "select responses from nps_scores where segment = 'company' and period_grain = 'all_time'"
        ).fetchall()
    assert answers == 4
    assert unchanged.last(Home(home)) is None, "what was accepted once would pass again"
