"""Each configured vendor's raw tables as assets. How a vendor is read belongs in `ingestion/`.

Keys are (dataset, table): dbt's sources have the same names, so the graph connects without a mapping.
"""

from collections.abc import Iterator

import dagster as dg
from dagster_dlt import DagsterDltTranslator, build_dlt_asset_specs
from dagster_dlt.translator import DltResourceTranslatorData

from ingestion import errors, load, registry, warehouse
from orchestration import adopting, environment, gaps, health, policy, progress, receiving, retaining, vendors
from orchestration.events import LOADED, QUARANTINED, RECEIVED, REMARKS


class Translator(DagsterDltTranslator):
    """One asset per raw table, grouped by vendor; its upstream is the vendor's endpoint."""

    def __init__(self, source: registry.SourceSpec) -> None:
        self.source = source

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        table = str(data.resource.name)
        spec: dg.AssetSpec = super().get_asset_spec(data)
        return spec.replace_attributes(
            key=[warehouse.dataset(self.source.name), table],
            deps=[endpoint(self.source, table).key],
            group_name=warehouse.dataset(self.source.name),
            description=f"Every version of every record in {self.source.name} {table}, as sent.",
            tags={f"family/{family}": "" for family in self.source.families},
        )


def endpoint(source: registry.SourceSpec, table: str) -> dg.AssetSpec:
    """The vendor's endpoint for this table, outside the warehouse: where the graph begins."""
    return dg.AssetSpec(
        [source.name, table],
        group_name="vendors",
        kinds={source.name},
        description=f"{table} as served by {source.name}.",
    )


def defs() -> dg.Definitions:
    """Endpoints and raw tables of the enabled vendors; a disabled vendor has no assets.

    A replay loads nothing, so its raw tables are only there: to make a loader takes credentials.
    """
    sources = [registry.source_spec(name) for name in vendors.enabled()]
    if vendors.is_replay():
        return dg.Definitions(assets=[spec for source in sources for spec in _held(source)])
    return dg.Definitions(
        assets=[
            *(raw_tables(source) for source in sources),
            *(endpoint(source, table) for source in sources for table in source.tables),
        ]
    )


def _held(source: registry.SourceSpec) -> Iterator[dg.AssetSpec]:
    """The raw tables of a source as they are, without the step that loads them."""
    dataset = warehouse.dataset(source.name)
    for table in (*source.tables, "quarantine", "_dlt_loads", *source.beside):
        yield dg.AssetSpec([dataset, table], group_name=dataset)


def raw_tables(source: registry.SourceSpec) -> dg.AssetsDefinition:
    """One step that loads a whole source, and an asset for each of its tables, for its quarantine and loads,
    and for its records about those loads."""
    dataset = warehouse.dataset(source.name)
    records = build_dlt_asset_specs(
        load.build_source(source.name), warehouse.pipeline(source.name), Translator(source)
    )
    kept = dg.AssetSpec(
        [dataset, "quarantine"],
        deps=[endpoint(source, table).key for table in source.tables],
        group_name=dataset,
        kinds={"dlt", "duckdb"},
        description="Records that could not be typed: reason, source, position and the original text.",
    )
    loads = dg.AssetSpec(
        [dataset, "_dlt_loads"],
        group_name=dataset,
        kinds={"dlt", "duckdb"},
        description="The successful loads (status 0); rows of any other load are not read.",
    )
    beside = [
        dg.AssetSpec(
            [dataset, table],
            deps=[endpoint(source, read).key for read in source.tables],
            group_name=dataset,
            kinds={"dlt", "duckdb"},
            description=f"Records about the loads of {source.name}; see docs/contracts/raw.md.",
        )
        for table in source.beside
    ]

    @dg.multi_asset(
        name=f"load_{source.name}",
        specs=[*records, kept, loads, *beside],
        pool=policy.WRITER_POOL,
    )
    def load_source(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        yield from loaded(source, context.retry_number)

    return load_source


def loaded(source: registry.SourceSpec, retries: int) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
    """Loads a source; then what was loaded, for each of its raw tables. `retries` there were before.

    A load that failed is noted, and nobody has seen anything of it. A setting that cannot be used is not: it
    is to be corrected before anything is published.
    """
    dataset, home = warehouse.dataset(source.name), environment.home()
    adopting.adopt(home)
    retaining.carry(home)
    progress.report("load", source.name)
    try:
        with receiving.taken(home, source.name):
            report = load.load_source(source.name)
    except errors.ConfigurationError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    except (errors.LoadError, errors.LoadMismatchError) as error:
        gaps.open_(home, source.name, str(error))
        health.load_failed(home, source.name)
        if isinstance(error, errors.FinalLoadError | errors.LoadMismatchError):
            raise dg.Failure(str(error), allow_retries=False) from error
        raise policy.load_again(retries) from error
    gaps.close(home, source.name, report.passed_over)
    health.load_succeeded(
        home,
        source.name,
        report.seconds,
        received=sum(report.received.values()),
        landed=sum(report.rows.values()),
        quarantined=sum(report.quarantined.values()),
    )
    for table in source.tables:
        yield dg.MaterializeResult(
            asset_key=[dataset, table],
            metadata={
                LOADED: report.rows.get(table, 0),
                QUARANTINED: report.quarantined.get(table, 0),
                RECEIVED: report.received.get(table, 0),
                "seconds": report.seconds,
            },
        )
    quarantined = {"rows": sum(report.quarantined.values()), "seconds": report.seconds}
    yield dg.MaterializeResult(asset_key=[dataset, "quarantine"], metadata=quarantined)
    yield dg.MaterializeResult(
        asset_key=[dataset, "_dlt_loads"], metadata={"load_ids": report.load_ids, REMARKS: report.remarks}
    )
    for table in source.beside:
        yield dg.MaterializeResult(asset_key=[dataset, table], metadata={"load_ids": report.load_ids})
