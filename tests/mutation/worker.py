"""One process that plays refreshes: of the mutated project on the base company, or of a company of its own.

Belongs here: the copies a refresh works on, and that each begins from the same state. Does not belong here:
what a refresh is (`refreshing`), or which mutations there are.
"""

from __future__ import annotations

import logging
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import TypeAlias

import duckdb

from demo.company import Size, simulate
from demo.inbox import deliver
from demo.server import serve
from demo.vendors.faults import Faults
from ingestion import load
from tests.mutation.daughter.sending import send
from tests.mutation.mutations import DEFINITION, LOADERS, MODELS, Mutation
from tests.mutation.objections import Objection, one_line
from tests.mutation.refreshing import VENDORS, Refresh, environment, published_content, write_manifest

ROOT = Path(__file__).resolve().parents[2]
#: On the earlier day two answers are about to be edited, so that raw has several versions of them today.
EARLIER, TODAY = date(2024, 7, 28), date(2026, 1, 1)
#: Rich enough that every mutation meets the data it is about, small enough to be built in seconds.
COMPANY = Size(seed=20230101, accounts=250, branches=20, employees=30, invitations=5_500, answers=2_200)
LOAD_SECONDS = 300
#: Bytes of address space that a worker may use (a sound refresh: 4 GB); a join without condition takes all.
_MEMORY = 9 * 2**30
#: A mutation of models or seeds, and by their names the statements that they then have.
Statements: TypeAlias = tuple[Mutation, Mapping[str, str]]
#: What a load leaves that was killed before its end, and one that ended without having brought anything.
_INTERRUPTED = """
    insert into raw_files._dlt_loads
    select * replace ('1.2' as load_id) from (from raw_files._dlt_loads order by load_id limit 1);
    insert into raw_files.withdrawals by name
    select
        'surveys_responses' as table_name, record_id, version_id, file_name, 'read_otherwise' as reason,
        '1.1' as _dlt_load_id
    from raw_files.surveys_responses where record_id = 'relationship:DA-500:nps';
    insert into raw_files.intake
    select * replace (
        'interrupted.csv' as file_name, '1.1' as _dlt_load_id,
        0 as received, 0 as landed, 0 as known, 0 as repeated, 0 as quarantined, 0 as withdrawn
    )
    from raw_files.intake where table_name = 'surveys_responses' limit 1
"""
_LOAD = "import sys\nfrom ingestion import load\nfor name in sys.argv[1:]: load.load_source(name)"


@dataclass(frozen=True)
class Outcome:
    """What became of a refresh: `stopped_by` None means that it was published. `changed` are the published
    tables that then differ from those of the sound project."""

    name: str
    stopped_by: Objection | None
    changed: tuple[str, ...]
    seconds: float


@dataclass(frozen=True)
class Base:
    """The company every mutation is tried on, in `folder`.

    `earlier/`, `built/` and `sound/` are as `begin_earlier` and `go_on_today` leave them.
    `vendors` is the environment in which the loaders find its vendors, whose clock stands today.
    """

    folder: Path
    vendors: Mapping[str, str]
    content: Mapping[str, str]

    @property
    def warehouse(self) -> Path:
        """Today's working file with all models as the sound project builds them."""
        return self.folder / "built" / "warehouse.duckdb"

    @property
    def manifest(self) -> Path:
        """dbt's manifest of the sound project, with the statements it compiled."""
        return self.folder / "sound" / "manifest.json"


def midnight(day: date) -> datetime:
    """The moment a day begins, UTC."""
    return datetime.combine(day, clock_time(), UTC)


class Desk:
    """A worker's own folder: the project it may break and the home in which a refresh happens."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._company = folder.parent
        self.home = folder / "home"
        self.checkout = folder / "checkout"
        self.refresh = Refresh(self.home, self.checkout / "dbt_project", TODAY)
        for room in (MODELS, DEFINITION, LOADERS):
            self.restore(room)

    def restore(self, room: str) -> None:
        """The room as it is in the checkout (the definition: in the base company); byte code comes along and
        is valid for what stays unchanged."""
        shutil.rmtree(self.checkout / room, ignore_errors=True)
        ignored = shutil.ignore_patterns("target", "logs", ".user.yml")
        origin = self._company if room == DEFINITION else ROOT
        shutil.copytree(origin / room, self.checkout / room, ignore=ignored, symlinks=True)

    def forget_parsing(self) -> None:
        """dbt's partial parsing does not see that a metric in a YAML file is as it was (dbt-core#13004)."""
        (self.folder / "dbt_target" / "partial_parse.msgpack").unlink(missing_ok=True)

    def begin_from(self, home: Path) -> None:
        """Forget the last refresh and begin from a copy of this home."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(home, self.home, symlinks=True)

    def receive_files(self, day: date) -> None:
        """What people have sent to the base company up to a day, in the inbox."""
        deliver(simulate(COMPANY).erasures, midnight(day), self.home / "inbox")
        send(day, self.home / "inbox")

    def load(self, vendors: Mapping[str, str]) -> Objection | None:
        """The loads, in a process that imports this desk's `ingestion`."""
        settings = os.environ | environment(self.home, self.refresh.project, TODAY) | dict(vendors)
        settings |= {"PYTHONPATH": str(self.checkout)}
        try:
            done = subprocess.run(
                [sys.executable, "-c", _LOAD, *VENDORS],
                cwd=self.checkout,
                env=settings,
                capture_output=True,
                text=True,
                timeout=LOAD_SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Objection("load", "timeout", f"not done after {LOAD_SECONDS} seconds")
        if done.returncode == 0:
            return None
        raised, _, finding = done.stderr.strip().splitlines()[-1].partition(": ")
        return Objection("load", raised.rpartition(".")[2], one_line(finding))


_desk: Desk | None = None


def take_a_desk(folder: Path) -> None:
    """Called once in each worker process."""
    global _desk
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    _desk = Desk(folder / f"worker-{os.getpid()}")


def desk() -> Desk:
    """This process's desk."""
    assert _desk is not None, "take_a_desk first"
    return _desk


def begin_earlier(folder: Path, vendors: Mapping[str, str]) -> None:
    """The base company's history: loaded and published soundly on the earlier day, kept in `folder/earlier`.

    Raises RuntimeError when anything objects: with a project that is not sound nothing can be learnt.
    """
    here = desk()
    here.receive_files(EARLIER)
    _sound(here.load(vendors))
    _sound(replace(here.refresh, as_of=EARLIER).run())
    shutil.copytree(here.home, folder / "earlier", symlinks=True)


def go_on_today(folder: Path, vendors: Mapping[str, str]) -> dict[str, str]:
    """The same company today, refreshed soundly; its published content.

    `folder/built` has the earlier publication, all loads and all models; `folder/sound` dbt's manifest.
    Raises RuntimeError as above.
    """
    here = desk()
    here.begin_from(folder / "earlier")
    here.receive_files(TODAY)
    _sound(here.load(vendors))
    with duckdb.connect(str(here.refresh.warehouse)) as connection:
        connection.execute(_INTERRUPTED)
    shutil.copytree(here.home, folder / "built", symlinks=True)
    _sound(here.refresh.run())
    shutil.copy(here.refresh.warehouse, folder / "built" / here.refresh.warehouse.name)
    write_manifest(here.refresh.project, folder / "sound")
    return published_content(here.refresh.warehouse)


def _sound(stopped: Objection | None) -> None:
    if stopped is not None:
        raise RuntimeError(f"the sound project does not publish: {stopped}")


def try_mutation(base: Base, mutation: Mutation) -> Outcome:
    """Refresh the base company with this change made."""
    started = time.monotonic()
    here = desk()
    try:
        mutation.apply(here.checkout)
        stopped = (_with_loaders if mutation.changes_loaders else _with_models)(here, base, mutation)
    finally:
        here.restore(mutation.room)
        if any(edit.file.endswith(".yml") for edit in mutation.edits):
            here.forget_parsing()
    return _outcome(here, base, mutation, stopped, started)


def try_statements(base: Base, changed: Statements) -> Outcome:
    """The same where the changed statements are known: the engine runs them; if nothing objects, dbt does."""
    started = time.monotonic()
    mutation, statements = changed
    here = desk()
    here.begin_from(base.folder / "built")
    try:
        stopped = replace(here.refresh, sound=base.folder / "sound", statements=statements).run()
    except (MemoryError, duckdb.OutOfMemoryException) as error:
        stopped = Objection("memory", type(error).__name__, one_line(str(error)))
    return (
        try_mutation(base, mutation) if stopped is None else _outcome(here, base, mutation, stopped, started)
    )


def _outcome(
    here: Desk, base: Base, mutation: Mutation, stopped: Objection | None, started: float
) -> Outcome:
    changed: tuple[str, ...] = ()
    if stopped is None:
        now, sound_content = published_content(here.refresh.warehouse), base.content
        tables = sorted(now.keys() | sound_content.keys())
        changed = tuple(table for table in tables if now.get(table) != sound_content.get(table))
    return Outcome(mutation.name, stopped, changed, time.monotonic() - started)


def _with_loaders(here: Desk, base: Base, _: Mutation) -> Objection | None:
    """What has come since the earlier day, loaded by the changed loaders; then all as usual."""
    here.begin_from(base.folder / "earlier")
    here.receive_files(TODAY)
    return here.load(base.vendors) or here.refresh.run()


def _with_models(here: Desk, base: Base, mutation: Mutation) -> Objection | None:
    """The changed models and what depends on them; where nothing objects, everything once more, because dbt
    compares nodes and does not see, say, a changed profile. A model's own statement it does see."""
    here.begin_from(base.folder / "built")
    stopped = replace(here.refresh, sound=base.folder / "sound").run()
    if stopped is None and not mutation.is_one_statement:
        here.begin_from(base.folder / "built")
        stopped = here.refresh.run()
    return stopped


def run_clean(seed: int) -> Outcome:
    """Another company, from its vendors to its publication, with the project as it is."""
    started = time.monotonic()
    here = desk()
    shutil.rmtree(here.home, ignore_errors=True)
    here.refresh.settle()
    size = Size(seed=seed, accounts=200, branches=20, employees=30, invitations=2_000, answers=800)
    world = simulate(size)
    deliver(world.erasures, midnight(TODAY), here.home / "inbox")
    with serve(world, midnight(TODAY), Faults.demo(seed)) as servers:
        os.environ.update(servers.environment())
        for name in VENDORS:
            load.load_source(name)
    return Outcome(f"seed {seed}", here.refresh.run(), (), time.monotonic() - started)
