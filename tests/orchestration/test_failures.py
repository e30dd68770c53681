"""A run that fails or is ended: the words a person reads, what is tried again and what is not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from ingestion import load, registry
from ingestion.errors import ConfigurationError, FinalLoadError, LoadError
from orchestration import dbt, environment, failures, policy
from orchestration.defs import loads


def loaded(monkeypatch: pytest.MonkeyPatch, *ends: BaseException) -> tuple[dg.ExecuteInProcessResult, int]:
    """The step that loads files, each of whose tries ends so; the run and the number of tries."""
    left = list(ends)

    def load_source(name: str) -> load.LoadReport:
        raise left.pop(0)

    environment.prepare()
    monkeypatch.setattr(load, "load_source", load_source)
    monkeypatch.setattr(policy, "LOAD_RETRIES", dg.RetryPolicy(max_retries=2))
    result = dg.materialize([loads.raw_tables(registry.source_spec("files"))], raise_on_error=False)
    return result, len(ends) - len(left)


def vendor_away() -> LoadError:
    error = LoadError("stripe: https://stripe.example could not be reached; run again")
    error.__cause__ = OSError("HTTPConnectionPool(host='stripe.example', port=443): Max retries exceeded")
    return error


def test_a_failed_load_is_tried_again_and_then_told_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    result, tries = loaded(monkeypatch, *(vendor_away() for _ in range(4)))
    assert tries == 3
    assert failures.first_failure(result.all_events) == (
        "load_files",
        "stripe: https://stripe.example could not be reached; run again",
    )
    assert not failures.interrupted(result.all_events)


def test_a_load_that_would_fail_again_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    result, tries = loaded(monkeypatch, FinalLoadError("files: a.csv: its headers are not understood"))
    assert tries == 1
    assert failures.first_failure(result.all_events) == (
        "load_files",
        "files: a.csv: its headers are not understood",
    )


def test_a_load_that_is_interrupted_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    result, tries = loaded(monkeypatch, KeyboardInterrupt(), KeyboardInterrupt())
    assert tries == 1
    assert failures.interrupted(result.all_events)


def test_a_working_file_that_another_program_has_is_said_to_be_open_there(state: Path) -> None:
    environment.prepare()
    opened = (
        f"import duckdb; c = duckdb.connect({str(state / 'warehouse.duckdb')!r}); print(flush=True); input()"
    )
    command = [sys.executable, "-c", opened]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        program.stdout.readline()
        with pytest.raises(
            ConfigurationError, match=rf"open in another program .*PID {program.pid}.*close it"
        ):
            load.load_source("files")
        program.kill()
    (state / "warehouse.duckdb").write_text("no database")
    with pytest.raises(ConfigurationError, match=r"is damaged .*restore it"):
        load.load_source("files")


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_dbt_is_no_failed_model(
    told: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.prepare()
    monkeypatch.setattr("dbt.cli.main.cli.invoke", lambda *_: os.kill(os.getpid(), told))

    def as_dagster_ends_a_step(*_: object) -> None:
        raise dg.DagsterExecutionInterruptedError

    before = signal.signal(told, as_dagster_ends_a_step)
    try:
        with pytest.raises(KeyboardInterrupt):
            dbt.run(["parse"], folder=tmp_path)
        assert signal.getsignal(told) is as_dagster_ends_a_step
    finally:
        signal.signal(told, before)
