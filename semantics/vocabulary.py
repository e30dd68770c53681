"""What can be queried, under plain names: read from dbt's semantic manifest.

MetricFlow names a dimension with its entity (`answer__branch`), people without (`branch`). Only this module
translates between the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semantics.errors import BUILD_FIRST, NothingBuiltError, UnknownNameError

SEMANTIC_MANIFEST = "semantic_manifest.json"
GRAINS = ("day", "week", "month", "quarter", "year")
# A figure never mixes survey types or versions of the definition: every answer is split by both.
ALWAYS_SPLIT_BY = ("survey_type", "definition_version")


@dataclass(frozen=True)
class Source:
    """A semantic model: the entity in its dimensions' names, and their plain names."""

    name: str
    entity: str
    dimensions: tuple[str, ...]

    def qualified(self, dimension: str) -> str:
        """MetricFlow's name for a dimension of this model."""
        return f"{self.entity}__{dimension}"


@dataclass(frozen=True)
class Metric:
    """A metric and how it is treated; `counted_by`, `shown_from` and `unit` come from its `config.meta`.

    `is_state` says that it is a state at the end of a day (a window, a running total, the existing
    customers), not a sum over the period. `counted_by` names the metric whose value must reach the governed
    floor `shown_from` before this one is shown; both are None if it is always shown. `unit` is `share`
    (of one), `amount` (in the reporting currency) or None for scores and counts.
    """

    name: str
    label: str
    description: str
    source: Source
    is_state: bool
    counted_by: str | None
    shown_from: str | None
    unit: str | None


@dataclass(frozen=True)
class Vocabulary:
    """Every metric of a semantic manifest by its name."""

    metrics: Mapping[str, Metric]

    def metric(self, name: str) -> Metric:
        """The metric of that name.

        Raises:
            UnknownNameError: there is none; the message lists the existing ones.
        """
        if name not in self.metrics:
            raise UnknownNameError(f"there is no metric {name!r}; choose from {_listed(self.metrics)}")
        return self.metrics[name]

    def dimensions(self, metrics: Sequence[str]) -> tuple[str, ...]:
        """The dimensions that all of the metrics have, in the order of the first metric."""
        of_each = [self.metric(name).source.dimensions for name in metrics]
        return tuple(name for name in of_each[0] if all(name in others for others in of_each))


def read(target: Path) -> Vocabulary:
    """The vocabulary of the semantic manifest in dbt's `target` folder.

    Raises:
        NothingBuiltError: dbt has not written one there, or it has no metrics.
    """
    manifest = read_manifest(target)
    sources = {model["name"]: _source(model) for model in manifest["semantic_models"]}
    measured = {
        measure["name"]: (sources[model["name"]], bool(measure["non_additive_dimension"]))
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }
    declared = {metric["name"]: metric for metric in manifest["metrics"]}
    return Vocabulary({name: _metric(name, declared, measured) for name in sorted(declared)})


def read_manifest(target: Path) -> dict[str, Any]:
    """dbt's semantic manifest in `target`.

    Raises:
        NothingBuiltError: there is none, or it has no metrics.
    """
    path = target / SEMANTIC_MANIFEST
    manifest: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if not manifest.get("metrics"):
        raise NothingBuiltError(f"there are no metrics in {path}; {BUILD_FIRST}")
    return manifest


def known_dimension(name: str, known: Iterable[str]) -> str:
    """`name` itself.

    Raises:
        UnknownNameError: it is not a known one; the message lists those.
    """
    known = tuple(known)
    if name not in known:
        raise UnknownNameError(f"these metrics have no dimension {name!r}; choose from {_listed(known)}")
    return name


def known_grain(grain: str | None) -> str | None:
    """`grain` itself; None is one figure for all time.

    Raises:
        UnknownNameError: it is not a grain; the message lists the existing ones.
    """
    if grain is not None and grain not in GRAINS:
        raise UnknownNameError(f"there is no grain {grain!r}; choose from {_listed(GRAINS)}")
    return grain


def _source(model: Mapping[str, Any]) -> Source:
    primary = [entity["name"] for entity in model["entities"] if entity["type"] == "primary"]
    return Source(
        name=model["name"],
        entity=primary[0] if primary else model["primary_entity"],
        dimensions=tuple(d["name"] for d in model["dimensions"] if d["type"] == "categorical"),
    )


def _metric(
    name: str, declared: Mapping[str, Mapping[str, Any]], measured: Mapping[str, tuple[Source, bool]]
) -> Metric:
    metric = declared[name]
    inputs = list(_measures(name, declared))
    sources = {measured[measure][0] for measure, _ in inputs}
    if len(sources) != 1:
        raise NothingBuiltError(f"metric {name} uses {len(sources)} semantic models; only one is allowed")
    meta = (metric["config"] or {}).get("meta", {})
    return Metric(
        name=name,
        label=metric["label"] or name,
        description=metric["description"] or "",
        source=sources.pop(),
        is_state=any(is_cumulative or measured[measure][1] for measure, is_cumulative in inputs),
        counted_by=meta.get("counted_by"),
        shown_from=meta.get("shown_from"),
        unit=meta.get("unit"),
    )


def _measures(name: str, declared: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[str, bool]]:
    """The measures of a metric, each with whether it accumulates over days."""
    metric = declared[name]
    parameters = metric["type_params"]
    if parameters["measure"]:
        yield parameters["measure"]["name"], metric["type"] == "cumulative"
    ratio = [parameters[part] for part in ("numerator", "denominator") if parameters[part]]
    for part in [*(parameters["metrics"] or []), *ratio]:
        yield from _measures(part["name"], declared)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
