"""The dlt source `files`: the inbox's nine tables into `raw_files`.

Endpoints: folders `inbox/{surveys,crm,billing}/<table>/`. Cursor: the hash of each file and its mapping, in
dlt's state, which a failed load leaves as it was. Deletes: a corrected reading withdraws what it corrects
(`withdrawn.py`); lasting records end only through a row. Limits: none on size; a file is streamed. A file
that cannot be understood stops the load before anything is written; a row that cannot goes to quarantine.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dlt
from dlt.extract import DltResource

from ingestion import warehouse
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.headers import check_columns
from ingestion.files.inbox import delivered_files
from ingestion.files.intake import DELIVERY_TABLES, intake_table
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.readers import open_reading
from ingestion.files.tables import FILE_TABLES, FileTable
from ingestion.files.versions import Delivery
from ingestion.landing import Landing, raw_resource
from ingestion.tables import INTAKE


@dlt.source(name="files")
def files_source() -> list[DltResource]:
    """One resource a table; each exists from the first load on, whether or not there are files."""
    return [
        raw_resource(table.spec, partial(_read, table), distinct=True, beside=DELIVERY_TABLES)
        for table in FILE_TABLES
    ]


def _read(table: FileTable, landing: Landing) -> Iterator[Any]:
    loaded: dict[str, str] = dlt.current.resource_state(table.name).setdefault("files", {})
    files = delivered_files(warehouse.inbox(), table, loaded, warehouse.mappings())
    if not files:
        return
    load_id = dlt.current.load_package_state()["load_id"]
    with Delivery(table, warehouse.scratch(), load_id, landing.hiding, landing.door) as delivery:
        for file in files:
            mapping = read_mapping(file.mapping, table)
            reading = open_reading(file.path, mapping)
            check_columns(file.path, reading, mapping, table)
            delivery.add(file.path, reading, mapping, file.content_hash)
            if not file.is_unchanged():
                raise FileNotUnderstoodError(
                    file.path, "it changed while it was being read", "run again when it is complete"
                )
        versions = delivery.versions(warehouse.working_file(), warehouse.dataset("files"))
        known = sum(file.known + file.repeated for file in delivery.files)
        received = sum(file.received - file.quarantined for file in delivery.files)
        yield from landing.land_file(versions.path, versions.count, known, received)
        for rejects in delivery.rejects():
            yield from landing.land_tables(table.spec.schema.empty_table(), rejects)
        for name, rows in delivery.beside():
            yield from landing.land_beside(name, rows)
        yield from landing.land_beside(INTAKE, intake_table(delivery.files))
    loaded.update({file.path.name: file.content_hash for file in files})
