"""The models that sqlfluff reads: all take minutes of both cores, and most were read before.

Belongs here: which of them are due, and what was found clean. Does not belong here: the rules
(pyproject.toml), or the environment in which dbt renders the models (the Makefile).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from orchestration import inputs
from tests.sampling import of_the_day

ROOT: Final = Path(__file__).resolve().parents[1]
PROJECT: Final = ROOT / "dbt_project"
KEPT: Final = ROOT / ".sqlfluff_cache" / "clean.json"
LINT: Final = (str(Path(sys.executable).with_name("sqlfluff")), "lint", "--disable-progress-bar")
#: File → digests of its own text, and of what every file is rendered and judged by.
Clean = Mapping[str, tuple[str, str]]


def main() -> int:
    """Lint what is due of a share, `LINT_SHARE`, and keep what is clean; return sqlfluff's exit code."""
    now = texts([*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "tests").glob("*.sql")], ROOT)
    rules, known = surroundings(ROOT), kept(KEPT)
    share = int(os.environ.get("LINT_SHARE") or 1)
    chosen = due(now, rules, known, edited(ROOT), share, datetime.now(UTC).date())
    print(f"sqlfluff reads {len(chosen)} of {len(now)} models and tests", flush=True)
    code = subprocess.run([*LINT, "--processes", "2", *chosen], cwd=ROOT).returncode if chosen else 0
    if code == 0:
        keep(
            KEPT,
            {name: known[name] for name in known if name in now}
            | {each: (now[each], rules) for each in chosen},
        )
    return code


def due(
    now: Mapping[str, str], rules: str, known: Clean, edited: set[str], share: int, day: date
) -> list[str]:
    """The files that are not known to be clean, if they were edited, or if the day draws them.

    Args:
        now: File → digest of its text.
        rules: The digest of what all are rendered and judged by.
        known: What was clean when it was last read.
        edited: Files that the last commit changed, and those that are not committed.
        share: The day draws one in so many.
        day: The day that draws.
    """
    drawn = of_the_day(sorted(now), share, day)
    unread = [name for name in sorted(now) if known.get(name) != (now[name], rules)]
    changed = {name for name in known if name in now and known[name][0] != now[name]}
    return [name for name in unread if name in drawn | edited | changed]


def edited(root: Path) -> set[str]:
    """What differs from the last commit, or, where it is there, from the one before; and new files."""
    asked = [["diff", "--name-only", commit] for commit in ("HEAD~1", "HEAD")]
    asked += [["ls-files", "--others", "--exclude-standard"]]
    said = [subprocess.run(["git", *each], cwd=root, capture_output=True, text=True) for each in asked]
    return {name for each in said if each.returncode == 0 for name in each.stdout.splitlines()}


def texts(paths: Iterable[Path], root: Path) -> dict[str, str]:
    """Each file, as it is named from `root` → a digest of its text."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths
    }


def surroundings(root: Path) -> str:
    """A digest of the macros and variables that render every file, the rules, and the libraries."""
    project = root / "dbt_project"
    rules = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["tool"]["sqlfluff"]
    settings = [project / "dbt_project.yml", project / "vars.yml", root / "requirements.lock"]
    parts = inputs.files([project / "macros"], {".sql"}), inputs.files(settings, {".yml", ".lock"})
    return inputs.digest([*parts, json.dumps(rules, sort_keys=True)])


def kept(path: Path) -> Clean:
    """What was found clean before; nothing if the file is not there."""
    read = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return {name: (text, rules) for name, (text, rules) in read.items()}


def keep(path: Path, clean: Clean) -> None:
    """Write it, whole or not at all."""
    path.parent.mkdir(exist_ok=True)
    half = path.with_suffix(".tmp")
    half.write_text(json.dumps(clean, indent=1, sort_keys=True), "utf-8")
    half.replace(path)


if __name__ == "__main__":
    sys.exit(main())
