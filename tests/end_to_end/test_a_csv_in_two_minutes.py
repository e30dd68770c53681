"""The analyst with a CSV: no vendor, no CRM, one file and a small mapping, one command."""

import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from orchestration.environment import STARTER
from tests.end_to_end.simulated import NPS, ROOT

pytestmark = pytest.mark.xdist_group("files_only")

# A retailer's export as they come: Latin-1, semicolons, also where a row ends, another header, words for 10,
# "NA" for no answer.
PROMOTERS, PASSIVES, DETRACTORS, UNANSWERED = 53, 31, 16, 7
MAPPING = """
encoding = "latin-1"
delimiter = ";"
null_tokens = ["NA", ""]

[columns]
response_id = "@row"
score = "note"
comment = "explication"

[scores]
"Très probable - 10" = 10

[defaults]
responded_at = "2025-11-01T12:00:00Z"
"""


def export() -> bytes:
    scores = ["Très probable - 10"] * PROMOTERS + ["7"] * PASSIVES + ["3"] * DETRACTORS + ["NA"] * UNANSWERED
    lines = ["note;explication"] + [f'{score};"délai très long, n° {i}";' for i, score in enumerate(scores)]
    return "\n".join(lines).encode("latin-1")


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_csv_becomes_a_governed_score(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox" / "surveys" / "responses"
    inbox.mkdir(parents=True)
    (inbox / "magasin.csv").write_bytes(export())
    (inbox / "magasin.toml").write_text(MAPPING, "utf-8")
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("SOURCES__", "NPS_COMPANY"))
    }
    environment |= {"NPS_HOME": str(tmp_path), "NPS_AS_OF": "2025-12-01", "COLUMNS": "140"}
    before = contents(STARTER)
    done = subprocess.run([NPS, "refresh"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    # dbt writes what it has run, over the file itself where a seed lies outside of its project (decision 35)
    assert contents(STARTER) == before
    with duckdb.connect(str(tmp_path / "published" / "current" / "nps.duckdb"), read_only=True) as reader:
        assert reader.execute(
            "select promoters, passives, detractors, responses, nps from nps_scores"
            " where segment = 'company' and period_grain = 'all_time' and measure = 'in_period'"
        ).fetchall() == [(PROMOTERS, PASSIVES, DETRACTORS, 100, pytest.approx(37.0))]
        assert dict(
            reader.execute(
                "select disposition, sum(answers) from response_dispositions group by all"
            ).fetchall()
        ) == {"counted": 100, "unanswered": UNANSWERED}
