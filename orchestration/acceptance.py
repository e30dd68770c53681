"""Exceeded limits that a person accepts for one refresh: what was typed, and what it covers.

Acceptances reach the steps of one run through the environment, as the as-of does. Nothing else sets that
variable, so no other run finds it. What the check lets pass is kept beside its report until publication.

Belongs here: reading, passing on and matching acceptances. Does not belong here: what the limits are
(`expectations/limits`), or how an acceptance is recorded (`publication`).
"""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from orchestration import environment
from orchestration.environment import ConfigurationError, Home
from publication.acceptance import Acceptance

if TYPE_CHECKING:
    from expectations.limits import Applied

LIMITS = "limits"
RESULTS = "results.json"
#: The name under which a person accepts that a source is in no figure, because it was never loaded.
INCOMPLETE = "incomplete_source"


@dataclass(frozen=True)
class Accepted:
    """A limit that somebody accepts, for one subject or for all, and why."""

    limit: str
    subject: str | None
    reason: str
    accepted_by: str
    accepted_at: str

    def covers(self, applied: Applied) -> bool:
        """Whether it applies to this limit and subject."""
        return self.limit == applied.limit.name and self.subject in (None, applied.subject)


def read(typed: Sequence[str], reason: str | None) -> tuple[Accepted, ...]:
    """Parse `--accept LIMIT` or `--accept LIMIT:SUBJECT`, and `--reason`.

    Raises ConfigurationError: an unknown limit, no reason, or a reason without --accept.
    """
    why = (reason or "").strip()
    if not typed:
        if reason is not None:
            raise ConfigurationError("--reason needs --accept: name the limit to accept")
        return ()
    from company.tables import LIMITS as GOVERNED

    known = sorted({*(limit.partition("/")[0] for limit in GOVERNED), INCOMPLETE})
    now = datetime.now(UTC).isoformat(timespec="seconds")
    found = []
    for each in typed:
        limit, colon, subject = (part.strip() for part in each.partition(":"))
        if limit not in known:
            raise ConfigurationError(f"there is no limit {limit!r}; the limits are {', '.join(known)}")
        if colon and not subject:
            raise ConfigurationError(
                f"{each!r} names no subject: write {limit}:SUBJECT, or {limit} for all subjects"
            )
        if limit == INCOMPLETE and not subject:
            raise ConfigurationError(f"name the source that was never loaded: {limit}:SOURCE")
        found.append(Accepted(limit, subject or None, why, who(), now))
    if not why:
        raise ConfigurationError(f'--accept {typed[0]} needs a reason: add --reason "…"')
    return tuple(found)


def incomplete(accepted: Iterable[Accepted]) -> Iterator[str]:
    """The sources without which somebody accepts a publication."""
    return (each.subject for each in accepted if each.limit == INCOMPLETE and each.subject)


def who() -> str:
    """Who runs this: `NPS_USER`, else the operating system's user."""
    return environment.user() or getpass.getuser()


def carry(accepted: Iterable[Accepted]) -> None:
    """Pass the acceptances to the steps of this run."""
    environment.accept(orjson.dumps([asdict(each) for each in accepted]).decode())


def carried() -> tuple[Accepted, ...]:
    """The acceptances of this run."""
    return tuple(Accepted(**each) for each in orjson.loads(environment.accepted()))


def judge(applied: Iterable[Applied], accepted: Sequence[Accepted]) -> tuple[list[Applied], list[Acceptance]]:
    """The exceeded limits that nobody accepted, and those that somebody did."""
    stopping, passed = [], []
    for each in applied:
        if not each.is_exceeded:
            continue
        by = next((one for one in accepted if one.covers(each)), None)
        if by is None:
            stopping.append(each)
        else:
            passed.append(
                Acceptance(
                    limit=each.limit.name,
                    subject=each.subject,
                    observed=round(each.observed, 6),
                    maximum=float(each.limit.maximum),
                    accepted_by=by.accepted_by,
                    accepted_at=by.accepted_at,
                    reason=by.reason,
                )
            )
    return stopping, passed


def leave(home: Home, run_id: str, applied: Iterable[Applied], passed: Sequence[Acceptance]) -> Path:
    """Write the limits as a run applied them, beside the guard's other reports."""
    path = report(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    judged = [
        {
            "limit": each.limit.name,
            "applies_to": each.limit.applies_to,
            "subject": each.subject,
            "observed": each.observed,
            "maximum": each.limit.maximum,
            "affected": each.affected,
            "is_exceeded": each.is_exceeded,
            "example": each.example,
        }
        for each in applied
    ]
    path.write_bytes(
        orjson.dumps({"run_id": run_id, "limits": judged, "accepted": passed}, option=orjson.OPT_INDENT_2)
    )
    return path


def passed(home: Home, run_id: str) -> tuple[Acceptance, ...]:
    """The exceeded limits that this run's check let pass."""
    try:
        left = orjson.loads(report(home).read_bytes())
    except FileNotFoundError:
        return ()
    return tuple(Acceptance(**each) for each in left["accepted"]) if left["run_id"] == run_id else ()


def report(home: Home) -> Path:
    """The report with the limits of the last run."""
    return home.reports / LIMITS / RESULTS
