"""dbt as a library: how its commands run, and the parsed project, which a refresh needs often.

Belongs here: how dbt is started. Does not belong here: what is built (`defs/models.py`), or what Dagster sees
of it (`dbt_assets.py`). dbt runs in this process, because a separate one would import and parse everything
again.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration import environment, inputs
from orchestration.environment import ConfigurationError, home

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

PARSED_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md"}
FINGERPRINT = "manifest.fingerprint"
KEPT = "manifest.kept"
ARTIFACTS = ("manifest.json", "semantic_manifest.json", "osi_document.json")
KEPT_BUILDS = 10
KEPT_SHARED = 40
OTHERS_WRITE = 0o022
SHOWN_PROBLEMS = 3
# dbt's messages go to standard output, which `nps` logs. Its own log file would repeat them with every
# statement, at a quarter of the time of a small build; the statements are in the build's folder.
SAYING = ("--no-use-colors", "--log-level-file", "none")


def run(
    arguments: Sequence[str],
    *,
    project: Path | None = None,
    folder: Path | None = None,
    manifest: Manifest | None = None,
    listener: Callable[[EventMsg], None] | None = None,
) -> dbtRunnerResult:
    """Run a dbt command and release the working file; the caller checks whether it succeeded.

    Args:
        arguments: The command and its options.
        project: The folder of the project and its profile; default: the state folder's.
        folder: Where dbt writes its artifacts; default: `target()`.
        manifest: The parsed project; without one dbt parses it.
        listener: Receives every message from dbt, on dbt's threads.
    """
    project = project or home().project
    with environment.restored(), contextlib.chdir(project):
        # Imported here, because the import reads a `.env` file into the environment, which only dbt may see.
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        where = ["--project-dir", str(project), "--profiles-dir", str(project)]
        where += ["--target-path", str(folder or target()), "--log-path", str(folder or target())]
        try:
            runner = dbtRunner(manifest, callbacks=[listener] if listener else [])
            with _interruptible():
                done = runner.invoke([*SAYING, *arguments, *where])
        finally:
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if isinstance(done.exception, KeyboardInterrupt):
        raise done.exception
    return done


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt at a signal: only then dbt ends its threads. Dagster raises one of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no other thread receives signals
        return
    signals = (signal.SIGINT, signal.SIGTERM)
    before = {each: signal.signal(each, signal.default_int_handler) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler or signal.SIG_DFL)


def build(
    arguments: Sequence[str],
    folder: Path,
    listener: Callable[[EventMsg], None],
    project: Path | None = None,
) -> dbtRunnerResult:
    """`dbt build` of the parsed project; writes its results and the SQL that ran to `folder`.

    It does not write the manifest again: `prepared_manifest` has written it.
    """
    done = run(
        ["--no-write-json", "build", *arguments],
        project=project,
        folder=folder,
        manifest=parsed(project),
        listener=listener,
    )
    if done.result is not None:
        done.result.write(str(folder / "run_results.json"))  # type: ignore[union-attr]
    return done


def failed_nodes(done: dbtRunnerResult) -> list[str]:
    """Name and finding of every failed model and test, in dbt's order; empty if dbt ran none."""
    from orchestration import failures

    return [
        f"{result.node.name}: {_problems(result) or failures.one_line(result.message or result.status)}"
        for result in getattr(done.result, "results", [])
        if result.status in {"error", "fail"}
    ]


def _problems(result: Any) -> str:
    """The messages of a failed test: tests that have any select them as `problem`."""
    sql = getattr(result.node, "compiled_code", None) or ""
    if result.status != "fail" or " as problem" not in sql or not home().warehouse.exists():
        return ""
    with duckdb.connect(str(home().warehouse), read_only=True) as connection:
        found = connection.execute(f"select distinct problem from ({sql}) order by problem").fetchall()
    shown = "; ".join(problem for (problem,) in found[:SHOWN_PROBLEMS])
    return shown + (f"; and {len(found) - SHOWN_PROBLEMS} more" if len(found) > SHOWN_PROBLEMS else "")


def target() -> Path:
    """The folder of dbt's last parse: its manifest, the semantic manifest, the OSI document."""
    return Path(os.environ.get("DBT_TARGET_PATH", home().dbt_target))


def build_folder(name: str, run_id: str) -> Path:
    """The folder for a build's compiled SQL and results."""
    return target() / f"{name}-{run_id}"


def forget_old_builds(keep: int = KEPT_BUILDS) -> None:
    """Remove the folders of earlier builds, except the newest ones."""
    folders = [path for path in target().glob("*-*") if path.is_dir()]
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def is_prepared(vendors: Iterable[str], project: Path | None = None) -> bool:
    """Whether the manifest for these vendors is there, made from all that is there now."""
    os.environ["NPS_VENDORS"] = ",".join(sorted(vendors))
    manifest, stamp = target() / "manifest.json", target() / FINGERPRINT
    expected = fingerprint(project or home().project)
    return manifest.exists() and stamp.exists() and stamp.read_text("utf-8") == expected


def prepared_manifest(vendors: Iterable[str], project: Path | None = None) -> Path:
    """The manifest for these vendors, parsed again only if the project, the company or the vendors changed.

    Raises:
        ConfigurationError: dbt cannot parse the project; the message contains dbt's error.
    """
    project = project or home().project
    manifest, stamp = target() / "manifest.json", target() / FINGERPRINT
    if is_prepared(vendors, project):
        return manifest
    expected = fingerprint(project)
    for stale in (stamp, manifest):
        stale.unlink(missing_ok=True)
    _parsed.cache_clear()
    _parsed(project, target(), expected)
    stamp.write_text(expected, "utf-8")
    return manifest


def parsed(project: Path | None = None) -> Manifest:
    """The same manifest as dbt's object in memory, for the vendors in `NPS_VENDORS`.

    Raises:
        ConfigurationError: dbt cannot parse the project; the message contains dbt's error.
    """
    return _parsed(project or home().project, target(), fingerprint(project or home().project))


@lru_cache(maxsize=1)
def _parsed(project: Path, folder: Path, fingerprint: str) -> Manifest:
    """Kept until its inputs change: a refresh builds twice and rarely parses."""
    shared = _shared(fingerprint)
    if not (folder / "manifest.json").exists() and shared and shared.exists():
        shutil.copytree(shared, folder, dirs_exist_ok=True)
    written = (folder / "manifest.json").exists()
    if written and (found := _kept(folder / KEPT, fingerprint)):
        for node in found.nodes.values():
            if hasattr(node, "root_path"):
                node.root_path = str(project)  # whichever state folder parsed it
        return found
    options = ["--no-write-json"] if written else []
    done = run(["--quiet", *options, "parse"], project=project, folder=folder)
    if not done.success:
        raise ConfigurationError(f"dbt cannot parse {project}: {str(done.exception).strip()}")
    manifest: Manifest = done.result  # type: ignore[assignment]
    half = folder / f"{KEPT}.tmp"
    # Without its lookups, which it makes again when asked: dbt 1.12 gives some back under another's name.
    parts = {part.name: getattr(manifest, part.name) for part in fields(manifest) if part.name[0] != "_"}
    half.write_bytes(fingerprint.encode() + pickle.dumps(type(manifest)(**parts)))
    half.replace(folder / KEPT)
    if shared and not written:
        _share(folder, shared)
    return manifest


def _kept(path: Path, fingerprint: str) -> Manifest | None:
    """What was parsed by an earlier process, if it was made from the very same."""
    written = path.read_bytes() if path.is_file() else b""
    if not written.startswith(fingerprint.encode()):
        return None
    manifest: Manifest = pickle.loads(written.removeprefix(fingerprint.encode()))
    return manifest


def _shared(fingerprint: str) -> Path | None:
    """Where state folders share what was parsed, for whoever often begins with an empty one: `NPS_PARSED`.

    Raises:
        ConfigurationError: somebody else may write there, and what is read from it may run code.
    """
    if not (named := os.environ.get("NPS_PARSED")):
        return None
    folder = Path(named).expanduser()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owned = folder.stat()
    if owned.st_uid != os.getuid() or owned.st_mode & OTHERS_WRITE:
        raise ConfigurationError(
            f"NPS_PARSED names {folder}, where others may write; make it yours alone: chmod 700"
        )
    return folder / fingerprint


def _share(folder: Path, shared: Path) -> None:
    """Give what was parsed to other state folders, whole or not at all: another may be doing the same."""
    half = Path(tempfile.mkdtemp(dir=shared.parent))
    for name in (KEPT, *ARTIFACTS):
        if (folder / name).exists():
            shutil.copy(folder / name, half)
    try:
        half.rename(shared)
    except OSError:
        shutil.rmtree(half)
    others = sorted(shared.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in others[KEPT_SHARED:]:
        shutil.rmtree(old, ignore_errors=True)


def fingerprint(project: Path) -> str:
    """A digest of all that the manifest depends on: project, definition, vendors, libraries, settings of dbt.

    The as-of day is none of it: a model asks for it when it is built. Nor is the folder of the project.
    """
    # Each may be a link, which a search of the whole project does not follow.
    linked = [part for part in sorted(project.iterdir()) if part.name not in inputs.MADE]
    parts = inputs.files(linked, PARSED_SUFFIXES), inputs.libraries(), inputs.variables("DBT_")
    return inputs.digest([os.environ["NPS_VENDORS"], *parts])
