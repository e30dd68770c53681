"""`python -m tests.benchmarks.pages`: the pages of a publication, and of one with many more branches.

Takes the current publication of `NPS_HOME` (after `make demo`: 41 branches, three years) and writes its pages
twice. Then it copies the rows of its branches under new names until there are as many as asked for, and
writes the pages of that. Prints figures, never a verdict.

Belongs here: the many branches, and what their pages cost. Does not belong here: a stage of a refresh
(`stages`).
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path

import duckdb
from rich.console import Console

from orchestration import environment
from publication import content, manifest, pages
from publication.pages import Stand
from review import site

#: The tables whose rows about a branch become pages.
_TABLES = ("nps_scores", "branch_scorecards")


def many(database: Path, branches: int) -> int:
    """Copy the rows of branches under new names until there are as many as this; how many there are then."""
    with duckdb.connect(database) as connection:
        [(there,)] = connection.execute("select count(distinct branch) from branch_scorecards").fetchall()
        copies = max(0, -(-branches // there) - 1)
        for table in _TABLES:
            connection.execute(
                f"insert into {table} select rows.* replace (rows.branch || '-' || nth as branch,"
                f" rows.branch_name || ' ' || nth as branch_name)"
                f" from {table} as rows, range(1, ?) as copies (nth)"
                " where rows.branch in (select branch from branch_scorecards)",
                [copies + 1],
            )
        [(made,)] = connection.execute(
            "select count(distinct branch) from nps_scores where segment = 'branch'"
        ).fetchall()
    return int(made)


def measure(database: Path, stand: Stand, to: Path) -> tuple[float, float, str]:
    """Wall and CPU seconds of writing the pages, and their digest."""
    wall, cpu = time.monotonic(), time.process_time()
    site.write(database, stand, to)
    return time.monotonic() - wall, time.process_time() - cpu, pages.digest(to)


def main() -> None:
    """Print a line for the publication as it is, twice, and one with many branches."""
    arguments = argparse.ArgumentParser(description="Measure the pages.")
    arguments.add_argument("--branches", type=int, default=2_000)
    branches = arguments.parse_args().branches
    folder = (environment.home().published / "current").resolve()
    said = manifest.read(folder)
    stand = Stand(said.sequence, said.ledger_head, said.as_of, said.accepted, said.gaps)
    out = Console()
    with tempfile.TemporaryDirectory() as scratch:
        database = Path(scratch) / content.DATABASE_NAME
        shutil.copyfile(folder / content.DATABASE_NAME, database)
        database.chmod(0o644)
        for name, wanted in (("as published", 0), ("again", 0), ("many", branches)):
            number, to = many(database, wanted), Path(scratch) / name
            wall, cpu, digest = measure(database, stand, to)
            files = [path for path in to.rglob("*") if path.is_file()]
            size = sum(path.stat().st_size for path in files) / 1e6
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
            out.print(
                f"{name:<14}{number:>6,} branches {len(files):>6,} files {size:>7.1f} MB {wall:>7.1f} s"
                f" {cpu:>7.1f} CPU s {peak:>6.0f} MB peak  {digest[:12]}",
                highlight=False,
                soft_wrap=True,
            )


if __name__ == "__main__":
    main()
