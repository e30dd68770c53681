"""The metrics as an OSI document (Open Semantic Interchange, Apache Ossie), part of each publication.

dbt writes one at every parse. It is published with two changes: its parts are sorted by name, so that the
same metrics give the same bytes, and metrics that the format cannot express are left out. A window or a
running total would appear there as a sum over all time, under a misleading name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semantics import vocabulary
from semantics.errors import BUILD_FIRST, NothingBuiltError

NAME = "osi_document.json"
MODEL = "nps_warehouse"
DESCRIPTION = (
    "Net Promoter Score, its counts, response rate and revenue weight over the facts of the warehouse. "
    "Scores of different survey types and definition versions are different figures."
)


def document(target: Path) -> bytes:
    """The OSI document of the project last parsed into dbt's folder `target`, as UTF-8 JSON.

    It contains nothing about the run: no time, no invocation, no path.

    Raises:
        NothingBuiltError: dbt has not written one there.
    """
    path = target / NAME
    if not path.exists():
        raise NothingBuiltError(f"there is no {path}; {BUILD_FIRST}")
    written = json.loads(path.read_text("utf-8"))
    unsayable = _unsayable(target)
    [model] = written["semantic_model"]
    model |= {
        "name": MODEL,
        "description": DESCRIPTION,
        "datasets": _by_name(model["datasets"]),
        "metrics": [m for m in _by_name(model.get("metrics", [])) if m["name"] not in unsayable],
    }
    return (json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _unsayable(target: Path) -> set[str]:
    return {metric.name for metric in vocabulary.read(target).metrics.values() if metric.is_state}


def _by_name(parts: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(parts, key=lambda part: str(part["name"]))
