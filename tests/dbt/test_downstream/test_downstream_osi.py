"""The project's own OSI document: of the published form, with every metric that is a sum."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from dbt.constants import SUPPORTED_OSI_VERSIONS
from metricflow.converters.models import OSIDocument

from semantics import osi
from tests.semantics.osi_form import misshapen

pytestmark = pytest.mark.xdist_group("downstream")


@pytest.fixture(scope="module")
def target(counted_warehouse: Any) -> Path:
    folder: Path = counted_warehouse.home / "target"
    return folder


def test_it_has_the_published_form(target: Path) -> None:
    document = json.loads(osi.document(target))
    assert misshapen(document, "document") == []
    assert document["version"] in SUPPORTED_OSI_VERSIONS
    read_back = OSIDocument.parse_obj(document)
    assert {dataset.name for dataset in read_back.semantic_model[0].datasets} == {
        *("answers", "current_answers", "customers", "invitations")
    }


def test_it_has_the_metrics_that_are_sums(target: Path) -> None:
    [model] = json.loads(osi.document(target))["semantic_model"]
    metrics = {m["name"]: m["expression"]["dialects"][0]["expression"] for m in model["metrics"]}
    assert metrics["promoters"] == "SUM(answers.promoters)"
    assert metrics["nps"] == (
        "100 * cast(SUM(answers.promoters) - SUM(answers.detractors) as double precision)"
        " / nullif(SUM(answers.responses), 0)"
    )
    assert {"response_rate", "revenue_weighted_nps"} <= set(metrics)
    assert not [
        name for name in metrics if "trailing" in name or "current_state" in name or "coverage" in name
    ]


def test_nothing_of_the_run_is_in_it(target: Path) -> None:
    text = osi.document(target).decode()
    assert str(target.parent) not in text
    assert "2026" not in text
