"""dbt's models as assets, in two sets so that a blocking check can stand between marts and publication.

What a model is belongs into `dbt_project/`; here is only when it is built and what is noted about it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DbtCliInvocation, dbt_assets
from dagster_dbt.errors import DagsterDbtCliRuntimeError

from orchestration import dbt as dbt_project
from orchestration import environment, failures, policy, progress, vendors

# Unit tests prove the models' logic on invented rows; `make test` runs them, a refresh has real ones.
BUILD = ["build", "--exclude-resource-type", "unit_test"]


class ModelsFailedError(Exception):
    """A model or a test failed; the message names each with what it found."""


def defs() -> dg.Definitions:
    """Both sets and the dbt resource they run with."""
    manifest = dbt_project.prepared_manifest(vendors.enabled())
    translator = dbt_project.Translator()

    @dbt_assets(
        manifest=manifest,
        exclude=dbt_project.PUBLICATION,
        name="marts",
        pool=policy.WRITER_POOL,
        dagster_dbt_translator=translator,
    )
    def marts(context: dg.AssetExecutionContext, dbt: dbt_project.Dbt) -> Iterator[Any]:
        environment.pin_as_of()
        yield from build(dbt.cli(BUILD, context=context))

    @dbt_assets(
        manifest=manifest,
        select=dbt_project.PUBLICATION,
        name="publication_models",
        pool=policy.WRITER_POOL,
        dagster_dbt_translator=translator,
    )
    def publication_models(context: dg.AssetExecutionContext, dbt: dbt_project.Dbt) -> Iterator[Any]:
        environment.pin_as_of()
        yield from build(dbt.cli(BUILD, context=context))

    return dg.Definitions(assets=[marts, publication_models], resources={"dbt": dbt_project.resource()})


def build(invocation: DbtCliInvocation) -> Iterator[Any]:
    """Dagster's events of one dbt build, each table's with its row count.

    The events are held until dbt has ended, because only then can the working file be read. When dbt
    fails, what it did finish is reported first and the error is raised after it.
    """
    progress.report("build", "starting dbt")
    dbt_project.forget_old_builds()
    events: list[Any] = []
    failed: DagsterDbtCliRuntimeError | None = None
    try:
        for event in invocation.stream():
            events.append(event)
            progress.report("build", _subject(event))
    except DagsterDbtCliRuntimeError as error:
        failed = error
    counts = row_counts(environment.home().warehouse)
    for event in events:
        yield _with_row_count(event, invocation.manifest, counts)
    if failed is not None:
        raise ModelsFailedError("; ".join(failed_nodes(invocation)) or str(failed)) from None


def failed_nodes(invocation: DbtCliInvocation) -> list[str]:
    """Name and finding of every model and test that failed, in dbt's order; none if dbt left no results."""
    if not (invocation.target_path / "run_results.json").exists():
        return []
    results = invocation.get_artifact("run_results.json")["results"]
    return [
        f"{result['unique_id'].split('.')[2]}: {failures.one_line(result['message'] or result['status'])}"
        for result in results
        if result["status"] in {"error", "fail"}
    ]


def row_counts(warehouse: Path) -> dict[str, int]:
    """Rows of every table in the working file, by `"database"."schema"."table"`; exact after a checkpoint."""
    if not warehouse.exists():
        return {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select database_name, schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        names = [".".join(f'"{part}"' for part in table) for table in tables]
        if not names:
            return {}
        counts = connection.execute(
            " union all ".join(f"select '{name}', count(*) from {name}" for name in names)
        ).fetchall()
    return {str(name): int(count) for name, count in counts}


def _subject(event: Any) -> str:
    if isinstance(event, dg.AssetCheckResult):
        return event.check_name or ""
    return str(getattr(event, "output_name", ""))


def _with_row_count(event: Any, manifest: Mapping[str, Any], counts: Mapping[str, int]) -> Any:
    if not isinstance(event, dg.Output):
        return event
    relation = manifest["nodes"][event.metadata["unique_id"].value]["relation_name"]
    if relation not in counts:  # a view
        return event
    return event.with_metadata({**event.metadata, "dagster/row_count": counts[relation]})
