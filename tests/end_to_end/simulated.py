"""A small simulated company whose vendors answer in this process, and the `nps` command run against it.

Belongs here: what every end-to-end test needs to play a company's day. Does not belong here: any expectation.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

import duckdb

from demo import inbox
from demo.company import Size, World, simulate
from demo.server import VendorServers, serve
from demo.vendors.faults import Faults

ROOT = Path(__file__).resolve().parents[2]
NPS = Path(sys.executable).with_name("nps")
HISTORY_END = date(2026, 1, 1)
SMALL = Size(accounts=300, branches=20, employees=30, invitations=6_000, answers=2_500)


def midnight(day: date) -> datetime:
    """The moment a day begins, UTC."""
    return datetime.combine(day, time(), UTC)


@dataclass
class Company:
    """A company at home in `home`; `environment` is what its commands run with."""

    home: Path
    world: World
    servers: VendorServers
    today: date = HISTORY_END
    environment: dict[str, str] = field(default_factory=dict)

    def move_to(self, day: date) -> None:
        """Let the vendors' clock and the run's as-of stand at a day's midnight."""
        self.servers.clock.move_to(midnight(day))
        self.today = day

    def nps(self, *arguments: str, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
        """Run the command line as a person would, from `project`, and return what it said.

        What people have sent the company until then lies in its inbox.
        """
        inbox.deliver(self.world.erasures, midnight(self.today), self.home / "inbox")
        environment = os.environ | self.servers.environment() | self.environment
        environment |= {"NPS_HOME": str(self.home), "NPS_AS_OF": self.today.isoformat(), "COLUMNS": "140"}
        environment["NPS_COMPANY"] = str(project / "demo" / "verdant")
        return subprocess.run(
            [NPS, *arguments],
            cwd=project,
            env=environment | {"PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            timeout=900,
        )

    def published(self) -> duckdb.DuckDBPyConnection:
        """A reader of the published copy."""
        return duckdb.connect(str(self.home / "published" / "current" / "nps.duckdb"), read_only=True)


@contextmanager
def company(home: Path, size: Size = SMALL, today: date = HISTORY_END) -> Iterator[Company]:
    """A company whose vendors fail now and then, as vendors do."""
    world = simulate(size)
    with serve(world, midnight(today), Faults.demo(seed=7)) as servers:
        yield Company(home, world, servers, today)
