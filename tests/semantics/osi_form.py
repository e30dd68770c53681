"""The form of an OSI document, as far as a reader relies on it."""

from __future__ import annotations

from typing import Any

# Apache Ossie, core-spec/ossie-schema.json: of each part, what it must have and what it may have.
SHAPES: dict[str, tuple[set[str], set[str]]] = {
    "document": ({"version", "semantic_model"}, {"dialects", "vendors"}),
    "semantic_model": (
        {"name", "datasets"},
        {"description", "ai_context", "relationships", "metrics", "custom_extensions"},
    ),
    "dataset": (
        {"name", "source"},
        {"primary_key", "unique_keys", "description", "ai_context", "fields", "custom_extensions"},
    ),
    "field": (
        {"name", "expression"},
        {"dimension", "label", "description", "datatype", "ai_context", "custom_extensions"},
    ),
    "metric": ({"name", "expression"}, {"description", "datatype", "ai_context", "custom_extensions"}),
    "expression": ({"dialects"}, set()),
    "dialect": ({"dialect", "expression"}, set()),
}


def misshapen(part: Any, kind: str, where: str = "") -> list[str]:
    """Every place in which a part does not have the form of its kind."""
    required, optional = SHAPES[kind]
    found = [f"{where}: {name} is missing" for name in sorted(required - set(part))]
    found += [f"{where}: {name} is not of the form" for name in sorted(set(part) - required - optional)]
    inner = {
        "document": [("semantic_model", "semantic_model")],
        "semantic_model": [("datasets", "dataset"), ("metrics", "metric")],
        "dataset": [("fields", "field")],
        "expression": [("dialects", "dialect")],
    }.get(kind, [])
    for name, inner_kind in inner:
        for one in part.get(name, []):
            found += misshapen(one, inner_kind, f"{where}/{name}/{one.get('name', '')}")
    if kind in ("field", "metric") and "expression" in part:
        found += misshapen(part["expression"], "expression", where)
    return found
