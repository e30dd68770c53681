"""Sources whose last load failed, or passed over a survey: what a refresh goes on without, and since when.

A load that fails notes its source, and the next one that succeeds takes the note away, whoever started it. A
survey that a load passed over is noted beside its source, which is loaded.
What stands is published with the figures and told by every command that speaks of sources.

Belongs here: the notes, and whether a refresh may go on. Does not belong here: how stale a source may be,
which the governed limit `stale_source` says, or what a publication says of it (`publication/gaps.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC

import duckdb
import orjson

from ingestion.surveys.left_out import left_out
from orchestration import vendors
from orchestration.environment import Home
from publication.gaps import Gap

FILE = "gaps.json"
STEP = "load_"
FILES = "files"


def open_(home: Home, source: str, error: str) -> None:
    """Note that a load of this source failed."""
    _write(home, {**_noted(home), source: Gap(source, _loaded_through(home, source), error)})


def close(home: Home, source: str, passed_over: Sequence[tuple[str, str | None, str]] = ()) -> None:
    """Take away the notes: a load of this source succeeded. `passed_over` are surveys that it could not read:
    id, up to when each was, and why."""
    noted = _noted(home)
    found = {name: gap for name, gap in noted.items() if not _is_of(gap, source)}
    for survey, read_through, problem in passed_over:
        gap = Gap(_survey(source, survey), read_through, problem)
        found[gap.source] = gap
    if found != noted:
        _write(home, found)


def standing(home: Home) -> tuple[Gap, ...]:
    """The gaps of the sources that are on, and of those that this run is without; then the surveys that the
    company leaves out."""
    noted, names = _noted(home), (*vendors.enabled(), *vendors.absent())
    surveys = [
        Gap(_survey(name, survey), None, reason, is_left_out=True)
        for name in names
        for survey, reason in left_out(name).items()
    ]
    return (*(gap for name in names for gap in noted.values() if _is_of(gap, name)), *surveys)


def borne(
    home: Home, succeeded: bool, failed_steps: Sequence[str], accepted: Sequence[str] = ()
) -> tuple[str, ...] | None:
    """Without which sources a refresh may go on after loads of which these steps failed; None: it may not.

    What was loaded of a source before is good for as long as the limit `stale_source` says, and the source
    stays in. One that was never loaded is left out where its name is `accepted`. Files are no vendor: whoever
    put one into the inbox that cannot be read is there to correct it.
    """
    if not (succeeded or failed_steps):
        return None  # the process ended, and nobody knows where
    noted, without = _noted(home), []
    for step in failed_steps:
        gap = noted.get(step.removeprefix(STEP))
        if gap is None or gap.source == FILES:
            return None
        if gap.since is None:
            if gap.source not in accepted:
                return None
            without.append(gap.source)
    return tuple(without)


def never_loaded(home: Home) -> tuple[str, ...]:
    """The vendors of which nothing was ever loaded."""
    names = {*vendors.enabled(), *vendors.absent()} - {FILES}
    return tuple(gap.source for gap in standing(home) if gap.source in names and gap.since is None)


def _survey(source: str, survey: str) -> str:
    """How a survey is named in gaps."""
    return f"{source} survey {survey}"


def _is_of(gap: Gap, source: str) -> bool:
    """Whether a gap is of a source or of one of its surveys."""
    return gap.source == source or gap.source.startswith(_survey(source, ""))


def _loaded_through(home: Home, source: str) -> str | None:
    """When the last load of a source ended that succeeded (UTC, ISO 8601)."""
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            [(ended,)] = connection.execute(
                f"select max(inserted_at) from raw_{source}._dlt_loads where status = 0"
            ).fetchall()
    except (duckdb.CatalogException, duckdb.IOException):  # nothing was loaded, or nobody can tell
        return None
    return ended.astimezone(UTC).isoformat(timespec="seconds") if ended else None


def _noted(home: Home) -> dict[str, Gap]:
    path = home.path / FILE
    if not path.is_file():
        return {}
    return {each["source"]: Gap(**each) for each in orjson.loads(path.read_bytes())}


def _write(home: Home, noted: dict[str, Gap]) -> None:
    """Whole or not at all: half a file would stop every later run."""
    half = home.path / f"{FILE}.tmp"
    half.write_bytes(orjson.dumps([asdict(gap) for gap in noted.values()], option=orjson.OPT_INDENT_2))
    half.replace(home.path / FILE)
