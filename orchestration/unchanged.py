"""Whether anything is new since the last refresh that went through: if not, its models and checks still hold.

Everything that a result depends on is compared: what raw holds, what was told of cases, the as-of day, the
product with its definition, libraries, settings, what cannot be read, the published copy and its ledger. A
refresh that failed, was interrupted or let an exceeded limit pass leaves nothing to compare with, so the next
one does everything again.

Belongs here: what is compared and how it is kept. Does not belong here: what follows from it (`refresh.py`).
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from orchestration import cases, clear_texts, gaps, inputs, shortfall
from orchestration.environment import Home

FILE = "last_refresh.json"


@dataclass(frozen=True)
class State:
    """What a refresh was made from and what it left, each as a text that differs when the thing does."""

    as_of: str
    raw: str
    product: str
    libraries: str
    settings: str
    gaps: str
    left: str
    version: str


@dataclass(frozen=True)
class Last:
    """The last refresh that went through: when it ended, how many checks passed, and its state."""

    ended: str
    checks: int
    state: State
    working_file: str


def last(home: Home) -> Last | None:
    """The last refresh that went through, if nobody has written to the working file since."""
    try:
        kept = json.loads((home.path / FILE).read_text("utf-8"))
        found = Last(**{**kept, "state": State(**kept["state"])})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None
    return found if found.working_file == _stamp(home.warehouse) else None


def nothing_new(before: Last | None, found: State, home: Home) -> bool:
    """Whether all that was found after the loads is as the last refresh found and left it."""
    if before is None or before.state != found:
        return False
    from publication import publish

    return publish.stands(home.published, found.version, ledger_folder=home.ledger)


def keep(home: Home, found: State, checks: int) -> None:
    """Remember a refresh that went through, at its end, unless its inputs have changed meanwhile."""
    left = state(home, date.fromisoformat(found.as_of))
    if replace(left, left=found.left, version=found.version) == found:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        _write(home, Last(now, checks, left, _stamp(home.warehouse)))


def keep_on(home: Home, before: Last) -> None:
    """Remember the same refresh once more, after loads that brought nothing."""
    _write(home, replace(before, working_file=_stamp(home.warehouse)))


def forget(home: Home) -> None:
    """From now on there is no refresh that went through, until this one does."""
    (home.path / FILE).unlink(missing_ok=True)


def raw_state(warehouse: Path) -> str:
    """Every raw table with its columns and how many rows each load has brought, as a text.

    Raw is insert-only, so this differs whenever what is read from it does. Loads that brought nothing, and
    those that nobody reads (status other than 0), make no difference.
    """
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, list(column_name || ' ' || data_type order by column_index)"
            " from duckdb_columns() where schema_name like 'raw\\_%' escape '\\'"
            " and not starts_with(table_name, '_dlt') group by all order by all"
        ).fetchall()
        found = []
        for schema, table, columns in tables:
            loads = connection.execute(
                f'select _dlt_load_id, count(*) from "{schema}"."{table}" where _dlt_load_id in'
                f' (select load_id from "{schema}"._dlt_loads where status = 0) group by all order by all'
            ).fetchall()
            found.append([schema, table, columns, loads])
    return json.dumps(found)


def state(home: Home, as_of: date) -> State:
    """What a refresh that builds now is made from, and what there is of the last one."""
    current = home.published / "current"
    return State(
        as_of=as_of.isoformat(),
        raw=inputs.digest([raw_state(home.warehouse), *cases.told(home.cases)]),
        product=inputs.product(),
        libraries=inputs.libraries(),
        settings=inputs.settings(),
        gaps=inputs.digest([f"{gap.source} {gap.stands}" for gap in gaps.standing(home)]),
        left=inputs.digest([*_reports(home), _readable(home)]),
        version=current.resolve().name if current.exists() else "",
    )


def _reports(home: Home) -> list[str]:
    """What a refresh leaves beside the figures: what was read again, which reports there are."""
    seen = home.read_again.read_text("utf-8") if home.read_again.is_file() else ""
    return [seen, *(str(path.relative_to(home.path)) for path in sorted(home.reports.glob("**/*.*")))]


def _readable(home: Home) -> str:
    """A text that differs once comments that could not be read can be."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        if not shortfall.unread_comments(connection):
            return ""
    return "no key" if clear_texts.without_the_key(home) else "the key is here"


def _stamp(path: Path) -> str:
    """A text that differs once a file, or the log beside it, has been written to."""
    stats = [each.stat() for each in (path, Path(f"{path}.wal")) if each.exists()]
    return json.dumps([(stat.st_ino, stat.st_size, stat.st_mtime_ns) for stat in stats])


def _write(home: Home, what: Last) -> None:
    """Whole or not at all."""
    half = home.path / f"{FILE}.tmp"
    half.write_text(json.dumps(asdict(what), indent=1) + "\n", "utf-8")
    half.replace(home.path / FILE)
