"""The simulated company of this `NPS_HOME`, if there is one: its clock, and its outside world during a run.

The simulation itself is `demo/`, an outside world. Here is only what makes it behave like one: a state
file that says where its clock stands, a server process that answers as its vendors, and what has arrived
in the inbox by then.
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
from orchestration.environment import CHECKOUT, ConfigurationError, Home

PORT = 8642
STATE_FILE = "state.json"


@dataclass(frozen=True)
class State:
    """Which company this is (`size` as plain data), the day its clock shows (midnight UTC), its port."""

    size: dict[str, Any]
    today: date
    port: int


def state(home: Home) -> State | None:
    """The company that lives here, or None in a home that has real data or none."""
    path = home.demo / STATE_FILE
    if not path.exists():
        return None
    saved = json.loads(path.read_text("utf-8"))
    return State(saved["size"], date.fromisoformat(saved["today"]), int(saved["port"]))


def found(home: Home, answers: int, accounts: int | None, seed: int | None) -> None:
    """Simulate the company, unless this very one is here already.

    Raises:
        ConfigurationError: the home has other data, which must not be mixed with invented answers.
        ValueError: the numbers cannot belong together.
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
    """Let so many days pass in the company that is here.

    Raises:
        ConfigurationError: there is no company here, or its story ends before that day.
    """
    from demo.company import DAYS_AHEAD, HISTORY_END

    present = state(home)
    if present is None:
        raise ConfigurationError(f"there is no simulated company in {home.demo}; run `nps demo` first")
    end = date(1970, 1, 1) + timedelta(seconds=HISTORY_END, days=DAYS_AHEAD)
    today = present.today + timedelta(days=days)
    if today > end:
        left = (end - present.today).days
        raise ConfigurationError(f"the story ends on {end}: at most {left} more days can pass")
    _save(home, replace(present, today=today))


@contextmanager
def vendors(home: Home, meanwhile: Callable[[], object] = lambda: None) -> Iterator[None]:
    """While the block lasts, the company's vendors answer and the environment points at them and its day;
    what people have sent it until then lies in its inbox. `meanwhile` is done while the vendors start.

    Nothing happens in a home without a simulated company.

    Raises:
        ConfigurationError: somebody has put files of his own into the company's inbox.
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
    """Where the company's vendors answer."""
    return f"http://127.0.0.1:{present.port}"


def _fill_inbox(home: Home, present: State) -> None:
    from demo import inbox

    erasures = home.demo / "world" / "erasures.parquet"
    if not erasures.exists():
        raise ConfigurationError(
            f"{erasures} is missing: this company was simulated by an earlier release; "
            "set NPS_HOME to another folder, or remove this one first, and run `nps demo` again"
        )
    sent = home.inbox / inbox.ERASURES
    for path in sorted(home.inbox.rglob("*")):
        if path.is_file() and not path.is_relative_to(sent) and not path.name.startswith("."):
            raise ConfigurationError(
                f"{path} would be mixed with the invented answers of the company that is simulated here; "
                "set NPS_HOME to another folder and put it into the inbox there"
            )
    inbox.deliver(pq.read_table(erasures), datetime.combine(present.today, time(), UTC), home.inbox)


@contextmanager
def _server(home: Home, present: State, meanwhile: Callable[[], object]) -> Iterator[str]:
    """The vendors in a process of their own, so that their time is not the loader's."""
    command = [sys.executable, "-m", "demo.server", "--world", str(home.demo / "world"), "--faults"]
    command += ["--now", f"{present.today}T00:00:00Z", "--port", str(_usable(present.port))]
    with (home.logs / "demo-vendors.log").open("a", encoding="utf-8") as log:
        # In a session of its own: a person's Ctrl-C ends the run, which still asks while it is ending.
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
    """The company's own port, so that its addresses stay the same between runs; else any free one."""
    with socket.socket() as probe:
        return 0 if probe.connect_ex(("127.0.0.1", port)) == 0 else port


def _save(home: Home, new: State) -> None:
    path = home.demo / STATE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**asdict(new), "today": new.today.isoformat()}, indent=2)
    draft = Path(f"{path}.new")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)
