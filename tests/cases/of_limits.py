"""What no one may overlook: files that are hardly read, ids that nobody knows, answers of which none counts.

Three files are loaded and built once; for the answers of which none counts, the same are seen from a day on
which they lie in the future.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from expectations import limits
from ingestion.load import load_source
from orchestration import shortfall
from orchestration.cli import deliveries
from tests.cases.case import Case, Section
from tests.dbt.conftest import Warehouse

AS_OF, BEFORE = date(2025, 7, 1), date(2024, 1, 1)
_COLUMNS = "response_id,score,responded_at,branch_id"


def _inbox() -> dict[str, list[str]]:
    return {
        "surveys/responses/wave.csv": [
            _COLUMNS,
            *(f"w{row},{'ten' if row <= 6 else 9},2025-06-{row:02}T10:00:00Z," for row in range(1, 11)),
        ],
        "surveys/responses/stores.csv": [
            _COLUMNS,
            *(f"s{row},9,2025-06-01T10:00:00Z,Store {row % 20:02}" for row in range(100)),
            "s100,9,,Store 01",
        ],
        "crm/branches/branches.csv": [
            "branch_id,name",
            *(f"Store {row:02},Number {row}" for row in range(16)),
        ],
    }


@contextmanager
def _home(path: Path) -> Iterator[None]:
    before = os.environ.get("NPS_HOME")
    os.environ["NPS_HOME"] = str(path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["NPS_HOME"]
        else:
            os.environ["NPS_HOME"] = before


@cache
def _loaded() -> Path:
    home = Path(mkdtemp(prefix="nps-cases-"))
    for name, lines in _inbox().items():
        (home / "inbox" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "inbox" / name).write_text("\n".join(lines) + "\n", "utf-8")
    with _home(home):
        load_source("files")
    return home


@cache
def _stopped(as_of: date) -> tuple[str, ...]:
    """The lines of the limits that stop the publication, on which models and guard agree."""
    warehouse = Warehouse(_loaded(), ("files",), as_of.isoformat())
    warehouse.build("--select", "+audit_limits", "--exclude-resource-type", "unit_test", "test")
    applied = limits.apply(warehouse.path, as_of, ("files",), {})
    assert limits.differences(applied, warehouse.path) == []
    return tuple(each.sentence.split(";")[0] for each in applied if each.is_exceeded)


def _stop(as_of: date, limit: str) -> str:
    return "stopped: " + " · ".join(line for line in _stopped(as_of) if line.startswith(limit))


def _joined(_: Path) -> str:
    stopped = _stop(AS_OF, "unknown_ids")
    [line] = [line for line in shortfall.lines(_loaded() / "warehouse.duckdb") if "branch" in line]
    return f"{line} · {stopped}"


def _listed(_: Path) -> str:
    warehouse = Warehouse(_loaded(), ("files",))
    with warehouse.connection() as opened:
        found = deliveries.read(opened)
    return " · ".join(deliveries.lines(found))


CASES = [
    Case(
        Section.UNCLEAR,
        "most of a file in quarantine",
        "ten rows, six with the score `ten`",
        "the refresh stops and says so; a person may accept it, with a reason",
        "published, exit code 0",
        "stopped: quarantine of files/surveys_responses: 6.31 % (7 records), at most 2 %"
        " · quarantine of surveys_responses/wave.csv: 60 % (6 records), at most 2 %",
        lambda _: _stop(AS_OF, "quarantine"),
    ),
    Case(
        Section.UNCLEAR,
        "nothing counted at all",
        "104 answers, all dated after as-of",
        "the refresh stops and says so",
        "published, exit code 0",
        "stopped: nothing_counted of files: none of 111 answers received counts"
        " · nothing_counted of company: none of 111 answers received counts",
        lambda _: _stop(BEFORE, "nothing_counted"),
    ),
    Case(
        Section.UNCLEAR,
        "one example for all files",
        "two files, each with a different reason",
        "each file separately, with an example for each reason and the remedy",
        "`nps sources` shows one example for all files",
        'missing_required, 1 × in stores.csv, such as row 101: column "responded_at" is required and has'
        ' no value · wrong_type, 6 × in wave.csv, such as row 1: column "score": "ten" is not a number; map'
        " it under [scores] or add it to null_tokens in the mapping",
        _listed,
    ),
    Case(
        Section.MEANING,
        "branch ids that the branch file does not have",
        "100 answers at 20 branches, a file of 16 branches",
        "reported, with an example",
        "all `Unassigned`, no message",
        "files answers: 20 of 100 branch ids are unknown, such as store 16"
        " · stopped: unknown_ids of files/answers/branch: 20 % (20 records), at most 5 %",
        _joined,
    ),
]
