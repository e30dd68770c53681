"""The manifest of a published version.

Belongs here: the structure of `manifest.json`, reading and writing it. Does not belong here: how its figures
are measured (`content`), or where versions are on disk (`versions`).
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import orjson

from publication.acceptance import Acceptance
from publication.gaps import Gap

FILE_NAME = "manifest.json"


@dataclass(frozen=True)
class TableEntry:
    """One published table: number of rows, md5 of its content, SHA-256 of its Parquet file."""

    rows: int
    content_hash: str
    parquet_sha256: str


@dataclass(frozen=True)
class Manifest:
    """A published version.

    `published_at` is UTC, `as_of` the exclusive end of its data; `sequence` its number in the ledger,
    `ledger_head` the ledger's last hash including it, `ledger` and `documents` the SHA-256 of every ledger
    file and of every document by name; `accepted` the exceeded limits that a person accepted; `pages` the
    digest of the pages made from it, None where none were made; `gaps` the sources that could not be loaded
    to their end; `answers` those behind it, which are kept beside the ledger and not published.
    """

    version: str
    published_at: datetime
    as_of: date
    definition_version: str | None
    git_revision: str | None
    tables: dict[str, TableEntry]
    sequence: int
    ledger_head: str
    ledger: dict[str, str]
    documents: dict[str, str]
    accepted: tuple[Acceptance, ...] = ()
    pages: str | None = None
    gaps: tuple[Gap, ...] = ()
    answers: TableEntry | None = None


def write(manifest: Manifest, folder: Path) -> Path:
    """Write `manifest.json` into `folder` and return its path."""
    path = folder / FILE_NAME
    path.write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
    return path


def read(folder: Path) -> Manifest:
    """The manifest in `folder`. Raises FileNotFoundError, or ValueError if it is not a manifest."""
    path = folder / FILE_NAME
    try:
        content = orjson.loads(path.read_bytes())
        return Manifest(
            version=content["version"],
            published_at=datetime.fromisoformat(content["published_at"]),
            as_of=date.fromisoformat(content["as_of"]),
            definition_version=content["definition_version"],
            git_revision=content["git_revision"],
            tables={name: TableEntry(**entry) for name, entry in content["tables"].items()},
            sequence=content["sequence"],
            ledger_head=content["ledger_head"],
            ledger=content["ledger"],
            documents=content["documents"],
            accepted=tuple(Acceptance(**each) for each in content.get("accepted", ())),
            pages=content.get("pages"),
            gaps=tuple(Gap(**each) for each in content.get("gaps", ())),
            answers=TableEntry(**content["answers"]) if content.get("answers") else None,
        )
    except (KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise ValueError(
            f"{path} is not a publication's manifest ({error}); remove that version and publish again"
        ) from error


def git_revision() -> str | None:
    """The commit of the publishing code; None outside a git checkout."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
