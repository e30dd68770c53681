"""What a load must keep to: dlt's schema contract, and the count that proves nothing was lost.

A new field of a vendor stays in `payload` and changes no table; a missing or changed one is the
conversion's business (`arrow.py`). So a column that appears or changes its type is always our own mistake,
and the contract stops it.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.common.schema.typing import TSchemaContractDict, TWriteDispositionConfig

from ingestion.errors import LoadMismatchError
from ingestion.tables import QUARANTINE, QUARANTINE_KEY, VERSION_KEY

CONTRACT: Final[TSchemaContractDict] = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}
INSERT_ONLY: Final[TWriteDispositionConfig] = {"disposition": "merge", "strategy": "insert-only"}

_VARIANT = "__v_"


@dataclass
class Counts:
    """Of one raw table in one load, in distinct versions. `new` are those the warehouse did not know."""

    received: int = 0
    landed: int = 0
    quarantined: int = 0
    new: int = 0
    new_quarantined: int = 0


@dataclass
class _Package:
    counts: dict[str, Counts] = field(default_factory=dict)
    extracted: dict[str, int] = field(default_factory=dict)


def check_load(pipeline: dlt.Pipeline, info: LoadInfo) -> dict[str, Counts]:
    """The counts of each raw table, after proving that they add up.

    Raises `LoadMismatchError` when a job failed, when received is not landed + quarantined, when dlt
    extracted another number of rows than landed, when a row that landed is not in its raw table, or when a
    table has a variant column (`__v_`), the sign of a value that changed its type on the way.
    Call it directly after the pipeline's run: it reads the run's trace and the staging tables.
    """
    info.raise_on_failed_jobs()
    package = _extracted(pipeline)
    for table, counts in package.counts.items():
        if counts.received != counts.landed + counts.quarantined:
            raise LoadMismatchError(
                f"{pipeline.pipeline_name}: {table} received {counts.received} and accounted for "
                f"{counts.landed} rows and {counts.quarantined} in quarantine"
            )
        _same(pipeline, table, counts.landed, package.extracted.get(table, 0))
    quarantined = sum(counts.quarantined for counts in package.counts.values())
    _same(pipeline, QUARANTINE, quarantined, package.extracted.get(QUARANTINE, 0))

    with pipeline.sql_client() as client:
        _refuse_variants(pipeline, client)
        for table, counts in package.counts.items():
            _all_arrived(pipeline, client, table, VERSION_KEY, counts.landed)
            counts.new = _added(client, table, info.loads_ids)
            counts.new_quarantined = _added(client, QUARANTINE, info.loads_ids, table)
        _all_arrived(pipeline, client, QUARANTINE, QUARANTINE_KEY, quarantined)
    return package.counts


def _extracted(pipeline: dlt.Pipeline) -> _Package:
    trace = pipeline.last_trace
    step = trace.last_extract_info if trace else None
    if step is None:
        raise LoadMismatchError(f"{pipeline.pipeline_name}: no trace of an extraction to check")
    package = _Package()
    for metrics_of_load in step.metrics.values():
        for metrics in metrics_of_load:
            for name, resource in metrics["resource_metrics"].items():
                custom = resource.custom_metrics
                if "received" in custom:
                    package.counts[name] = Counts(custom["received"], custom["landed"], custom["quarantined"])
            for name, table in metrics["table_metrics"].items():
                package.extracted[name] = package.extracted.get(name, 0) + table.items_count
    return package


def _same(pipeline: dlt.Pipeline, table: str, landed: int, extracted: int) -> None:
    if landed != extracted:
        raise LoadMismatchError(
            f"{pipeline.pipeline_name}: {table} gave {landed} rows and dlt extracted {extracted}; "
            "a schema contract has dropped the difference"
        )


def _refuse_variants(pipeline: dlt.Pipeline, client: Any) -> None:
    found = client.execute_sql(
        "select table_name, column_name from information_schema.columns "
        "where table_schema = %s and contains(column_name, %s)",
        pipeline.dataset_name,
        _VARIANT,
    )
    if found:
        table, column = found[0]
        raise LoadMismatchError(
            f"{pipeline.pipeline_name}: {table} has the variant column {column}: values of another type than "
            "declared reached the warehouse; declare the column's type and load the source anew"
        )


def _all_arrived(pipeline: dlt.Pipeline, client: Any, table: str, key: tuple[str, ...], landed: int) -> None:
    """Every row of the load's staging table is in the raw table, and they are as many as landed."""
    with client.with_staging_dataset():
        staging = client.make_qualified_table_name(table)
    raw = client.make_qualified_table_name(table)
    same_key = " and ".join(f"r.{column} = s.{column}" for column in key)
    [[staged, missing]] = client.execute_sql(
        f"select count(*), count(*) filter (where not exists (select 1 from {raw} r where {same_key})) "
        f"from {staging} s"
    )
    if staged != landed or missing:
        raise LoadMismatchError(
            f"{pipeline.pipeline_name}: of {landed} rows of {table}, {staged} were staged and {missing} of "
            "those are not in the raw table"
        )


def _added(client: Any, table: str, load_ids: list[str], of_table: str | None = None) -> int:
    places = ", ".join(["%s"] * len(load_ids))
    where = f"_dlt_load_id in ({places})" + (" and table_name = %s" if of_table else "")
    parameters = [*load_ids, of_table] if of_table else load_ids
    name = client.make_qualified_table_name(table)
    [[count]] = client.execute_sql(f"select count(*) from {name} where {where}", *parameters)
    return int(count)
