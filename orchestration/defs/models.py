"""dbt's models as assets, in two sets so that a blocking check can stand between marts and publication.

Belongs here: when a model is built and what is recorded about it. Does not belong here: what a model is
(`dbt_project/`).
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import dbt_assets
from dbt_common.events.base_types import EventMsg

from orchestration import dbt as dbt_project
from orchestration import dbt_assets as translation
from orchestration import environment, policy, progress, vendors

# Unit tests prove the models' logic on invented rows; `make test` runs them. A refresh has real rows.
WITHOUT_UNIT_TESTS = ["--exclude-resource-type", "unit_test"]


class ModelsFailedError(Exception):
    """A model or a test failed; the message names each with its finding."""


def defs() -> dg.Definitions:
    """Both sets."""
    manifest = json.loads(dbt_project.prepared_manifest(vendors.enabled()).read_text("utf-8"))
    translator = translation.Translator()

    @dbt_assets(
        manifest=manifest,
        exclude=translation.PUBLICATION,
        name="marts",
        pool=policy.WRITER_POOL,
        dagster_dbt_translator=translator,
    )
    def marts(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from build(context, manifest)

    @dbt_assets(
        manifest=manifest,
        select=translation.PUBLICATION,
        name="publication_models",
        pool=policy.WRITER_POOL,
        dagster_dbt_translator=translator,
    )
    def publication_models(context: dg.AssetExecutionContext) -> Iterator[Any]:
        yield from build(context, manifest)

    return dg.Definitions(assets=[marts, publication_models])


def build(context: dg.AssetExecutionContext, manifest: Mapping[str, Any]) -> Iterator[Any]:
    """Build what the step has selected, and yield Dagster's events, with a row count for each table.

    The events are held until dbt has ended, because only then can the working file be read. If dbt fails,
    the finished models are reported first, and then the error is raised.
    """
    progress.report("build", "starting dbt")
    environment.pin_as_of()
    dbt_project.forget_old_builds()
    results: list[EventMsg] = []

    def hear(message: EventMsg) -> None:
        if translation.is_result(message):
            results.append(message)
            progress.report("build", message.data.node_info.node_name)

    ended = dbt_project.build(
        [*WITHOUT_UNIT_TESTS, *translation.selection(context)],
        dbt_project.build_folder(context.op_execution_context.op.name, context.run.run_id[:7]),
        hear,
    )
    counts = row_counts(environment.home().warehouse)
    for event in translation.events(results, context, manifest):
        yield _with_row_count(event, manifest, counts)
    if not ended.success:
        raise ModelsFailedError("; ".join(dbt_project.failed_nodes(ended)) or str(ended.exception))


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


def _with_row_count(event: Any, manifest: Mapping[str, Any], counts: Mapping[str, int]) -> Any:
    if not isinstance(event, dg.Output):
        return event
    relation = manifest["nodes"][event.metadata["unique_id"].value]["relation_name"]
    if relation not in counts:  # a view
        return event
    return event.with_metadata({**event.metadata, "dagster/row_count": counts[relation]})
