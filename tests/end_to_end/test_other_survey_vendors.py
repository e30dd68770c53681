"""A company whose answers come from another survey vendor: all of them are recounted and published."""

import os
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from demo.company import simulate
from demo.company.surveys import Survey
from demo.server import serve
from demo.vendors import medallia, surveymonkey, typeform
from demo.vendors.faults import Faults
from tests.companies import VERDANT, seal
from tests.end_to_end.simulated import HISTORY_END, NPS, ROOT, SMALL, midnight

#: The emulator, its surveys, the id of a survey's NPS question, and the statuses of responses that it stores.
VENDORS = [
    pytest.param(surveymonkey, surveymonkey.CATALOGUE, "{}01", (0, 1, 2, 8), id="surveymonkey"),
    pytest.param(typeform, typeform.FORMS, "nps", (0,), id="typeform"),
    pytest.param(medallia, medallia.CATALOGUE, "q_recommend", (0,), id="medallia"),
]


@pytest.mark.long
@pytest.mark.parametrize(("vendor", "surveys", "question", "stored"), VENDORS)
def test_answers_of_another_vendor_are_published(
    tmp_path: Path, vendor: ModuleType, surveys: dict[str, Survey], question: str, stored: tuple[int, ...]
) -> None:
    name = vendor.__name__.rpartition(".")[2]
    company = tmp_path / "company"
    shutil.copytree(VERDANT, company)
    with (company / "definition" / "nps_questions.csv").open("a", encoding="utf-8") as registry:
        for own_id, survey in surveys.items():
            if survey.survey_type:
                stage = survey.journey_stage
                kind = f"{survey.survey_type},{stage},{stage or 'company'}"
                registry.write(
                    f"{name},{own_id},{question.format(own_id)},0,10,1,{kind},2000-01-01,,Test,Asked\n"
                )
    seal(company, "nps_questions")
    world = simulate(SMALL)
    with serve(world, midnight(HISTORY_END), Faults.demo(seed=3)) as servers:
        ours = {key: value for key, value in servers.environment().items() if "QUALTRICS" not in key}
        environment = {**os.environ, **ours, **vendor.settings(servers.base_url), "NPS_COMPANY": str(company)}
        environment |= {"NPS_HOME": str(tmp_path / "home"), "NPS_AS_OF": HISTORY_END.isoformat()}
        environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "140"}
        done = subprocess.run([NPS, "refresh"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    received = {
        (row["response_id"], survey.survey_id, scored)
        for row in world.tables()["responses"].to_pylist()
        for survey in surveys.values()
        for scored, _ in survey.scored
        if row["survey_id"] == survey.survey_id
        and row["is_finished"]
        and row["status"] in stored
        and row["started_at"] < midnight(HISTORY_END)
    }
    with duckdb.connect(str(tmp_path / "home" / "published" / "current" / "nps.duckdb")) as published:
        counts = (
            "select disposition, sum(answers)::int from response_dispositions where source = ? group by 1"
        )
        told: dict[str, int] = dict(published.execute(counts, [name]).fetchall())
    assert sum(told.values()) == len(received)
    assert told["counted"] > len(received) / 2
    assert ("preview_or_test" in told) is (len(stored) > 1)
