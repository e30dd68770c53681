"""The raw tables that record the outcome of each file delivery: their columns, and the counts of one file.

Declares; which rows are new or withdrawn is decided elsewhere (`versions.py`, `withdrawn.py`).
"""

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from ingestion.tables import INTAKE

#: One row per version or quarantine row that no file gives any more.
WITHDRAWALS = "withdrawals"
#: Which other files give a version too, or no longer do: needed before one of them withdraws it.
SHARED = "shared_versions"

_COUNTS = ("received", "landed", "known", "repeated", "quarantined", "left_out", "withdrawn")
_INTAKE_FIELDS: list[Any] = [
    pa.field("table_name", pa.string(), False),
    pa.field("file_name", pa.string(), False),
    pa.field("file_hash", pa.string(), False),
    *(pa.field(name, pa.int64(), False) for name in _COUNTS),
    pa.field("repeated_ids", pa.int64(), False),
    pa.field("absent", pa.int64(), False),
    pa.field("is_addition", pa.bool_(), False),
    pa.field("position_offset", pa.int64(), False),
]
_WITHDRAWN_FIELDS: list[Any] = [
    pa.field("table_name", pa.string(), False),
    *(pa.field(name, pa.string()) for name in ("record_id", "version_id", "original_hash", "origin")),
    pa.field("file_name", pa.string(), False),
    pa.field("reason", pa.string(), False),
]
_SHARED_FIELDS: list[Any] = [
    pa.field("table_name", pa.string(), False),
    pa.field("version_key", pa.int64(), False),
    pa.field("file_name", pa.string(), False),
    pa.field("is_given", pa.bool_(), False),
]
#: What the loader of files fills besides the raw tables and the quarantine.
DELIVERY_TABLES: dict[str, pa.Schema] = {
    INTAKE: pa.schema(_INTAKE_FIELDS),
    WITHDRAWALS: pa.schema(_WITHDRAWN_FIELDS),
    SHARED: pa.schema(_SHARED_FIELDS),
}


@dataclass
class Intake:
    """What one reading of a file brought: a row of `intake`; docs/contracts/raw.md says what each count is.

    `received` is counted where rows leave the reader, the others where it is decided what they are, so that
    received = landed + known + repeated + quarantined proves that no row was lost on the way.
    """

    table_name: str
    file_name: str
    file_hash: str
    position_offset: int
    received: int = 0
    landed: int = 0
    known: int = 0
    repeated: int = 0
    quarantined: int = 0
    left_out: int = 0
    withdrawn: int = 0
    repeated_ids: int = 0
    absent: int = 0
    is_addition: bool = True


def intake_table(files: list[Intake]) -> pa.Table:
    """The rows of `intake`."""
    return pa.Table.from_pylist([asdict(file) for file in files], DELIVERY_TABLES[INTAKE])


def remarks(client: Any, load_ids: list[str]) -> list[str]:
    """What a person should know of the files of a load, in a line each. `client`: dlt's for the warehouse."""
    places = ", ".join(["%s"] * len(load_ids))
    found = client.execute_sql(
        "select file_name, repeated_ids, withdrawn, absent, is_addition "
        f"from {client.make_qualified_table_name(INTAKE)} where _dlt_load_id in ({places}) "
        "order by file_name, table_name",
        *load_ids,
    )
    said = []
    for file, repeated_ids, withdrawn, absent, is_addition in found or []:
        sentences = (
            (repeated_ids, "rows share their id with a later row of the file; the later row counts"),
            (withdrawn, "rows of its earlier readings are withdrawn"),
            (absent * is_addition, "earlier records stay: the file is treated as new rows under an old name"),
            (
                absent * (not is_addition),
                "earlier records are missing and stay: deliver rows for deletions",
            ),
        )
        said += [f"{file}: {count:,} {sentence}" for count, sentence in sentences if count]
    return said
