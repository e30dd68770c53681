"""The company whose answers come from Medallia instead of Qualtrics has the same answers and figures."""

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from demo.company import simulate
from demo.server import serve
from demo.vendors import medallia
from demo.vendors.faults import Faults
from tests.companies import VERDANT, seal
from tests.end_to_end.simulated import HISTORY_END, NPS, ROOT, SMALL, midnight

#: What an answer was worth, and whose it was as of then. Who is known by nothing but the answer is named
#: after it. Medallia does not tell the channel.
ANSWERS = """
    select
        responded_at, likelihood_score, nps_band,
        case when not regexp_matches(person_key, '^(qualtrics|medallia):') then person_key end,
        contact_key, account_key, branch_key, owner_id,
        lifecycle_stage, trailing_revenue_amount, customer_value_tier, journey_stage, branch, region, plan
    from marts.fct_survey_responses
    where disposition = 'counted'
"""
SCORES = "select * from nps_scores where not contains(segment, 'channel')"


def told_alike(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The company without what only Qualtrics' loader reads: invitations, and responses that were not
    finished or are previews."""
    responses = tables["responses"]
    told = zip(
        *(responses[name].to_pylist() for name in ("response_id", "is_finished", "status")), strict=True
    )
    ids = pa.array({response for response, is_finished, status in told if not is_finished or status})
    kept = responses.filter(pc.invert(pc.is_in(responses["response_id"], ids)))
    return {**tables, "responses": kept, "invitations": tables["invitations"].slice(0, 0)}


def refreshed(home: Path, company: Path, tables: Mapping[str, pa.Table], vendor: str) -> None:
    """A refresh of the company, whose answers come from that vendor."""
    with serve(tables, midnight(HISTORY_END), Faults.demo(seed=3)) as servers:
        settings = servers.environment() | medallia.settings(servers.base_url)
        others = {"QUALTRICS", "MEDALLIA"} - {vendor.upper()}
        ours = {key: value for key, value in settings.items() if key.split("__")[1] not in others}
        environment = {**os.environ, **ours, "NPS_COMPANY": str(company), "NPS_HOME": str(home)}
        environment |= {"NPS_AS_OF": HISTORY_END.isoformat(), "PYTHONPATH": str(ROOT), "COLUMNS": "140"}
        done = subprocess.run([NPS, "refresh"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def found(database: Path, query: str) -> Counter[tuple[Any, ...]]:
    """The rows of a query."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return Counter(connection.execute(query).fetchall())


def compare(of_qualtrics: Path, of_medallia: Path) -> None:
    """Both homes hold the same counted answers and published scores."""
    for file, query in (("warehouse.duckdb", ANSWERS), ("published/current/nps.duckdb", SCORES)):
        theirs, ours = (found(home / file, query) for home in (of_qualtrics, of_medallia))
        assert theirs
        assert ours == theirs


@pytest.mark.long
def test_the_survey_vendor_makes_no_difference(tmp_path: Path) -> None:
    company = tmp_path / "company"
    shutil.copytree(VERDANT, company)
    with (company / "definition" / "nps_questions.csv").open("a", encoding="utf-8") as registry:
        for own_id, survey in medallia.CATALOGUE.items():
            if survey.survey_type:
                stage = survey.journey_stage
                kind = f"{survey.survey_type},{stage},{stage or 'company'}"
                registry.write(f"medallia,{own_id},q_recommend,0,10,1,{kind},2000-01-01,,Test,Asked\n")
    seal(company, "nps_questions")
    tables = told_alike(simulate(SMALL).tables())
    for vendor in ("qualtrics", "medallia"):
        refreshed(tmp_path / vendor, company, tables, vendor)
    compare(tmp_path / "qualtrics", tmp_path / "medallia")
