"""What is exchanged in Dagster's instance: it keeps the same, and why Dagster's own is not used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from orchestration import environment, instance, storage

READS = 5
ASSET = dg.AssetKey("answers")
CHECK = dg.AssetCheckKey(ASSET, "whole")


@contextmanager
def connections() -> Iterator[list[object]]:
    """Every connection that this process opens through SQLAlchemy in the block."""
    opened: list[object] = []

    def connected(connection: object, _: object) -> None:
        opened.append(connection)

    event.listen(Pool, "connect", connected)
    try:
        yield opened
    finally:
        event.remove(Pool, "connect", connected)


def written_and_read(dagster: dg.DagsterInstance) -> int:
    """Write events and read them `READS` times; how many connections the reads took."""
    evaluation = dg.AssetCheckEvaluation(asset_key=ASSET, check_name=CHECK.name, passed=True, metadata={})
    dagster.report_runless_asset_event(dg.AssetMaterialization(ASSET))
    dagster.report_runless_asset_event(evaluation)
    with connections() as opened:
        for _ in range(READS):
            assert dagster.get_latest_materialization_event(ASSET) is not None
            dagster.report_runless_asset_event(evaluation)
    return len(opened)


def test_dagsters_own_log_still_connects_for_each_read_and_write(tmp_path: Path) -> None:
    """When this fails, Dagster keeps its connections: measure again, and remove `storage.py`."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as own:
        assert written_and_read(own) > READS


def test_dagster_still_names_the_absence_of_captured_output_nowhere_else() -> None:
    """When this fails, Dagster exports the class: use that name in `storage.py`."""
    assert not [name for name in dir(dg) if "NoOp" in name]
    assert not hasattr(dg, "ComputeLogManager")


def test_ours_does_not(state: Path) -> None:
    with instance.opened(environment.prepare()) as dagster:
        assert written_and_read(dagster) == 0


def test_dagster_reads_in_its_own_log_what_ours_has_written(state: Path) -> None:
    home = environment.prepare()
    with instance.opened(home) as dagster:
        written_and_read(dagster)
        check = dagster.event_log_storage.get_latest_asset_check_execution_by_key([CHECK])
        assert CHECK in check
    with dg.DagsterInstance.from_config(str(home.dagster)) as own:
        assert not isinstance(own.event_log_storage, storage.OpenEventLog)
        assert own.get_latest_materialization_event(ASSET) is not None
        again = own.event_log_storage.get_latest_asset_check_execution_by_key([CHECK])
    assert again[CHECK].id == check[CHECK].id


def fail_after_a_write(log: storage.OpenEventLog) -> None:
    with log.index_connection() as connection:
        connection.exec_driver_sql("insert into half values (1)")
        raise ZeroDivisionError


def test_a_write_that_fails_leaves_nothing_and_the_next_goes_through(state: Path) -> None:
    with instance.opened(environment.prepare()) as dagster:
        log = dagster.event_log_storage
        assert isinstance(log, storage.OpenEventLog)
        assert not log.has_table("half")
        with log.index_connection() as connection:
            connection.exec_driver_sql("create table half (a integer)")
        assert log.has_table("half")
        with pytest.raises(ZeroDivisionError):
            fail_after_a_write(log)
        with log.index_connection() as connection:
            assert connection.exec_driver_sql("select * from half").fetchall() == []
        assert written_and_read(dagster) == 0
