"""The rules for a load: dlt's schema contract, and the counts that prove that nothing was lost.

A new field of a vendor stays in `payload` and changes no table; the conversion (`arrow.py`) handles a missing
or changed one. So a column that appears or changes its type is always our own mistake, and the contract stops
it.
"""

from dataclasses import dataclass, field, fields
from typing import Any, Final

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.common.schema.typing import TSchemaContractDict

from ingestion.errors import LoadMismatchError
from ingestion.tables import INTAKE, QUARANTINE

CONTRACT: Final[TSchemaContractDict] = {"tables": "evolve", "columns": "freeze", "data_type": "freeze"}

_VARIANT = "__v_"


@dataclass(frozen=True)
class Counts:
    """Of one raw table in one load, in distinct versions: `received` = `landed` + `quarantined` + `known`,
    where `known` are those that raw or the quarantine had already. `new_fields` are those of the vendor that
    no earlier load met, `passed_over` the surveys that could not be read (`Landing.pass_over`)."""

    received: int
    landed: int
    quarantined: int
    known: int
    new_fields: list[str]
    passed_over: list[tuple[str, str | None, str]]


@dataclass
class _Package:
    counts: dict[str, Counts] = field(default_factory=dict)
    extracted: dict[str, int] = field(default_factory=dict)


def check_load(pipeline: dlt.Pipeline, info: LoadInfo) -> dict[str, Counts]:
    """The counts of each raw table, after proving that they add up.

    Raises `LoadMismatchError` when a job failed, when received is not landed + quarantined + known (of files
    also for each file), when dlt extracted another number of rows than landed, when the destination holds
    another number of rows with the load's id, or when a table has a variant column (`__v_`), the sign of a
    value that changed its type on the way. Call it directly after the pipeline's run: it reads its trace.
    """
    info.raise_on_failed_jobs()
    package = _extracted(pipeline)
    expected = {table: counts.landed for table, counts in package.counts.items()}
    expected[QUARANTINE] = sum(counts.quarantined for counts in package.counts.values())
    for table, counts in package.counts.items():
        if counts.received != counts.landed + counts.quarantined + counts.known:
            raise LoadMismatchError(
                f"{pipeline.pipeline_name}: {table} received {counts.received} records, but landed "
                f"{counts.landed}, quarantined {counts.quarantined} and knew {counts.known} before"
            )
    for table, landed in expected.items():
        _same(pipeline, table, landed, package.extracted.get(table, 0))
    for table, rows in package.extracted.items():  # those that a source fills beside its raw tables
        if not table.startswith("_dlt_"):
            expected.setdefault(table, rows)

    with pipeline.sql_client() as client:
        _refuse_variants(pipeline, client)
        for table, landed in expected.items():
            _all_arrived(pipeline, client, table, info.loads_ids, landed)
        if INTAKE in expected:
            _files_add_up(pipeline, client, list(package.counts), info.loads_ids)
    return package.counts


def _extracted(pipeline: dlt.Pipeline) -> _Package:
    trace = pipeline.last_trace
    step = trace.last_extract_info if trace else None
    if step is None:
        raise LoadMismatchError(f"{pipeline.pipeline_name}: there is no extraction trace to check")
    package = _Package()
    for metrics_of_load in step.metrics.values():
        for metrics in metrics_of_load:
            for name, resource in metrics["resource_metrics"].items():
                custom = resource.custom_metrics
                if "received" in custom:
                    package.counts[name] = Counts(**{each.name: custom[each.name] for each in fields(Counts)})
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
            "declared reached the warehouse; declare the column's type and load the source again from scratch"
        )


def _all_arrived(pipeline: dlt.Pipeline, client: Any, table: str, load_ids: list[str], landed: int) -> None:
    places = ", ".join(["%s"] * len(load_ids))
    name = client.make_qualified_table_name(table)
    [[arrived]] = client.execute_sql(
        f"select count(*) from {name} where _dlt_load_id in ({places})", *load_ids
    )
    if arrived != landed:
        raise LoadMismatchError(
            f"{pipeline.pipeline_name}: {landed} rows of {table} landed and {arrived} are in the raw table"
        )


def _files_add_up(pipeline: dlt.Pipeline, client: Any, tables: list[str], load_ids: list[str]) -> None:
    """For each file: what its reader met is what became of it, as the destination holds it."""
    places = ", ".join(["%s"] * len(load_ids))
    held = " union all ".join(
        f"select '{table}' as table_name, file_name, count(*) as landed, 0 as quarantined "
        f"from {client.make_qualified_table_name(table)} where _dlt_load_id in ({places}) group by file_name"
        for table in tables
    )
    wrong = client.execute_sql(
        f"""
        with held as (
          {held}
          union all
          select table_name, origin, 0, count(*) from {client.make_qualified_table_name(QUARANTINE)}
          where _dlt_load_id in ({places}) group by table_name, origin
        ),

        found as (
          select table_name, file_name, sum(landed) as landed, sum(quarantined) as quarantined
          from held
          group by table_name, file_name
        ),

        counted as (
          select * from {client.make_qualified_table_name(INTAKE)} where _dlt_load_id in ({places})
        )

        select
          coalesce(c.table_name, f.table_name), coalesce(c.file_name, f.file_name), c.received,
          coalesce(f.landed, 0), coalesce(f.quarantined, 0), c.known, c.repeated
        from counted as c
        full outer join found as f on c.table_name = f.table_name and c.file_name = f.file_name
        where c.received is null
          or c.received <> coalesce(f.landed, 0) + coalesce(f.quarantined, 0) + c.known + c.repeated
          or c.landed <> coalesce(f.landed, 0)
          or c.quarantined <> coalesce(f.quarantined, 0)
        order by 1, 2
        """,
        *load_ids * (len(tables) + 2),
    )
    for table, file, received, landed, quarantined, known, repeated in wrong or []:
        raise LoadMismatchError(
            f"{pipeline.pipeline_name}: {file} ({table}) gave {received} records, of which {landed} are in "
            f"raw, {quarantined} in quarantine, {known} were known and {repeated} were repeated; the load is "
            "rolled back"
        )
