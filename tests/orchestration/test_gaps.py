"""What is noted of a load that failed, whether a refresh goes on without its source, and who is told."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import duckdb
import pytest
from rich.console import Console

from ingestion import errors, load, registry
from orchestration import acceptance, dbt, definitions, environment, gaps, inputs, policy, unchanged, vendors
from orchestration import refresh as refreshes
from orchestration.cli import companies, console, inventory, refreshing
from orchestration.defs import loads, schedule
from orchestration.environment import ConfigurationError, Home
from orchestration.report import RefreshReport
from publication.gaps import Gap

from .conftest import QUALTRICS, STRIPE

SINCE = "2026-01-02T05:00:00+00:00"
LOST = Gap("stripe", SINCE, "stripe: https://api.example answered 503; run again")


@pytest.fixture
def home(state: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Stripe was loaded once, and again without success; Qualtrics is configured and was never loaded."""
    for name, value in (QUALTRICS | STRIPE).items():
        monkeypatch.setenv(name, value)
    found = environment.prepare()
    with duckdb.connect(str(found.warehouse)) as connection:
        connection.execute(
            "create schema raw_stripe;"
            "create table raw_stripe._dlt_loads (load_id text, status int, inserted_at timestamptz);"
            f"insert into raw_stripe._dlt_loads values ('1', 0, '{SINCE}'), ('2', 1, '2026-01-03T05:00:00Z')"
        )
    return found


def test_a_failed_load_is_noted_until_one_succeeds(home: Home) -> None:
    assert gaps.standing(home) == ()
    gaps.open_(home, "stripe", LOST.error)
    gaps.open_(home, "qualtrics", "qualtrics: no")
    assert gaps.standing(home) == (Gap("qualtrics", None, "qualtrics: no"), LOST)
    assert LOST.sentence == (
        "stripe is stale since 2026-01-02 05:00 UTC: https://api.example answered 503; run again"
    )
    gaps.close(home, "stripe")
    gaps.close(home, "files")
    assert [gap.sentence for gap in gaps.standing(home)] == ["qualtrics was never loaded: no"]


def test_a_survey_that_a_load_passed_over_is_a_gap_of_its_own(home: Home) -> None:
    gaps.open_(home, "stripe", LOST.error)
    before = unchanged.state(home, date(2026, 2, 1))
    refused = "it answered 404; share it"
    gaps.close(home, "qualtrics", [("SV_1", SINCE, refused), ("SV_2", None, refused)])
    assert [gap.sentence for gap in gaps.standing(home)] == [
        f"qualtrics survey SV_1 is stale since 2026-01-02 05:00 UTC: {refused}",
        f"qualtrics survey SV_2 was never loaded: {refused}",
        LOST.sentence,
    ]
    assert gaps.never_loaded(home) == (), "the vendor is loaded, and no refresh stops for it"
    after = unchanged.state(home, date(2026, 2, 1))
    assert after != before, "it is published even where it changes no figure"
    gaps.close(home, "qualtrics", [("SV_2", None, refused)])
    assert [gap.source for gap in gaps.standing(home)] == ["qualtrics survey SV_2", "stripe"]
    gaps.open_(home, "qualtrics", "qualtrics: no")
    assert gaps.never_loaded(home) == ("qualtrics",)
    gaps.close(home, "qualtrics")
    assert gaps.standing(home) == (LOST,)


def test_a_source_that_is_turned_off_is_no_gap(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    gaps.open_(home, "stripe", LOST.error)
    for name in STRIPE:
        monkeypatch.delenv(name)
    assert gaps.standing(home) == ()


def test_a_refresh_goes_on_with_what_there_is_of_a_vendor(home: Home) -> None:
    gaps.open_(home, "stripe", LOST.error)
    gaps.open_(home, "qualtrics", "qualtrics: no")
    gaps.open_(home, "files", "files: no")
    assert gaps.borne(home, True, []) == ()
    assert gaps.borne(home, False, ["load_stripe"]) == ()
    assert gaps.borne(home, False, ["load_qualtrics"]) is None, "nothing is there of it"
    assert gaps.borne(home, False, ["load_stripe", "load_qualtrics"], ["qualtrics"]) == ("qualtrics",)
    assert gaps.borne(home, False, ["load_files"], ["files"]) is None, "files are no vendor"
    assert gaps.borne(home, False, ["load_salesforce"]) is None, "a setting is wrong, and nothing was noted"
    assert gaps.borne(home, False, []) is None, "the process was killed"


def test_a_run_without_a_source_still_names_it(home: Home) -> None:
    gaps.open_(home, "qualtrics", "qualtrics: no")
    with vendors.without(("qualtrics",)):
        assert vendors.enabled() == ["stripe", "files"]
        assert [gap.source for gap in gaps.standing(home)] == ["qualtrics"]
    assert vendors.enabled() == ["qualtrics", "stripe", "files"]


@pytest.mark.parametrize(
    ("error", "raised", "noted"),
    [
        (errors.LoadError("stripe: later"), dg.RetryRequested, ["stripe"]),
        (errors.FinalLoadError("stripe: never"), dg.Failure, ["stripe"]),
        (errors.LoadMismatchError("stripe: 2 of 3"), dg.Failure, ["stripe"]),
        (errors.ConfigurationError("stripe: set it"), dg.Failure, []),
    ],
)
def test_the_step_notes_what_the_vendor_is_to_blame_for(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    raised: type[Exception],
    noted: list[str],
) -> None:
    def fail(_name: str) -> None:
        raise error

    monkeypatch.setattr(load, "load_source", fail)
    monkeypatch.setattr(policy, "LOAD_RETRIES", dg.RetryPolicy(max_retries=0))
    with pytest.raises(raised):
        list(loads.loaded(registry.source_spec("stripe"), 0))
    assert [gap.source for gap in gaps.standing(home)] == noted
    monkeypatch.setattr(load, "load_source", lambda name: load.LoadReport(name, [], {}, {}, {}, [], 0.1))
    list(loads.loaded(registry.source_spec("stripe"), 0))
    assert gaps.standing(home) == ()
    without = load.LoadReport("stripe", [], {}, {}, {}, [], 0.1, [("S", None, "it answered 404")])
    monkeypatch.setattr(load, "load_source", lambda name: without)
    list(loads.loaded(registry.source_spec("stripe"), 0))
    assert [gap.source for gap in gaps.standing(home)] == ["stripe survey S"]


def test_who_accepts_a_source_that_was_never_loaded_names_it() -> None:
    with pytest.raises(ConfigurationError, match="incomplete_source:SOURCE"):
        acceptance.read(["incomplete_source"], "why not")
    accepted = acceptance.read(["incomplete_source:qualtrics", "quarantine"], "it begins next month")
    assert [*acceptance.incomplete(accepted)] == ["qualtrics"]


def test_commands_that_speak_of_sources_name_it(home: Home) -> None:
    gaps.open_(home, "stripe", LOST.error)
    said = io.StringIO()
    inventory.write(Console(file=said, width=200))
    companies.check(None, Console(file=said, width=200))
    assert said.getvalue().count(LOST.sentence) == 2


def report(**what: object) -> RefreshReport:
    known: dict[str, object] = {
        **{"run_id": "r", "succeeded": False, "as_of": "2026-02-01", "loads": (), "models": 3},
        **{"checks_passed": 3, "failed_checks": (), "failed_step": "load_stripe", "error": LOST.error},
        **{"version": "V2", "changed": True, "seconds": 1.0, "gaps": (LOST.sentence,)},
    }
    return RefreshReport(**known | what)  # type: ignore[arg-type]


def test_what_went_on_ends_with_1_and_says_without_what(capsys: pytest.CaptureFixture[str]) -> None:
    assert refreshing.conclude(report(went_on=True), None) == console.FAILED
    said = capsys.readouterr()
    assert LOST.sentence in said.err
    assert "version V2 is published without what is new there" in said.err
    assert "published version V2" in said.out


def test_what_stopped_says_how_to_go_on_without_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert refreshing.conclude(report(never_loaded=("qualtrics",), changed=False), None) == console.FAILED
    assert "--accept incomplete_source:qualtrics" in capsys.readouterr().err


@dg.op
def load_stripe() -> None:
    raise ConnectionError("no")


@dg.job
def only_stripe() -> None:
    load_stripe()


@pytest.mark.parametrize(
    ("noted", "tags", "goes_on"),
    [(True, True, True), (False, True, False), (True, False, False)],
)
def test_after_the_schedules_loads_the_rest_is_built(
    home: Home, noted: bool, tags: bool, goes_on: bool
) -> None:
    if noted:
        gaps.open_(home, "stripe", LOST.error)
    sensors = schedule.defs().sensors or []
    [after] = [each for each in sensors if each.name == "build_after_failure"]
    assert isinstance(after, dg.RunStatusSensorDefinition)
    with dg.DagsterInstance.ephemeral() as instance:
        wanted = {schedule.THEN: schedule.BUILD} if tags else {}
        result = only_stripe.execute_in_process(instance=instance, raise_on_error=False, tags=wanted)
        context = dg.build_run_status_sensor_context(
            sensor_name=after.name,
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        )
        asked = after(context)
    assert isinstance(asked, dg.RunRequest) is goes_on


@pytest.mark.parametrize("loaded_before", [True, False])
def test_a_refresh_builds_without_what_one_vendor_would_have_brought(
    home: Home, monkeypatch: pytest.MonkeyPatch, loaded_before: bool
) -> None:
    vendor = "stripe" if loaded_before else "qualtrics"
    ran: list[str] = []

    def run(job: SimpleNamespace, _dagster: object) -> SimpleNamespace:
        ran.append(job.name)
        is_load = job.name == schedule.LOAD
        if is_load:
            gaps.open_(home, vendor, f"{vendor}: answered 503")
        failed = [] if not is_load else [SimpleNamespace(step_key=f"load_{vendor}", is_step_failure=False)]
        return SimpleNamespace(
            success=not is_load,
            run_id=job.name,
            get_step_failure_events=lambda: failed,
            get_asset_materialization_events=list,
            get_asset_check_evaluations=list,
        )

    job = SimpleNamespace(resolve_job_def=lambda name: SimpleNamespace(name=name))
    monkeypatch.setattr(refreshes, "_run", run)
    monkeypatch.setattr(definitions, "loads", lambda: job)
    monkeypatch.setattr(definitions, "defs", lambda: job)
    monkeypatch.setattr(dbt, "is_prepared", lambda _vendors: True)
    monkeypatch.setattr(inputs, "product", lambda: "")
    told = refreshes.refresh()
    assert ran == [schedule.LOAD, *([schedule.BUILD] if loaded_before else [])]
    assert (told.succeeded, told.went_on, told.run_id) == (False, loaded_before, schedule.LOAD)
    assert told.never_loaded == (() if loaded_before else ("qualtrics",))
    assert unchanged.last(home) is None, "the next refresh must not take this one for whole"
    if not loaded_before:
        ran.clear()
        told = refreshes.refresh(acceptance.read(["incomplete_source:qualtrics"], "it begins next month"))
        assert (ran, told.went_on) == ([schedule.LOAD, schedule.BUILD], True)
