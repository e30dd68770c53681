"""The semantic models in the form that the agreement queries: by day and cell, all segments at once.

MetricFlow takes time to generate a query, and one per segment would read every answer again. Here each model
gets one more dimension, `cell`, and is read once: a row appears under every cell it belongs to, and the rows
of a cell and day are summed. That changes no metric if all measures are sums and no metric has a filter;
otherwise the rows stay single, with all their dimensions. Does not belong here: which figures are compared
(`agreement`), or what a metric is (`dbt_project/models/semantic/`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from semantics.vocabulary import ALWAYS_SPLIT_BY

CELL = "cell"
COMPANY = "company"
# Separates the parts of a cell's name; no member's name contains it.
SEPARATOR = "\x1f"
# For a row without a member: published rows have one, so it shows as a difference.
MISSING = "(missing)"


def split_by(segment: str) -> tuple[str, ...]:
    """The dimensions that split a segment."""
    return () if segment == COMPANY else tuple(segment.split("*"))


def name(segment: str) -> str:
    """SQL for the name of a row's cell in a segment; null if the row lacks a member."""
    return f" || '{SEPARATOR}' || ".join((f"'{segment}'", *ALWAYS_SPLIT_BY, *split_by(segment)))


def hold(
    connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any], segments: Sequence[str], published: str
) -> None:
    """Load the models of a manifest by the cells of these segments, each into a table of its name.

    Cells are an enum of their names, so that MetricFlow and the join with the published figures compare
    numbers.

    Args:
        connection: to the working file; the tables are temporary.
        manifest: dbt's semantic manifest; its models are changed to read the tables.
        segments: as named in `nps_scores`; a model takes part in those whose dimensions it has.
        published: a temporary table with names of cells in its column `cell`.
    """
    models = manifest["semantic_models"]
    # on the metric itself, a measure or an input of it
    is_filtered = "where_sql_template" in json.dumps(manifest["metrics"])
    for model in models:
        _by_cell(connection, model, segments, is_filtered)
    tables = [published, *(model["name"] for model in models)]
    names = " union ".join(f"select {CELL} from {table}" for table in tables)
    connection.execute(
        f"create temp type cell_name as enum (select * from ({names}) where {CELL} is not null order by 1)"
    )
    for table in tables:
        connection.execute(f"alter table {table} alter {CELL} type cell_name")


def _by_cell(
    connection: duckdb.DuckDBPyConnection, model: dict[str, Any], segments: Iterable[str], is_filtered: bool
) -> None:
    rows, measures = _one_by_one(connection, model), [each["name"] for each in model["measures"]]
    days = [each["name"] for each in model["dimensions"] if each["type"] == "time"]
    categories = {each["name"] for each in model["dimensions"] if each["type"] == "categorical"}
    is_summed = not is_filtered and all(each["agg"] == "sum" for each in model["measures"])
    sums = ", ".join(f"sum({measure}) as {measure}" for measure in measures)
    selects = []
    for segment in segments:
        members = (*ALWAYS_SPLIT_BY, *split_by(segment))
        if set(members) <= categories:
            key = ", ".join((*days, *members))
            of_segment = f"(select {key}, {sums} from {rows} group by {key})" if is_summed else rows
            kept = ", ".join((*days, *measures)) if is_summed else "*"
            selects.append(f"select {name(segment)} as {CELL}, {kept} from {of_segment}")
    connection.execute(f"create temp table {model['name']} as {' union all '.join(selects)}")
    connection.execute(f"drop table {rows}")
    model["node_relation"]["relation_name"] = f"temp.main.{model['name']}"
    [an_example, *_] = [each for each in model["dimensions"] if each["name"] in categories]
    model["dimensions"].append({**an_example, "name": CELL, "expr": CELL})


def _one_by_one(connection: duckdb.DuckDBPyConnection, model: dict[str, Any]) -> str:
    """Read a model into a temporary table, each element under its name, members as enums; return its name."""
    table, relation = f"{model['name']}_one_by_one", model["node_relation"]["relation_name"]
    elements = {each["name"]: each["expr"] or each["name"] for each in model["dimensions"]}
    categories = [each["name"] for each in model["dimensions"] if each["type"] == "categorical"]
    members = {each: f"coalesce(cast({elements[each]} as varchar), '{MISSING}')" for each in categories}
    distinct = ", ".join(f"list(distinct {member} order by {member})" for member in members.values())
    [labels] = connection.execute(f"select {distinct} from {relation}").fetchall()
    for each, known in zip(categories, labels, strict=True):
        listed = ", ".join("'" + label.replace("'", "''") + "'" for label in known or [MISSING])
        connection.execute(f"create temp type {model['name']}_{each} as enum ({listed})")
        elements[each] = f"cast({members[each]} as {model['name']}_{each})"
    elements |= {each["name"]: each["expr"] or each["name"] for each in model["measures"]}
    columns = ", ".join(f"{expression} as {element}" for element, expression in elements.items())
    connection.execute(f"create temp table {table} as select {columns} from {relation}")
    for element in (*model["dimensions"], *model["measures"]):
        element["expr"] = element["name"]
    return table
