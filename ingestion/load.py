"""One source's way into the warehouse: extract, normalise, load, check.

After a crash or a full disk the next run starts clean. Packages that were left behind are dropped, not
finished: a package that was being written when the disk filled may be cut off, and the vendor still has
the records. dlt moves its local cursor when extraction ends, so the local state is dropped with them; a run
restores it from the destination, where the cursor is that of the last load that succeeded. Rows that an
unfinished load had already appended are deleted, because readers see only loads listed in `_dlt_loads` and
the next load would take those rows for known ones. A load whose count does not add up is rolled back for
the same reason: nothing may be built on it, now or later.
"""

import gc
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion import masking, registry, upgrade, warehouse
from ingestion.contracts import Counts, check_load
from ingestion.errors import (
    ConfigurationError,
    FinalLoadError,
    LoadError,
    LoadMismatchError,
    RefusedError,
    SourceError,
)
from ingestion.files.intake import remarks
from ingestion.tables import INTAKE, QUARANTINE
from ingestion.windows import Window

#: How the engine says that its share of memory is not enough, for a row and for a commit.
_OUT_OF_MEMORY: Final = ("Out of Memory", "failed to pin block")
#: Any status but 0, which dlt gives a load that has ended.
_WITHDRAWN: Final = 1


@dataclass(frozen=True)
class LoadReport:
    """What one load of a source brought.

    `rows` and `quarantined` count what is new in the warehouse, `received` the distinct versions the source
    sent, each by table. `remarks` are what a person should know of it, in a line each. `passed_over` are the
    surveys that could not be read: id, up to when each was (UTC, ISO 8601), and why.
    """

    source: str
    load_ids: list[str]
    rows: dict[str, int]
    quarantined: dict[str, int]
    received: dict[str, int]
    remarks: list[str]
    seconds: float = field(compare=False)
    passed_over: list[tuple[str, str | None, str]] = field(default_factory=list)


def build_source(name: str, window: Window | None = None) -> DltSource:
    """The dlt source of a registered name, configured, or what of it a window limits. Raises
    `ConfigurationError`."""
    spec = registry.source_spec(name)
    for key in spec.required_keys:
        warehouse.required_setting(name, key)
    source = spec.builder() if window is None else spec.windowed(window)
    source.max_table_nesting = 0
    return upgrade.declare(source)


def load_source(name: str, window: Window | None = None) -> LoadReport:
    """Loads what is new at a source, or all of a window of its past. Raises `ConfigurationError`, `LoadError`
    or `LoadMismatchError`."""
    started = time.perf_counter()
    warehouse.check_working_file()
    try:
        pipeline, info = _run(name, window)
    except PipelineStepFailed as failure:
        cause = root_cause(failure)
        if isinstance(cause, LoadMismatchError):
            raise LoadMismatchError(f"{name}: {cause}") from failure
        kind = FinalLoadError if isinstance(cause, RefusedError) else LoadError
        said = masking.shown(" ".join(str(cause).split())) or type(cause).__name__
        raise kind(f"{name}: {said.removeprefix(f'{name}: ')}") from failure
    try:
        counts = check_load(pipeline, info)
    except LoadMismatchError:
        _withdraw(pipeline, info.loads_ids)
        raise
    return LoadReport(
        source=name,
        load_ids=list(info.loads_ids),
        rows={table: count.landed for table, count in counts.items()},
        quarantined={table: count.quarantined for table, count in counts.items()},
        received={table: count.received for table, count in counts.items()},
        remarks=[
            *(_remarks(pipeline, info.loads_ids) if INTAKE in registry.source_spec(name).beside else []),
            *_changes(name, counts),
        ],
        seconds=time.perf_counter() - started,
        passed_over=[survey for count in counts.values() for survey in count.passed_over],
    )


def _changes(name: str, counts: Mapping[str, Counts]) -> Iterator[str]:
    """What a vendor sends that it did not send before."""
    for table, count in counts.items():
        if count.new_fields:
            fields = ", ".join(count.new_fields)
            yield f"{name} {table} has new fields, which stay in the payload and count nowhere: {fields}"


def _run(name: str, window: Window | None) -> tuple[dlt.Pipeline, LoadInfo]:
    """What dlt says of the load. Rows of many megabytes do not fit into the engine's share of memory: then
    all is loaded again by one that takes what it needs."""
    try:
        return _run_within(warehouse.MEMORY, name, window)
    except PipelineStepFailed as failure:
        if not any(said in str(failure) for said in _OUT_OF_MEMORY):
            raise
    return _run_within(None, name, window)


def _run_within(memory: str | None, name: str, window: Window | None) -> tuple[dlt.Pipeline, LoadInfo]:
    source = build_source(name, window)
    pipeline = recovered(warehouse.pipeline(name, memory))
    if warehouse.working_file().exists():
        upgrade.add_columns(pipeline, source)
    with _few_collections():
        return pipeline, pipeline.run(source, loader_file_format="parquet")


def _remarks(pipeline: dlt.Pipeline, load_ids: list[str]) -> list[str]:
    with pipeline.sql_client() as client:
        return remarks(client, list(load_ids))


def recovered(pipeline: dlt.Pipeline) -> dlt.Pipeline:
    """The pipeline with nothing left of an unfinished load, here or in the warehouse. See the module."""
    _sweep(Path(pipeline.working_dir))
    if pipeline.has_pending_data:
        pipeline = pipeline.drop()
    if warehouse.working_file().exists():
        _delete_unfinished(pipeline)
    return pipeline


def _sweep(working: Path) -> None:
    """Removes what killed loads left behind, and dlt's notes on loads that have ended. One load at a time has
    the working file, so nothing of this is in use."""
    scratch = [each for kind in ("delivery-*", "keys-*") for each in warehouse.scratch().glob(kind)]
    for leftover in (*scratch, *(working / "load" / "loaded").glob("*")):
        shutil.rmtree(leftover)


def _withdraw(pipeline: dlt.Pipeline, load_ids: list[str]) -> None:
    """Takes loads back after they have ended: no reader sees them, and the cursor is where it was before."""
    places = ", ".join(["%s"] * len(load_ids))
    with pipeline.sql_client() as client:
        loads = client.make_qualified_table_name("_dlt_loads")
        client.execute_sql(f"update {loads} set status = {_WITHDRAWN} where load_id in ({places})", *load_ids)
    pipeline.drop()


def root_cause(failure: BaseException) -> BaseException:
    """Our own error in a chain of exceptions, else the one that started it."""
    cause = failure
    while not isinstance(cause, SourceError | ConfigurationError | LoadMismatchError):
        earlier = cause.__cause__ or cause.__context__
        if earlier is None:
            break
        cause = earlier
    return cause


@contextmanager
def _few_collections() -> Iterator[None]:
    """Python looks for cycles among millions of parsed JSON objects, which have none, at a third of the time
    that reading them takes; so it is made to look less often, and not at what was there before the load: the
    landing has it look each time that rows were handed on."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, *before[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def _delete_unfinished(pipeline: dlt.Pipeline) -> None:
    with pipeline.sql_client() as client:
        found = client.execute_sql(
            "select distinct table_name from information_schema.columns "
            "where table_schema = %s and column_name = '_dlt_load_id'",
            pipeline.dataset_name,
        )
        tables = [table for (table,) in found or [] if not table.startswith("_dlt_")]
        if QUARANTINE not in tables:
            return
        finished = client.make_qualified_table_name("_dlt_loads")
        for table in tables:
            name = client.make_qualified_table_name(table)
            client.execute_sql(
                f"delete from {name} where _dlt_load_id not in "
                f"(select load_id from {finished} where status = 0)"
            )
