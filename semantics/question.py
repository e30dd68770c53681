"""A question in plain names and its answer: metrics, dimensions, the grain of time, a filter.

Metrics of different semantic models are queried separately and put side by side. A metric that is a state at
the end of a day is queried at the end of each period. Figures that have a floor are shown where they are
published (`published`); the others are the working file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from semantics import vocabulary
from semantics.errors import QuestionError
from semantics.layer import METRIC_DAY, METRIC_TIME, SemanticLayer
from semantics.published import Published
from semantics.vocabulary import ALWAYS_SPLIT_BY, Metric, Source

DATE = "date"
_WORD_OR_TEXT = re.compile(r"'(?:[^']|'')*'|[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_A_CONDITION = re.compile(r";|--|/\*")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """The question. `where` is an SQL condition over plain dimension names and `date`."""

    metrics: tuple[str, ...]
    by: tuple[str, ...] = ()
    grain: str | None = None
    where: str | None = None


@dataclass(frozen=True)
class Answer:
    """Rows of dimensions (in this order) and then metrics; a hidden figure is None."""

    split: tuple[str, ...]
    metrics: tuple[Metric, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The name of each value in a row."""
        return (*self.split, *(metric.name for metric in self.metrics))


def ask(
    warehouse: Path,
    target: Path,
    published: AbstractContextManager[duckdb.DuckDBPyConnection],
    question: Question,
) -> Answer:
    """Answer a question from the working file, and from what is published.

    Args:
        warehouse: the working file.
        target: dbt's folder, with the semantic manifest the file was built from.
        published: opens the published tables; not entered where no figure with a floor is asked for.
        question: the question.

    Raises:
        NothingBuiltError: nothing has been built yet.
        UnknownNameError: a metric, dimension or grain is not known.
        QuestionError: MetricFlow or the working file cannot answer, or nothing of the kind is published.
    """
    with SemanticLayer(warehouse, target) as layer:
        asked = [layer.vocabulary.metric(name) for name in dict.fromkeys(question.metrics)]
        if not asked:
            raise QuestionError("no metric is given")
        known = layer.vocabulary.dimensions(question.metrics)
        by = [vocabulary.known_dimension(name, known) for name in question.by]
        grain = vocabulary.known_grain(question.grain)
        split = [name for name in ALWAYS_SPLIT_BY if name in known and name not in by]
        split += list(dict.fromkeys(by))
        cells: dict[Key, dict[str, Any]] = {}
        for source, is_state, metrics in _together(_with_their_counts(layer, asked)):
            condition = _condition(question.where, source, known)
            for key, figures in _figures(layer, source, is_state, metrics, split, grain, condition):
                cells.setdefault(key, {}).update(figures)
        columns = {metric.name: {key: cells[key].get(metric.name) for key in cells} for metric in asked}
        floored = [metric for metric in asked if metric.counted_by]
        if floored:
            ends = {first: last for last, first in _period_ends(layer, grain).items()}
            with published as tables:
                shown = Published(tables, split, grain, ends)
                for metric in floored:
                    columns[metric.name] = {key: shown.value(metric, key, cells[key]) for key in cells}
    return Answer(
        split=(*([grain] if grain else []), *split),
        metrics=tuple(asked),
        rows=tuple((*key, *(columns[metric.name][key] for metric in asked)) for key in sorted(cells)),
    )


def _with_their_counts(layer: SemanticLayer, asked: Sequence[Metric]) -> list[Metric]:
    """The metrics, and those that decide whether they may be shown, each once."""
    counts = [layer.vocabulary.metric(metric.counted_by) for metric in asked if metric.counted_by]
    return list({metric.name: metric for metric in [*asked, *counts]}.values())


def _together(metrics: Sequence[Metric]) -> Iterable[tuple[Source, bool, list[Metric]]]:
    """Groups that one query can answer: metrics of one semantic model, either all states or none."""

    def kind(metric: Metric) -> tuple[str, bool]:
        return metric.source.name, metric.is_state

    for (_, is_state), same in groupby(sorted(metrics, key=kind), kind):
        members = list(same)
        yield members[0].source, is_state, members


def _figures(
    layer: SemanticLayer,
    source: Source,
    is_state: bool,
    metrics: Sequence[Metric],
    split: Sequence[str],
    grain: str | None,
    condition: str | None,
) -> Iterable[tuple[Key, dict[str, Any]]]:
    ends = _period_ends(layer, grain) if is_state else {}
    where = [condition] if condition else []
    if is_state:
        if not ends:
            return
        where.append(f"{METRIC_DAY} in ({', '.join(map(_literal, ends))})")
    time = f"{METRIC_TIME}__day" if is_state else f"{METRIC_TIME}__{grain}"
    names = [metric.name for metric in metrics]
    group_by = [*([time] if is_state or grain else []), *(source.qualified(name) for name in split)]
    for row in layer.rows(layer.sql(names, group_by, where)):
        members = tuple(row[source.qualified(name)] for name in split)
        period: Key = ()
        if grain:
            period = (ends[_day(row[time])] if is_state else _day(row[time]),)
        yield (*period, *members), {name: row[name] for name in names}


def _period_ends(layer: SemanticLayer, grain: str | None) -> dict[str, str]:
    """The last known day of every period → the period's first day; without a grain one day, and no first."""
    relation, day = layer.spine
    period = f"date_trunc('{grain}', {day})" if grain else "''"
    rows = layer.rows(f"select max({day}) as last, {period} as period from {relation} group by 2")
    return {_day(row["last"]): _day(row["period"]) for row in rows if row["last"] is not None}


def _condition(where: str | None, source: Source, known: Sequence[str]) -> str | None:
    """The condition with plain names in MetricFlow's form; quoted text stays unchanged."""
    if where is None or not where.strip():
        return None
    outside = _WORD_OR_TEXT.sub(lambda found: "" if found[0].startswith("'") else found[0], where)
    # MetricFlow would interpret braces, even in quotes
    if "{" in where or _NOT_IN_A_CONDITION.search(outside):
        raise QuestionError(
            f"the filter {where!r} is not one SQL condition such as branch = 'B1' and plan <> 'pro'"
        )

    def written(found: re.Match[str]) -> str:
        word = found[0]
        if word == DATE:
            return METRIC_DAY
        return f"{{{{ Dimension('{source.qualified(word)}') }}}}" if word in known else word

    return f"({_WORD_OR_TEXT.sub(written, where)})"


def _literal(day: str) -> str:
    return f"cast('{day}' as date)"


def _day(value: Any) -> str:
    """ISO date of a value that MetricFlow truncated: a date or a timestamp at midnight."""
    return str(value)[:10]
