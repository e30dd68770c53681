"""The harness itself: it says what stopped a mutation, and it does not take a survivor for a success."""

from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from expectations import suites
from orchestration.defs import cases, guard, money
from tests.mutation import __main__ as command
from tests.mutation import catalogue, report, running
from tests.mutation.mutations import Mutation, change
from tests.mutation.objections import Objection, one_line
from tests.mutation.refreshing import Refresh
from tests.mutation.worker import ROOT, TODAY, Outcome

STOPPED = Outcome("six_is_passive", Objection("guard marts", "ExpectBands", "1 offending rows"), (), 1.0)
SURVIVED = Outcome("six_is_passive", None, ("nps_scores",), 1.0)


def test_the_stages_are_those_of_a_refresh() -> None:
    """A check that the refresh runs and the harness does not would make survivors of what it stops."""
    checks = [
        check for defs in (guard.defs(), money.defs(), cases.defs()) for check in defs.asset_checks or ()
    ]
    stages = [name for check in checks if (name := check.node_def.name).startswith("guard_")]
    assert stages == ["guard_intake", *(f"guard_{stage}" for stage in suites.STAGES)]
    others = {spec.name for check in checks for spec in check.check_specs} - {guard.EXPECTATIONS}
    assert others == {
        *(guard.READ_AGAIN, "recount", "recount_of_money", "recount_of_cases"),
        *("limits", "semantic_layer_agrees"),
    }
    refresh = Refresh(Path(), Path(), TODAY)
    assert len(refresh.stages()) == len(suites.STAGES) + len(others) + len(
        ["marts", "comments", "publication models", "publish"]
    )


@pytest.mark.parametrize(("outcome", "code"), [(STOPPED, 0), (SURVIVED, 1)])
def test_a_survivor_is_named_and_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, outcome: Outcome, code: int
) -> None:
    def tried(mutations: Sequence[Mutation], workers: int) -> Iterator[Outcome]:
        assert [mutation.name for mutation in mutations] == [outcome.name]
        yield outcome

    monkeypatch.setattr(running, "try_all", tried)
    console = Console(file=StringIO(), width=160)
    assert command.mutate(console, {outcome.name}, 1, tmp_path / "report") == code
    assert isinstance(console.file, StringIO)
    said = console.file.getvalue() + (tmp_path / "report.md").read_text("utf-8")
    if outcome.stopped_by:
        assert said.count("ExpectBands") == 4
        assert "1 of 1 mutations stopped" in said
    else:
        assert "survived: six_is_passive" in said
        assert "published; changed: nps_scores" in said


def test_a_day_draws_some_and_another_day_others(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[str]] = []

    def tried(mutations: Sequence[Mutation], workers: int) -> Iterator[Outcome]:
        drawn.append([mutation.name for mutation in mutations])
        return iter([STOPPED])

    monkeypatch.setattr(running, "try_all", tried)
    for day in (date(2026, 11, 29), date(2026, 11, 29), date(2026, 11, 30)):
        monkeypatch.setattr(command, "date", type("Clock", (), {"today": staticmethod(lambda day=day: day)}))
        command.mutate(Console(file=StringIO()), set(), 1, None, 10)
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 10


def test_a_false_alarm_is_told_and_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "run_all_clean", lambda seeds, workers: iter([STOPPED]))
    console = Console(file=StringIO(), width=160)
    assert command.clean(console, 1, 1) == 1
    assert isinstance(console.file, StringIO)
    assert "1 false alarms in 1 clean runs" in console.file.getvalue()


def test_a_name_that_is_not_there_is_refused() -> None:
    with pytest.raises(SystemExit, match="no mutation or concern is called nonsense"):
        command.mutate(Console(file=StringIO()), {"nonsense"}, 1, None)


def test_the_report_keeps_the_order_of_the_catalogue(tmp_path: Path) -> None:
    members = catalogue.by_concern()
    outcomes = {m.name: Outcome(m.name, STOPPED.stopped_by, (), 1.0) for ms in members.values() for m in ms}
    report.write(tmp_path / "all", members, outcomes)
    lines = (tmp_path / "all.md").read_text("utf-8").splitlines()[2:]
    assert [line.split("`")[1] for line in lines] == list(outcomes)


def test_a_finding_is_one_short_line() -> None:
    assert one_line("a\n  b") == "a b"
    assert len(one_line("x" * 999)) == 200


@pytest.mark.long
@pytest.mark.xdist_group("mutation")
def test_mutations_are_stopped_and_one_without_effect_survives() -> None:
    """End to end: a seed, a model, a loader, and a comment that changes no figure."""
    named = {m.name: m for ms in catalogue.by_concern().values() for m in ms}
    comment = change(
        "only_a_comment",
        "explains the counts",
        "dbt_project/models/marts/nps/fct_nps_daily.sql",
        "from answers\n",
        "-- the counts\nfrom answers\n",
    )
    assert (ROOT / comment.edits[0].file).is_file()
    tried = [named["six_is_passive"], named["answers_twice"], named["recorded_is_started"], comment]
    outcomes = {outcome.name: outcome for outcome in running.try_all(tried)}
    assert {name for name, outcome in outcomes.items() if outcome.stopped_by is None} == {comment.name}
    assert outcomes[comment.name].changed == ()


@pytest.mark.long
@pytest.mark.xdist_group("mutation")
def test_a_sound_company_raises_no_alarm() -> None:
    assert [outcome.stopped_by for outcome in running.run_all_clean([1], workers=1)] == [None]
