"""The table of vendors and faults, as docs/faults.md has it.

Belongs here: the page. Does not belong here: what proves its cells (`test_matrix.py`).
"""

from pathlib import Path
from typing import Final

from tests.faults.kinds import KINDS, OF_JOBS
from tests.faults.vendors import BULK, COLUMNS

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"
_HEAD: Final = """# Every vendor, every fault

Each cell is a test (`tests/faults/`): the vendor is loaded over real HTTP while it fails, and then without
the fault. Raw must then hold what it holds after a load without any fault, hash for hash: every version of
every record and the quarantine, or, where a month passes meanwhile, the latest state of every record.

* **same load**: the load asks again and is complete.
* **next load**: the load fails with an error that names the vendor and what to do. Nothing of it is kept.
  The next load is complete.
* **quarantine**: the load goes on. Each record is in raw or, with its text and the reason, in quarantine.

A field that is new stays in the payload, so that only the latest states are compared.

`make test-long` runs all cells, `make test` a few that the date draws. `make faults-page` writes this page.
"""


def page() -> str:
    """The whole page."""
    meanings = [f"| {kind.name} | {kind.meaning} |" for kind in KINDS]
    cells = [
        " | ".join([f"| {kind.name}", *(kind.outcome_at(vendor).value for vendor in COLUMNS)]) + " |"
        for kind in KINDS
    ]
    names = " | ".join(["| fault", *(vendor.column for vendor in COLUMNS)]) + " |"
    return "\n".join(
        [
            _HEAD,
            names,
            "|---" * (len(COLUMNS) + 1) + "|",
            *cells,
            "",
            "## What the faults are",
            "| fault | what happens |",
            "|---|---|",
            *meanings,
            "",
            "## What only a job can do",
            "Salesforce gives many records as the result of a job (Bulk API 2.0).",
            "",
            f"| fault | what happens | {BULK.column} |",
            "|---|---|---|",
            *(f"| {kind.name} | {kind.meaning} | {kind.outcome_at(BULK).value} |" for kind in OF_JOBS),
            "",
        ]
    )
