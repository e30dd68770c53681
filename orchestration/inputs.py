"""What a result is made from besides the data: digests of files, libraries and settings, by their content.

Belongs here: one digest for each kind of input. Does not belong here: what is kept for as long as they stay
the same (`dbt.py` keeps the manifest, `unchanged.py` the last refresh).
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from orchestration import environment
from orchestration.environment import CHECKOUT

ROOMS = tuple(
    CHECKOUT / room
    for room in (
        "ingestion",
        "company",
        "expectations",
        "publication",
        "semantics",
        "topics",
        "orchestration",
        "dbt_project",
    )
)
# What dbt writes itself.
MADE = {"target", "logs"}
SUFFIXES = {".py", ".sql", ".yml", ".yaml", ".csv", ".md", ".toml"}
# These say where things are, who asks, whom to tell, and whether there are pages. As-of day and vendors are
# inputs of their own.
NO_INPUT = {
    *("NPS_HOME", "NPS_USER", "NPS_AS_OF", "NPS_VENDORS", "NPS_FAILURE_WEBHOOK", "NPS_FAILURE_COMMAND"),
    *(
        "NPS_ACCEPTED",
        "NPS_PAGES",
        "NPS_PARSED",
        "NPS_READERS",
        "DBT_TARGET_PATH",
        "DBT_LOG_PATH",
        "DBT_SEND_ANONYMOUS_USAGE_STATS",
    ),
}


def files(folders: Iterable[Path], suffixes: set[str]) -> str:
    """A digest of each file's content and its path from its folder; wherever that lies, it is the same.

    Folders that dbt writes itself are left out.
    """
    whole = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            place = path.relative_to(folder)
            is_made = not MADE.isdisjoint(place.parts)
            if path.suffix in suffixes and path.is_file() and not is_made:
                content = path.read_bytes()
                whole.update(f"{folder.name / place}\0{len(content)}\0".encode())
                whole.update(content)
    return whole.hexdigest()


def product() -> str:
    """The code, the models, and all that the company decides."""
    return files((*ROOMS, environment.company()), SUFFIXES)


def libraries() -> str:
    """Python and every installed package with its version."""
    installed = sorted(path.name for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"))
    return digest([sys.version, *installed])


def variables(*prefixes: str) -> str:
    """The environment variables with these prefixes, except those that make no difference to a result."""
    chosen = (f"{name}={value}" for name, value in os.environ.items() if name.startswith(prefixes))
    return digest(sorted(each for each in chosen if each.partition("=")[0] not in NO_INPUT))


def settings() -> str:
    """What configures the sources: dlt's files and the environment."""
    import dlt

    context = dlt.current.run_context()
    folders = dict.fromkeys(Path(each) for each in (context.settings_dir, context.global_dir))
    found = [path for folder in folders for path in sorted(folder.glob("*.toml"))]
    contents = [hashlib.sha256(path.read_bytes()).hexdigest() for path in found]
    return digest([*contents, variables("NPS_", "SOURCES__", "DESTINATION__", "DBT_")])


def digest(parts: Iterable[str]) -> str:
    """One digest of texts in their order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
