"""A company that moved from Delighted, of which an archive is left, to Typeform, with a month of both."""

import csv
import json
import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.server import serve
from demo.vendors import typeform
from tests.companies import VERDANT, seal
from tests.demo.vendor_world import day, response, world
from tests.end_to_end.simulated import NPS, ROOT

pytestmark = pytest.mark.long

#: Days from the first answer of the new tool: the old one's first and, after the month of overlap, its end.
BEGAN, ENDED, TODAY = -60, 30, 90
PERSONS = 600


def answered(number: int, at: float) -> dict[str, Any]:
    """An answer by e-mail; its person had no other. Scores are better by far since the new tool is there."""
    dice = random.Random(number)
    score = dice.choice([10, 9, 9, 8, 5] if at >= 0 else [10, 9, 7, 5, 2])
    return response(number, at, str(score), email=f"p{number}@customer.example")


def archive(answers: list[dict[str, Any]], path: Path) -> None:
    """As Delighted exported it."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["Response ID", "Email", "Survey Type", "Score", "Comment", "Created At"])
        for each in answers:
            moment = each["recorded_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
            writer.writerow([f"D{each['response_id']}", each["email"], "NPS", each["score_text"], "", moment])


def test_the_answers_of_both_are_one_series(tmp_path: Path) -> None:
    company = tmp_path / "company"
    shutil.copytree(VERDANT, company)
    with (company / "definition" / "nps_questions.csv").open("a", encoding="utf-8") as registry:
        registry.write("typeform,Relationship001,nps,0,10,1,relationship,,company,2000-01-01,,Test,Moved\n")
    seal(company, "nps_questions")
    step = (TODAY - BEGAN) / PERSONS
    answers = [answered(number, BEGAN + number * step + step / 2) for number in range(PERSONS)]
    old = [each for each in answers if each["recorded_at"] < day(ENDED)]
    new = [each for each in answers if each["recorded_at"] >= day(0)]
    both = [each for each in old if each["recorded_at"] >= day(0)]
    archive(old, tmp_path / "delighted.csv")

    with serve(world({"responses": new}), day(TODAY)) as servers:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SOURCES__")}
        environment |= typeform.settings(servers.base_url) | {"NPS_COMPANY": str(company)}
        environment |= {"SOURCES__TYPEFORM__FORMS": '{"Relationship001": "nps"}', "PYTHONPATH": str(ROOT)}
        environment |= {"NPS_HOME": str(tmp_path / "home"), "NPS_AS_OF": day(TODAY).date().isoformat()}

        def nps(*words: str) -> str:
            done = subprocess.run([NPS, *words], cwd=ROOT, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        nps("look", str(tmp_path / "delighted.csv"), "--all", "--accept")
        nps("backfill", "typeform", "--from", "2026-01-01", "--to", "2026-03-15")
        nps("refresh")

    spliced = json.loads(nps("splice", "files:relationship", "typeform:Relationship001", "--format", "json"))
    assert spliced["answers"] == [len(old), len(new)]
    assert {(pair["old"], pair["new"], pair["by"]) for pair in spliced["matched"]} == {
        (f"D{each['response_id']}", each["response_id"], "person") for each in both
    }
    assert spliced["only_old"] == spliced["only_new"] == spliced["double"] == []
    assert sum(spliced["counted"]) == PERSONS, "an answer of both counts once, and each other one too"
    with duckdb.connect(str(tmp_path / "home/published/current/nps.duckdb"), read_only=True) as reader:
        published = reader.execute(
            "select responses from nps_scores where segment = 'company' and period_grain = 'all_time'"
            " and measure = 'in_period'"
        ).fetchall()
    assert published == [(PERSONS,)]
    assert spliced["jump"]["p"] < 0.001, "the planted jump is not noise"
    assert "delivered by both" in nps("splice", "files:relationship", "typeform:Relationship001")
