"""The published copy: the last asset, made only if every check before it has passed."""

import os
from pathlib import Path

import dagster as dg

from erasure import receipts
from orchestration import (
    acceptance,
    dbt,
    dbt_assets,
    environment,
    gaps,
    origins,
    policy,
    progress,
    records,
    signing,
    vendors,
)
from orchestration.events import CHANGED, PUBLISHED_COPY, VERSION
from publication import publish
from semantics import osi

KEPT_VERSIONS = 5


def _documents(home: environment.Home) -> dict[str, bytes]:
    """What is published beside the tables: the metrics for BI, and which erasures there were."""
    erased = receipts.document(home.path)
    return {
        osi.NAME: osi.document(Path(os.environ["DBT_TARGET_PATH"])),
        **({receipts.DOCUMENT: erased} if erased else {}),
    }


def defs() -> dg.Definitions:
    """The copy, downstream of every publication model."""

    @dg.asset(
        key=PUBLISHED_COPY,
        deps=dbt_assets.asset_keys(dbt.prepared_manifest(vendors.enabled()), dbt_assets.PUBLICATION),
        group_name="published",
        kinds={"duckdb", "parquet"},
        pool=policy.WRITER_POOL,
        description="What BI reads (DuckDB, Parquet) and what people read (pages), swapped in atomically.",
    )
    def published_copy(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        home = environment.home()
        progress.report("publish", "copying the tables")
        maker = None
        if environment.pages_are_wanted():
            from review import site

            maker = site.write
        as_of = environment.pin_as_of()
        report = publish.publish(
            home.warehouse,
            home.published,
            as_of,
            KEPT_VERSIONS,
            ledger_folder=home.ledger,
            documents=_documents(home),
            records=records.collect(home),
            accepted=acceptance.passed(home, context.run_id),
            gaps=gaps.standing(home),
            maker=maker,
            signer=signing.signer(home, environment.company()),
            made_from=origins.draft(home, as_of),
        )
        return dg.MaterializeResult(
            metadata={
                VERSION: report.version,
                CHANGED: report.changed,
                "path": dg.MetadataValue.path(str(report.path)),
                "sequence": report.sequence,
                "restated": report.restated,
                "dagster/row_count": sum(report.tables.values()),
                "rows": dict(report.tables),
            }
        )

    return dg.Definitions(assets=[published_copy])
