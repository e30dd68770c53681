"""How a publication was made: the SQL that ran, dbt's own records, the guard's results.

They are kept with the publication, because the next build overwrites them, and go into its evidence packs.

Belongs here: where the steps write these files. Does not belong here: what happens to them (`publication`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from expectations import runner, suites
from orchestration import acceptance
from orchestration.environment import Home

BUILDS = ("marts", "publication_models")
"""The two dbt builds of a refresh; each writes its own folders, `<name>-<run>`."""


def collect(home: Home) -> dict[str, bytes]:
    """The records of the last build that exist, by the path under which they are kept."""
    return {name: path.read_bytes() for name, path in _found(home) if path.is_file()}


def _found(home: Home) -> Iterator[tuple[str, Path]]:
    target = Path(os.environ.get("DBT_TARGET_PATH", home.dbt_target))
    yield "dbt/manifest.json", target / "manifest.json"
    for build in BUILDS:
        folder = newest(target, build)
        if folder is None:
            continue
        yield f"dbt/run_results.{build}.json", folder / "run_results.json"
        for path in sorted(folder.glob("compiled/*/models/**/*.sql")):
            # A test is compiled into a folder named after the file that declares it.
            if not any(part.endswith((".yml", ".yaml")) for part in path.parts):
                yield f"sql/{path.name}", path
    for stage in suites.STAGES:
        yield f"guard/{stage}.json", home.reports / stage / runner.RESULTS
    yield "guard/limits.json", acceptance.report(home)


def newest(target: Path, build: str) -> Path | None:
    """The folder of dbt's last run of this build, if there was one."""
    folders = [path for path in target.glob(f"{build}-*") if (path / "run_results.json").exists()]
    return max(folders, key=lambda path: (path / "run_results.json").stat().st_mtime, default=None)
