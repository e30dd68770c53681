"""The simulated company of this `NPS_HOME`, if there is one: its clock, and its outside world during a run.

The simulation itself is `demo/`, an outside world. Belongs here: only what makes it behave like one, that is,
a state file with its clock, a server process that answers as its vendors, and the files that have arrived in
the inbox by then.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from orchestration import progress
from orchestration.environment import CHECKOUT, STATE_FILE, ConfigurationError, Home

PORT = 8642


@dataclass(frozen=True)
class State:
    """Which company this is (`size` as plain data), the day its clock shows (midnight UTC), its port."""

    size: dict[str, Any]
    today: date
    port: int


def state(home: Home) -> State | None:
    """The company in this home, or None if the home has real data or none."""
    path = home.demo / STATE_FILE
    if not path.exists():
        return None
    saved = json.loads(path.read_text("utf-8"))
    return State(saved["size"], date.fromisoformat(saved["today"]), int(saved["port"]))


def found(home: Home, answers: int, accounts: int | None, seed: int | None) -> None:
    """Simulate the company, unless it already exists here.

    Raises:
        ConfigurationError: the home has other data, which must not be mixed with simulated answers.
        ValueError: the numbers do not fit together.
    """
    from demo.company import HISTORY_END, Size, simulate

    size = Size.scaled(answers, **({} if seed is None else {"seed": seed}))
    size = replace(size, accounts=accounts or size.accounts)
    present = state(home)
    if present and present.size == asdict(size):
        return
    if present or home.warehouse.exists():
        whose = "another simulated company" if present else "data that is not simulated"
        raise ConfigurationError(
            f"{home.path} holds {whose}; set NPS_HOME to another folder, or remove this one first"
        )
    progress.report("simulate", f"{answers:,} answers")
    world = home.demo / "world"
    simulate(size).save(world)
    shutil.copyfile(world / "truth.json", home.demo / "truth.json")
    first_day = date(1970, 1, 1) + timedelta(seconds=HISTORY_END)
    _save(home, State(asdict(size), first_day, PORT))


def advance(home: Home, days: int) -> None:
    """Let this many days pass in the existing company.

    Raises:
        ConfigurationError: there is no company here, or the simulation ends before that day.
    """
    from demo.company import DAYS_AHEAD, HISTORY_END

    present = state(home)
    if present is None:
        raise ConfigurationError(f"there is no simulated company in {home.demo}; run `nps demo` first")
    end = date(1970, 1, 1) + timedelta(seconds=HISTORY_END, days=DAYS_AHEAD)
    today = present.today + timedelta(days=days)
    if today > end:
        left = (end - present.today).days
        raise ConfigurationError(f"the simulation ends on {end}: at most {left} more days can pass")
    _save(home, replace(present, today=today))


@contextmanager
def vendors(home: Home, meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Within the block, run the company's vendors, point the environment at them and at the company's day,
    and fill its inbox with the files sent until then. `meanwhile` runs while the vendors start.

    Does nothing in a home without a simulated company.

    Raises:
        ConfigurationError: somebody has put their own files into the company's inbox.
    """
    present = state(home)
    if present is None:
        yield
        return
    _fill_inbox(home, present)
    with _server(home, present, meanwhile) as base_url:
        point_at(base_url)
        os.environ["NPS_AS_OF"] = present.today.isoformat()
        yield


def point_at(base_url: str) -> None:
    """Configure every simulated vendor in the environment, as a company would configure real ones."""
    from demo import server

    os.environ.update(server.environment(base_url))


def address(present: State) -> str:
    """The base URL of the company's vendors."""
    return f"http://127.0.0.1:{present.port}"


def _fill_inbox(home: Home, present: State) -> None:
    from demo import inbox

    world = home.demo / "world"
    if missing := [each for each in ("erasures", "tickets") if not (world / f"{each}.parquet").exists()]:
        raise ConfigurationError(
            f"{world / missing[0]}.parquet is missing: an earlier release simulated this company; "
            "set NPS_HOME to another folder, or remove this one first, and run `nps demo` again"
        )
    sent = home.inbox / inbox.ERASURES
    for path in sorted(home.inbox.rglob("*")):
        if path.is_file() and not path.is_relative_to(sent) and not path.name.startswith("."):
            raise ConfigurationError(
                f"{path} would be mixed with the simulated company's answers; "
                "set NPS_HOME to another folder and put it into the inbox there"
            )
    inbox.deliver(
        pq.read_table(world / "erasures.parquet"), datetime.combine(present.today, time(), UTC), home.inbox
    )


@contextmanager
def _server(home: Home, present: State, meanwhile: Callable[[], object]) -> Iterator[str]:
    """The vendors in a separate process, so that the loader does not pay for their time."""
    command = [sys.executable, "-m", "demo.server", "--world", str(home.demo / "world"), "--faults"]
    command += ["--now", f"{present.today}T00:00:00Z", "--port", str(_usable(present.port))]
    with (home.logs / "demo-vendors.log").open("a", encoding="utf-8") as log:
        # In its own session: Ctrl-C ends the run, which still calls the vendors while it is ending.
        process = subprocess.Popen(
            command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
        )
    try:
        meanwhile()
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        if not base_url:
            raise ConfigurationError(f"the simulated vendors did not start; see {log.name}")
        yield base_url
    finally:
        process.terminate()
        process.wait()


def _usable(port: int) -> int:
    """The company's own port, so that its URLs stay the same between runs; else any free one."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


def _save(home: Home, new: State) -> None:
    path = home.demo / STATE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**asdict(new), "today": new.today.isoformat()}, indent=2)
    draft = Path(f"{path}.new")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)
