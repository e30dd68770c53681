"""Notifies of a failed run: by a webhook, a command, or both.

Belongs here: the content and its delivery. Does not belong here: when to notify, which the failure sensor
(`defs/alerts.py`) and `refresh` decide. Importing this module is cheap: it does not import Dagster.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from dataclasses import asdict, dataclass

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True)
class Failure:
    """A failed run: its id, its job, the step or check that stopped it, and the error in one line."""

    run_id: str
    job: str
    failed_step: str
    error: str


def notify(failure: Failure) -> list[str]:
    """Deliver to `NPS_FAILURE_WEBHOOK` (POST, JSON body) and to `NPS_FAILURE_COMMAND`.

    The command is split as a shell would do, but runs without one. It gets the same JSON on stdin and
    `NPS_RUN_ID`, `NPS_FAILED_STEP` and `NPS_ERROR` in its environment.

    Returns:
        One sentence for each failed delivery. A notification never raises, because it must not replace the
        failure it reports.
    """
    problems: list[str] = []
    if url := os.environ.get("NPS_FAILURE_WEBHOOK"):
        problems += _call_webhook(url, failure)
    if command := os.environ.get("NPS_FAILURE_COMMAND"):
        problems += _run_command(command, failure)
    return problems


def _call_webhook(url: str, failure: Failure) -> list[str]:
    import httpx

    try:
        httpx.post(url, json=asdict(failure), timeout=TIMEOUT_SECONDS).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [f"NPS_FAILURE_WEBHOOK could not be reached: {error}"]
    return []


def _run_command(command: str, failure: Failure) -> list[str]:
    told = {"NPS_RUN_ID": failure.run_id, "NPS_FAILED_STEP": failure.failed_step, "NPS_ERROR": failure.error}
    try:
        subprocess.run(
            shlex.split(command),
            input=json.dumps(asdict(failure)),
            env={**os.environ, **told},
            text=True,
            capture_output=True,
            check=True,
            timeout=TIMEOUT_SECONDS,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return [f"NPS_FAILURE_COMMAND failed: {error}"]
    return []
