"""A semantic manifest and an OSI document as dbt writes them, small enough to see through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SPINE = {
    "node_relation": {"relation_name": '"w"."semantic"."sem_days"'},
    "primary_column": {"name": "date_day", "time_granularity": "day"},
}


def model(
    name: str, *, entity: str, dimensions: list[str], measures: list[str], lasting: str = ""
) -> dict[str, Any]:
    """A semantic model; the measure `lasting` is not additive over time."""
    return {
        "name": name,
        "primary_entity": entity,
        "entities": [],
        "dimensions": [{"name": "day", "type": "time"}]
        + [{"name": dimension, "type": "categorical"} for dimension in dimensions],
        "measures": [
            {"name": measure, "non_additive_dimension": {"name": "day"} if measure == lasting else None}
            for measure in measures
        ],
    }


def metric(name: str, kind: str = "simple", **parameters: Any) -> dict[str, Any]:
    """A metric of the kind; `of` names measures or metrics, `meta` is its configuration."""
    meta = parameters.pop("meta", {})
    type_params = {"measure": None, "metrics": [], "numerator": None, "denominator": None} | parameters
    return {
        "name": name,
        "label": name.title(),
        "description": f"What {name} is",
        "type": kind,
        "type_params": type_params,
        "config": {"meta": meta},
    }


def written(target: Path, models: list[dict[str, Any]], metrics: list[dict[str, Any]]) -> Path:
    """The manifest in dbt's folder `target`."""
    manifest = {
        "semantic_models": models,
        "metrics": metrics,
        "project_configuration": {"time_spines": [SPINE]},
    }
    (target / "semantic_manifest.json").write_text(json.dumps(manifest), "utf-8")
    return target


def of_answers(target: Path) -> Path:
    """Answers, counted in a period and in a window, and customers, who are a state."""
    answers = model("answers", entity="answer", dimensions=["survey_type", "branch"], measures=["counted"])
    customers = model(
        "customers", entity="customer", dimensions=["survey_type"], measures=["revenue"], lasting="revenue"
    )
    return written(
        target,
        [answers, customers],
        [
            metric("responses", measure={"name": "counted"}),
            metric("responses_trailing_90d", "cumulative", measure={"name": "counted"}),
            metric(
                "nps",
                "derived",
                metrics=[{"name": "responses"}],
                meta={"counted_by": "responses", "shown_from": "indicative"},
            ),
            metric("nps_trailing_90d", "derived", metrics=[{"name": "responses_trailing_90d"}]),
            metric("revenue", measure={"name": "revenue"}, meta={"unit": "amount"}),
            metric("share", "ratio", numerator={"name": "responses"}, denominator={"name": "responses"}),
        ],
    )
