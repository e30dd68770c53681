"""What `nps look` says of a file is what is published of it: the same counts, exclusions and interval."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.end_to_end.simulated import NPS, ROOT

pytestmark = [pytest.mark.xdist_group("files_only"), pytest.mark.long]


def export() -> bytes:
    """A German export with all that can be wrong in a file alone: repeated ids, late and staff answers, …"""
    question = "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?"
    header = f"Antwort-ID;{question};Beantwortet am;E-Mail;Einladung;Kommentar"
    lines = []
    for at in range(400):
        score = "" if at % 23 == 0 else "7,5" if at == 101 else str((at * 7) % 12)  # 11 is off the scale
        mail = f"kunde{at % 170}@kunden.example" if at % 19 else "anonymous"
        mail = "jemand@verdant.example" if at % 97 == 0 else mail
        day = f"{at % 28 + 1}.{at % 12 + 1}.2025 {at % 24:02d}:30" if at != 77 else "irgendwann"
        lines.append(f'A-{at if at != 200 else 199}-x;{score};{day};{mail};E{at // 2};"Grüße; Nr. {at}"')
    return "\r\n".join([header, *lines]).encode("cp1252")


def test_the_number_is_the_refreshs(tmp_path: Path) -> None:
    path = tmp_path / "umfrage.csv"
    path.write_bytes(export())
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SOURCES__")}
    environment |= {"NPS_HOME": str(tmp_path / "home"), "NPS_AS_OF": "2025-12-01", "COLUMNS": "140"}

    def nps(*words: str) -> str:
        done = subprocess.run([NPS, *words], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    looked: dict[str, Any] = json.loads(nps("look", str(path), "--all", "--accept", "--format", "json"))
    nps("refresh")
    with duckdb.connect(str(tmp_path / "home/published/current/nps.duckdb"), read_only=True) as reader:
        [published] = reader.execute(
            "select promoters, passives, detractors, responses, nps, nps_low, nps_high from nps_scores"
            " where segment = 'company' and period_grain = 'all_time' and measure = 'in_period'"
        ).fetchall()
        dispositions = dict(
            reader.execute(
                "select disposition, sum(answers) from response_dispositions group by all"
            ).fetchall()
        )
    [figure] = looked["figures"]
    names = ("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high")
    assert [figure[name] for name in names] == pytest.approx(published)
    quarantined = sum(looked["quarantined"].values())
    assert looked["excluded"] | {"counted": figure["responses"], "quarantined": quarantined} == dispositions
    assert {"unanswered", "non_integer", "off_scale", "in_future", "staff_or_own_domain", "superseded",
            "quarantine_window"} <= looked["excluded"].keys()  # fmt: skip
    assert looked["repeated_ids"] == 1
