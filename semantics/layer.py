"""MetricFlow itself: the semantic manifest over one working file, and the SQL for a request.

Names here are MetricFlow's own (`answer__branch`, `metric_time__month`); plain names belong in `question.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow_semantic_interfaces.implementations.semantic_manifest import PydanticSemanticManifest
from metricflow_semantic_interfaces.transformations.semantic_manifest_transformer import (
    PydanticSemanticManifestTransformer,
)
from metricflow_semantics.errors.error_classes import InvalidQueryException
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

from semantics import vocabulary
from semantics.client import DuckDbClient
from semantics.errors import QuestionError

METRIC_TIME = "metric_time"
METRIC_DAY = "{{ TimeDimension('metric_time', 'day') }}"


class SemanticLayer:
    """A working file and the metrics over it. Close it, or use it in a `with`: it holds the file open."""

    def __init__(self, warehouse: Path, target: Path) -> None:
        """Open `warehouse` read-only, with the semantic manifest in dbt's folder `target`.

        Raises:
            NothingBuiltError: there is no working file, or no semantic manifest.
            BeingBuiltError: a refresh is writing the working file.
        """
        raw = vocabulary.read_manifest(target)
        self.vocabulary = vocabulary.read(target)
        spine = raw["project_configuration"]["time_spines"][0]
        self.spine = (spine["node_relation"]["relation_name"], spine["primary_column"]["name"])
        self._client = DuckDbClient(warehouse)
        manifest = PydanticSemanticManifestTransformer.transform(PydanticSemanticManifest.parse_obj(raw))
        self._engine = MetricFlowEngine(SemanticManifestLookup(manifest), self._client)

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The read-only connection, for other queries of the warehouse."""
        return self._client.connection

    def sql(self, metrics: Sequence[str], group_by: Sequence[str], where: Sequence[str] = ()) -> str:
        """MetricFlow's SQL for the metrics, one row per member of `group_by`.

        Args:
            metrics: names of metrics.
            group_by: names of dimensions as MetricFlow writes them.
            where: conditions as MetricFlow writes them, all of which must hold.

        Raises:
            QuestionError: MetricFlow cannot generate a query.
        """
        request = MetricFlowQueryRequest.create(
            metric_names=list(metrics), group_by_names=list(group_by), where_constraints=list(where) or None
        )
        try:
            return self._engine.explain(request).sql_statement.sql
        except InvalidQueryException as error:
            raise QuestionError(f"MetricFlow cannot answer this: {' '.join(str(error).split())}") from error

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The statement's rows, by column.

        Raises:
            QuestionError: the working file cannot run it.
        """
        try:
            result = self.connection.execute(sql)
        except duckdb.Error as error:
            raise QuestionError(
                f"the working file cannot answer this: {str(error).splitlines()[0]}"
            ) from error
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def close(self) -> None:
        """Close the working file."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
