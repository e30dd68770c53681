"""DuckDB as MetricFlow's warehouse: one read-only connection, no dbt adapter.

Belongs here: how SQL runs. Does not belong here: which SQL, which MetricFlow decides.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
from metricflow.data_table.mf_table import MetricFlowDataTable
from metricflow.protocols.sql_client import SqlClient, SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow.sql.render.sql_plan_renderer import SqlPlanRenderer
from metricflow_semantics.sql.sql_bind_parameters import SqlBindParameterSet

from semantics.errors import BUILD_FIRST, BeingBuiltError, NothingBuiltError

NO_PARAMETERS = SqlBindParameterSet()


class DuckDbClient(SqlClient):
    """MetricFlow's `SqlClient` over a working file; sessions run in UTC, as the models' do."""

    def __init__(self, warehouse: Path) -> None:
        """Open `warehouse` read-only.

        Raises:
            NothingBuiltError: there is no such file.
            BeingBuiltError: a refresh has it open for writing.
        """
        if not warehouse.exists():
            raise NothingBuiltError(f"there is no working file {warehouse}; {BUILD_FIRST}")
        try:
            self.connection = duckdb.connect(str(warehouse), read_only=True)
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error):
                raise NothingBuiltError(
                    f"{warehouse} is damaged ({error}); restore it from a backup, or move it away and refresh"
                ) from error
            raise BeingBuiltError(
                f"a refresh is writing {warehouse}; try again when it has finished"
            ) from error
        self.connection.execute("set TimeZone = 'UTC'")

    @property
    def sql_engine_type(self) -> SqlEngine:
        return SqlEngine.DUCKDB

    @property
    def sql_plan_renderer(self) -> SqlPlanRenderer:
        return DuckDbSqlPlanRenderer()

    def query(
        self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS
    ) -> MetricFlowDataTable:
        """The statement's result as MetricFlow's table type."""
        result = self.connection.execute(stmt, _values(sql_bind_parameter_set))
        names = [column[0] for column in result.description]
        return MetricFlowDataTable.create_from_rows(names, result.fetchall())

    def execute(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> None:
        """Run the statement and discard its result."""
        self.connection.execute(stmt, _values(sql_bind_parameter_set))

    def dry_run(self, stmt: str, sql_bind_parameter_set: SqlBindParameterSet = NO_PARAMETERS) -> None:
        """Plan the statement without running it; DuckDB's error says what cannot be bound."""
        self.connection.execute(f"explain {stmt}", _values(sql_bind_parameter_set))

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def render_bind_parameter_key(self, bind_parameter_key: str) -> str:
        """DuckDB's form of a named parameter."""
        return f"${bind_parameter_key}"


def _values(parameters: SqlBindParameterSet) -> dict[str, object]:
    return {item.key: item.value.union_value for item in parameters.param_items}
