"""Retention: what the vault holds for longer than the company keeps it is destroyed, once a day.

All personal data is in the vault, so nothing else has to be rewritten. What was read of a comment before,
such as its topics, stays. Belongs here: when, and what is said of it. Does not belong here: periods
(`ingestion/retention.py`), destroying (`vault`), forgetting a person (`orchestration/erasing.py`).
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ingestion import retention
from orchestration import progress
from orchestration.environment import Home
from publication.wording import count
from vault.store import Vault

_LOG = "retention.jsonl"


class RetentionError(Exception):
    """Something is still held for longer than it may be."""


def carry(home: Home) -> int:
    """Destroy what is due today, unless that was done today; how many texts.

    Raises:
        RetentionError: something of it is still there afterwards.
    """
    today = datetime.now(UTC).date()
    since = retention.kept_since(today)
    said = {kind: first.isoformat() for kind, first in since.items()}
    if not since or _last(home).get("since") == said:
        return 0
    vault = Vault(home.path / "vault")
    progress.report("load", "the vault: what is kept no longer")
    destroyed = vault.expire(since)
    if left := vault.expired(since):
        raise RetentionError(f"{left} texts of {home.path / 'vault'} should be kept no longer, and are there")
    with (home.path / "vault" / _LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps({"day": today.isoformat(), "since": said, "destroyed": destroyed}) + "\n")
    return destroyed


def remarks(home: Home) -> list[str]:
    """What a refresh says: what was destroyed today, and delivered files that are older than is kept."""
    today = datetime.now(UTC).date()
    since = retention.kept_since(today)
    if not since:
        return []
    told, last = [], _last(home)
    if last.get("day") == today.isoformat() and last["destroyed"]:
        told.append(
            f"{count(last['destroyed'])} texts in the vault were kept for their time and are destroyed"
        )
    old = [path for path in home.inbox.rglob("*") if path.is_file() and _day(path) < min(since.values())]
    if old:
        told.append(
            f"{len(old)} files in {home.inbox} are older than any personal data is kept, such as"
            f" {old[0].name}: they are yours; delete them, raw has what they said"
        )
    return told


def _last(home: Home) -> dict[str, Any]:
    log = home.path / "vault" / _LOG
    lines = log.read_text("utf-8").splitlines() if log.is_file() else []
    found: dict[str, Any] = json.loads(lines[-1]) if lines else {}
    return found


def _day(path: Path) -> date:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
