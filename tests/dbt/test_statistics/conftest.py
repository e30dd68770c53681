"""The statistics as dbt compiles them, run over made-up counts in an engine in memory.

How a test gets at the SQL of a macro or of a model belongs here; what comes out of it is asserted in the
tests, against scipy or against plain Python that shares nothing with the macros.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest

MACROS = {
    "p_value": "{{ nps_p_value('x') }}",
    "bound": "{{ nps_discovery_bound('p', ['family']) }}",
    "q_value": "{{ nps_q_value('bound', 'p', ['family']) }}",
    "z": "{{ nps_difference_z(['p1', 'd1', 'n1'], ['p2', 'd2', 'n2']) }}",
    "variance": "{{ nps_variance('p1', 'd1', 'n1') }}",
    "fingerprint": "{{ fingerprint('content') }}",
    "quantile": "{{ normal_upper_quantile('r') }}",
    "customer": "{{ customer_key('id') }}",
    "survivors": "{{ merge_survivors('id') }}",
}
_BETWEEN = "\n--------\n"

Query = Callable[[str, Mapping[str, Sequence[Any]]], list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def compiled(files_only: Any) -> dict[str, str]:
    """Name of `MACROS` → its SQL. Compiled in one run: reading the project is what takes the time."""
    run = files_only.dbt("compile", "--inline", _BETWEEN.join(MACROS.values()))
    assert run.success, run.exception
    return dict(zip(MACROS, run.result.results[0].node.compiled_code.split(_BETWEEN), strict=True))


@pytest.fixture(scope="session")
def branch_comparisons(files_only: Any) -> str:
    """The SQL of fct_branch_comparisons."""
    run = files_only.dbt("compile", "--select", "fct_branch_comparisons")
    assert run.success, run.exception
    return str(run.result.results[0].node.compiled_code)


@pytest.fixture(scope="session")
def revenue_association(files_only: Any) -> str:
    """The SQL of fct_revenue_association."""
    run = files_only.dbt("compile", "--select", "fct_revenue_association")
    assert run.success, run.exception
    return str(run.result.results[0].node.compiled_code)


@pytest.fixture
def query() -> Query:
    """Runs SQL over `points`, a table of the given columns."""

    def run(statement: str, points: Mapping[str, Sequence[Any]]) -> list[tuple[Any, ...]]:
        with duckdb.connect() as opened:
            opened.register("points", pa.table(dict(points)))
            return opened.execute(statement).fetchall()

    return run
