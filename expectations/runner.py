"""Run a stage's suites inside the engine and say what holds.

Belongs here: running and judging. Does not belong here: what is expected (`suites`), or pages
about it (`review`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import great_expectations as gx
import sqlalchemy

from expectations import addresses
from expectations.declaring import VendorFields
from expectations.duckdb_connection import WorkingFile, context_of, reading
from expectations.published_rows import ExpectNoAddressesInMembers
from expectations.suites import Stage, Suite, suites

RESULTS = "results.json"
"""Great Expectations' own results of a stage."""


@dataclass(frozen=True)
class Check:
    """One sentence about one table.

    `name` is the expectation's class, `table` is `schema.table`, `observed` the number of offending rows
    or why it could not be judged, `sentence` what is expected in words, `examples` the first offenders.
    """

    name: str
    table: str
    success: bool
    observed: str
    sentence: str
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Verdict:
    """All checks of a stage. It holds when every one holds."""

    stage: Stage
    results: list[Check]

    @property
    def success(self) -> bool:
        return bool(self.results) and all(check.success for check in self.results)

    @property
    def failed(self) -> list[Check]:
        return [check for check in self.results if not check.success]


def run(
    stage: Stage,
    warehouse: Path,
    vendors: Sequence[str],
    results_dir: Path | None = None,
    fields: VendorFields | None = None,
) -> Verdict:
    """Judge one stage of the working file.

    `vendors` are the vendors that are on; `files` always is. `fields` are the vendors' fields where a company
    has its own names for them. With `results_dir`, Great Expectations' own results as JSON replace those of
    the stage's last run in `results_dir/<stage>/`. A missing table or column is a failed check, not an
    exception. Raises FileNotFoundError without a working file, ValueError for an unknown stage or vendor. The
    file is opened read-only and closed again.
    """
    on = list(dict.fromkeys([*vendors, "files"]))
    return judge(stage, suites(stage, on, fields), warehouse, results_dir)


def judge(stage: Stage, stated: Sequence[Suite], warehouse: Path, results_dir: Path | None = None) -> Verdict:
    """Judge these suites of a stage only; otherwise as `run`."""
    with reading(warehouse) as source:
        present = _tables(source)
        tables = {suite.name: _table(source, suite) for suite in stated if suite.name in present}
        context = context_of(source)
        checks: list[Check] = []
        results: list[dict[str, Any]] = []
        for suite in stated:
            checks.append(_presence(suite, present))
            if checks[-1].success:
                result = _validate(context, tables[suite.name], suite)
                results.append(result.to_json_dict())
                checks.extend(_checks(suite, result))
    if results_dir is not None:
        (results_dir / stage).mkdir(parents=True, exist_ok=True)
        (results_dir / stage / RESULTS).write_text(json.dumps(results, indent=1, default=str), "utf-8")
    return Verdict(stage, [_located(check, warehouse) for check in checks])


def _located(check: Check, warehouse: Path) -> Check:
    """A check that found addresses says where they came from."""
    if check.success or not check.examples or check.name != ExpectNoAddressesInMembers.__name__:
        return check
    return replace(check, observed="; ".join([*addresses.places(warehouse), check.observed]))


def _tables(source: WorkingFile) -> set[str]:
    """`schema.table` of every table and view of the working file."""
    with source.get_engine().connect() as connection:
        found = connection.execute(
            sqlalchemy.text("select table_schema, table_name from information_schema.tables")
        )
        return {f"{schema}.{table}" for schema, table in found.fetchall()}


def _presence(suite: Suite, present: set[str]) -> Check:
    there = suite.name in present
    return Check(
        name="ExpectTableToExist",
        table=suite.name,
        success=there,
        observed="there" if there else "no such table: load or build it first",
        sentence="The table exists, empty if there is nothing in it",
    )


def _table(source: WorkingFile, suite: Suite) -> Any:
    asset = source.add_table_asset(suite.name, table_name=suite.table, schema_name=suite.schema)
    return asset.add_batch_definition_whole_table("current content")


def _validate(context: Any, table: Any, suite: Suite) -> Any:
    validation = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.name,
            data=table,
            suite=context.suites.add(
                gx.ExpectationSuite(name=suite.name, expectations=list(suite.expectations))
            ),
        )
    )
    return validation.run(result_format="COMPLETE")


def _checks(suite: Suite, result: Any) -> list[Check]:
    by_type = {outcome.expectation_config.type: outcome for outcome in result.results}
    return [_check(suite.name, stated, by_type[stated.expectation_type]) for stated in suite.expectations]


def _check(table: str, stated: Any, outcome: Any) -> Check:
    found = outcome.result
    if "observed_value" not in found:
        return Check(
            name=type(stated).__name__,
            table=table,
            success=False,
            observed=f"could not be judged: {_reason(outcome.exception_info)}",
            sentence=stated.description,
        )
    problems = [row["problem"] for row in found["details"]["unexpected_rows"] if "problem" in row]
    return Check(
        name=type(stated).__name__,
        table=table,
        success=bool(outcome.success),
        observed="; ".join(problems) or f"{found['observed_value']} offending rows",
        sentence=stated.description,
        examples=list(found["details"]["unexpected_rows"]),
    )


def _reason(information: dict[str, Any]) -> str:
    """First line of the exception; Great Expectations nests it under a metric's id, or not at all."""
    messages = [information, *information.values()]
    found = [
        item["exception_message"]
        for item in messages
        if isinstance(item, dict) and item.get("exception_message")
    ]
    return str(found[0]).strip().splitlines()[0] if found else "Great Expectations gave no reason"
