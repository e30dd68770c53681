"""The OSI document: the same bytes for the same metrics, silent on what it cannot say.

That the project's own has the published form: tests/dbt/test_downstream/test_downstream_osi.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from semantics import osi
from semantics.errors import NothingBuiltError
from tests.semantics.manifests import of_answers
from tests.semantics.osi_form import misshapen


def osi_document(*metrics: str) -> dict[str, Any]:
    """As dbt writes it, the metrics in this order."""

    def expression(sql: str) -> dict[str, Any]:
        return {"dialects": [{"dialect": "ANSI_SQL", "expression": sql}]}

    return {
        "version": "0.1.1",
        "dialects": ["ANSI_SQL"],
        "semantic_model": [
            {
                "name": "semantic_model",
                "datasets": [
                    {"name": name, "source": f"w.semantic.{name}"} for name in ("customers", "answers")
                ],
                "metrics": [{"name": name, "expression": expression("SUM(x)")} for name in metrics],
            }
        ],
    }


def written(target: Path, document: dict[str, Any]) -> Path:
    of_answers(target)
    (target / osi.NAME).write_text(json.dumps(document), "utf-8")
    return target


def test_the_order_in_which_dbt_met_them_does_not_show(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder, metrics in ((first, ("nps", "responses")), (second, ("responses", "nps"))):
        folder.mkdir()
        written(folder, osi_document(*metrics))
    assert osi.document(first) == osi.document(second)


def test_what_is_no_sum_over_rows_is_left_out(tmp_path: Path) -> None:
    document = osi_document("nps", "nps_trailing_90d", "responses_trailing_90d", "revenue", "responses")
    [model] = json.loads(osi.document(written(tmp_path, document)))["semantic_model"]
    assert [metric["name"] for metric in model["metrics"]] == ["nps", "responses"]


def test_the_shape_is_told_where_it_is_not_kept() -> None:
    document = osi_document("nps")
    del document["semantic_model"][0]["datasets"][0]["source"]
    document["semantic_model"][0]["metrics"][0]["window"] = "90 days"
    assert misshapen(document, "document") == [
        "/semantic_model/semantic_model/datasets/customers: source is missing",
        "/semantic_model/semantic_model/metrics/nps: window is not of the form",
    ]


def test_without_a_document_nothing_was_built(tmp_path: Path) -> None:
    with pytest.raises(NothingBuiltError, match=r"there is no .*osi_document.json; run `nps refresh`"):
        osi.document(tmp_path)
