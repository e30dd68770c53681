"""One refresh at a time, and a run whose process was killed does not block the next."""

from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterRunStatus

from orchestration import environment, instance
from orchestration.environment import ConfigurationError
from orchestration.policy import WRITER_POOL


@dg.job
def refresh() -> None:
    """A job that the test leaves unfinished."""


def test_a_second_refresh_is_refused(state: Path) -> None:
    home = environment.prepare()
    with (
        instance.opened(home),
        pytest.raises(ConfigurationError, match="another refresh is running"),
        instance.opened(home),
    ):
        pass


def test_a_killed_run_is_ended_and_gives_its_place_back(state: Path) -> None:
    home = environment.prepare()
    with instance.opened(home) as first:
        killed = first.create_run_for_job(
            refresh, status=DagsterRunStatus.STARTED, tags={instance.STARTED_BY: instance.COMMAND_LINE}
        )
        first.event_log_storage.initialize_concurrency_limit_to_default(WRITER_POOL)
        claim = first.event_log_storage.claim_concurrency_slot(WRITER_POOL, killed.run_id, "marts")
        assert claim.is_claimed
    with instance.opened(home) as second:
        ended = second.get_run_by_id(killed.run_id)
        assert ended is not None
        assert ended.status == DagsterRunStatus.FAILURE
        assert second.event_log_storage.claim_concurrency_slot(WRITER_POOL, "next", "marts").is_claimed


def test_a_run_of_the_daemon_is_left_alone(state: Path) -> None:
    home = environment.prepare()
    with instance.opened(home) as first:
        running = first.create_run_for_job(refresh, status=DagsterRunStatus.STARTED)
    with instance.opened(home) as second:
        still = second.get_run_by_id(running.run_id)
        assert still is not None
        assert still.status == DagsterRunStatus.STARTED
