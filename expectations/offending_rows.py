"""The form of all sentences of the guard: a query for the rows that break the sentence.

Belongs here: how such a query runs inside the engine, and how its result is evaluated. Does not belong here:
any rule (`raw_landings`, `nps_definition`, `published_figures`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, Final

from great_expectations.compatibility import pydantic
from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

EXAMPLES = 3
# A version's id may be a hash and a moment with an @ between.
_ADDRESS: Final = re.compile(r"[^\s@,;<>\"']+@(?:[^\s@,;<>\"']+\.[a-zA-Z]{2,}|[0-9a-f]{32})")
ROWS = "unexpected_rows_query.table"


def offending(rows: str) -> str:
    """The query of an expectation: how many `rows` break it, and the first of them.

    `rows` is a select from `checked`, the table the expectation is stated about. The answer always has
    a row, the tally, so that an engine that returns nothing cannot be taken for one that found nothing.
    """
    return f"""
        with checked as (select * from {{batch}}),
        offending as ({rows.strip()}),
        tally as (select count(*) as offending_rows from offending),
        examples as (select * from offending limit {EXAMPLES})
        select * from tally left join examples on 1 = 1
    """


def when_judged(query: Callable[[], str]) -> Any:
    """A query that is made when the sentence is stated, because it holds the definition of a company."""
    return pydantic.Field(default_factory=query)


def without_addresses(value: Any) -> Any:
    """A value of an example, which is kept with the results, without addresses and their tokens."""
    return _ADDRESS.sub("[address]", value) if isinstance(value, str) else value


class ExpectNoOffendingRows(UnexpectedRowsExpectation):
    """A sentence: holds when its query finds no row. `description` says in words what is expected."""

    # One query for the count and the examples; the base class would run it twice.
    metric_dependencies: ClassVar[tuple[str, ...]] = (ROWS,)

    def metrics_validate(
        self,
        metrics: dict[Any, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
        **_: Any,
    ) -> ExpectationValidationResult:
        asked = self.get_validation_dependencies(execution_engine, runtime_configuration)
        answer = metrics[asked.metric_configurations[ROWS].id]
        if not answer:
            raise RuntimeError("the engine returned no tally: the cursor outlived its connection")
        count = int(answer[0]["offending_rows"])
        examples = [
            {name: without_addresses(row[name]) for name in row if name != "offending_rows"} for row in answer
        ]
        return ExpectationValidationResult(
            success=count == 0,
            expectation_config=self.configuration,
            result={
                "observed_value": count,
                "details": {"unexpected_rows": examples if count else []},
            },
        )
