"""`nps fast`: from received answers to tasks within seconds, beside `nps listen`.

A process of its own, which neither waits for a refresh nor holds one up. Belongs here: when to look, and what
is said. Does not belong here: what is found (`orchestration.fast.lane`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from orchestration.environment import Home

#: What fails once is tried again so long before answers are looked for again.
PATIENCE_SECONDS = 2.0


def fast(
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 1.0,
) -> None:
    """Write a task for each received answer that deserves a case, without waiting for a refresh.

    By the models, rules and data of the last refresh; the next one compares, and has the last word. Looks at
    what `nps listen` took at /events/answers. Needs a target that is switched on in config.toml.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose=False):
        import time

        from orchestration import environment

        home, company = environment.prepare(), environment.company()
        lane = Lane(home, company)
        while True:
            for said in lane.look():
                console.out.print(said, markup=False, soft_wrap=True)
            if once:
                break
            time.sleep(every)


class Lane:
    """Looks for received answers, again and again. What it has looked at it does not look at again."""

    def __init__(self, home: Home, company: Path) -> None:
        from orchestration import outgoing
        from orchestration.environment import ConfigurationError
        from orchestration.fast import snapshot

        self._home, self._company = home, company
        self._targets = outgoing.targets(company)
        self._looked: object = None
        self._settled: dict[str, int] = {}  # target → the size of its log when nothing waited
        if not any(target.is_on for target in self._targets):
            raise ConfigurationError(
                f'tasks go nowhere: write [outbox.TARGET] with mode = "on" into {company / "config.toml"}'
            )
        if not snapshot.file(home).exists():
            raise ConfigurationError("no refresh has left what the fast lane needs: `nps refresh` does")

    def look(self) -> list[str]:
        """Find what is new, and send what waits; a line for each thing that there is to say."""
        from ingestion.errors import SourceError
        from orchestration import outgoing
        from orchestration.fast import lane, snapshot
        from outbox import log

        said = []
        stamp = snapshot.file(self._home).stat().st_mtime_ns
        segments = lane.received(self._home)
        if segments and self._looked != (stamp, segments):
            try:
                found = lane.find(self._home, self._company, segments)
            except SourceError as error:  # a load says so too; what comes later may be in order
                said.append(f"not understood: {error}")
            else:
                new = outgoing.open_at_once(self._home, self._targets, found.tasks)
                said.append(f"{found.answers:,} answers since the last refresh, {new:,} new tasks")
                if found.too_late:
                    said.append(f"{found.too_late:,} answers wait: the last refresh was not of their day")
            self._looked = (stamp, segments)
        for target in self._targets:
            folder = outgoing.folder(self._home, target)
            if self._settled.get(target.name) == log.size(folder):
                continue
            for name, done in outgoing.send_all(self._home, [target], PATIENCE_SECONDS):
                if done.written or done.died:
                    said.append(f"{name}: {done.written:,} written, {done.died:,} refused for good")
                if not done.waiting:
                    self._settled[name] = log.size(folder)
        return said
