"""What a raw table looks like: its columns, their types and where in a record each value is found.

Declares; converts nothing and loads nothing. The columns every raw table shares and the quarantine
table are here too (docs/contracts/raw.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from vault.tokens import Kind as Personal

if TYPE_CHECKING:  # `nps look` reads files with these tables and must not wait for dlt
    from dlt.common.schema.typing import TColumnSchema


class Kind(Enum):
    """What a column accepts from a vendor, and the Arrow type it becomes. Nothing is coerced."""

    TEXT = "text"
    DOUBLE = "double"  # any JSON number but NaN and the infinities
    INTEGER = "integer"  # a JSON number without a fraction: 9 and 9.0, not 9.5
    BOOLEAN = "boolean"
    BIT = "0 or 1"  # a boolean as vendors of surveys write it; true and false will do
    TIMESTAMP = "timestamp"  # ISO 8601 with a zone
    TIMESTAMP_UTC = "timestamp in UTC"  # ISO 8601; without a zone it is UTC because the vendor says so
    EPOCH = "seconds since 1970"
    DATE = "date"  # ISO 8601
    AMOUNT = "amount"  # a decimal written as text

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of the raw column; moments are microseconds in UTC."""
        return _ARROW[self]


_MOMENT = pa.timestamp("us", tz="UTC")
_ARROW: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.DOUBLE: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.BIT: pa.bool_(),
    Kind.TIMESTAMP: _MOMENT,
    Kind.TIMESTAMP_UTC: _MOMENT,
    Kind.EPOCH: _MOMENT,
    Kind.DATE: pa.date32(),
    Kind.AMOUNT: pa.decimal128(18, 4),
}
_DLT: dict[pa.DataType, TColumnSchema] = {
    pa.string(): {"data_type": "text"},
    pa.float64(): {"data_type": "double"},
    pa.int64(): {"data_type": "bigint"},
    pa.bool_(): {"data_type": "bool"},
    _MOMENT: {"data_type": "timestamp", "timezone": True, "precision": 6},
    pa.date32(): {"data_type": "date"},
    pa.decimal128(18, 4): {"data_type": "decimal", "precision": 18, "scale": 4},
}

Reader = Callable[[Any], Any]


Source = str | tuple[str | int, ...] | Reader


#: Columns that hold personal data, in whatever table: what stands there is a token (`hiding.py`).
PERSONAL: Final[Mapping[str, Personal]] = {
    "comment": Personal.TEXT,
    "email": Personal.EMAIL,
    "respondent_email": Personal.EMAIL,
    "requester_email": Personal.EMAIL,
    "device_id": Personal.DEVICE,
}


@dataclass(frozen=True)
class Column:
    """A column of a raw table.

    `source` says where the value is: a dotted path into the record (a number is a place in a list), the
    same as a tuple (for keys that have dots), or a function of the record. Empty: the loader fills it in as a
    constant of the batch. One that is `required` has a value in every record. One that is `asked` for by name
    is in every record, be it empty: a record without it says nothing of it.
    """

    name: str
    kind: Kind = Kind.TEXT
    source: Source = ""
    required: bool = False
    asked: bool = False


@dataclass(frozen=True)
class TableSpec:
    """A raw table: the common columns, then `columns`.

    `record_id` names the columns that together, joined by a colon, identify the record.
    `version_at` is the vendor's modification time; `None` when the table has none. Where it is not part
    of the payload (`versioned_by_payload` false) it becomes part of the version's id, because two
    versions with the same text are then two versions. `reading` counts how often it was changed where the
    columns are read from: what was read otherwise before is, with the same text, another version too.

    `personal` are keys of the vendor's record whose texts are personal data, and `reads` keys whose texts are
    not, where no column says so: a column is named in `PERSONAL` or not, and its path has its key. Nothing is
    hidden (`hiding.py`) of a table that `is_of_the_company`, such as its questions.
    """

    name: str
    record_id: tuple[str, ...]
    columns: tuple[Column, ...]
    version_at: Column | None = None
    versioned_by_payload: bool = True
    reading: int = 0
    personal: Mapping[str, Personal] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    is_of_the_company: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the rows that leave extraction; dlt adds `_dlt_load_id`."""
        fields: list[Any] = [*COMMON]
        fields += [pa.field(own.name, own.kind.arrow, not own.required) for own in self.columns]
        return pa.schema(fields)

    @property
    def dlt_columns(self) -> list[TColumnSchema]:
        """The same as dlt hints."""
        return dlt_columns(self.schema)


#: Rows of each row group that is handed over, but the last: exactly those of DuckDB's own, which writes rows
#: of another number twice.
GROUP_ROWS: Final = 122_880

COMMON: tuple[pa.Field[Any], ...] = (
    pa.field("record_id", pa.string(), False),
    pa.field("content_hash", pa.string(), False),
    pa.field("version_id", pa.string(), False),
    pa.field("version_at", _MOMENT),
    pa.field("payload", pa.string(), False),
    pa.field("position", pa.int64(), False),
)
VERSION_KEY = ("record_id", "version_id")

#: One row per file and load that read it; only the source of files fills it.
INTAKE = "intake"
QUARANTINE = "quarantine"
_QUARANTINE_FIELDS: list[Any] = [
    pa.field("table_name", pa.string(), False),
    pa.field("record_id", pa.string()),
    pa.field("reason", pa.string(), False),
    pa.field("detail", pa.string(), False),
    pa.field("position", pa.int64(), False),
    pa.field("origin", pa.string(), False),
    pa.field("original_text", pa.string(), False),
    pa.field("original_hash", pa.string(), False),
]
QUARANTINE_SCHEMA = pa.schema(_QUARANTINE_FIELDS)
QUARANTINE_KEY = ("table_name", "origin", "original_hash")


class Reason:
    """The codes of the quarantine table."""

    MALFORMED_JSON = "malformed_json"
    MISSING_REQUIRED = "missing_required"
    WRONG_TYPE = "wrong_type"
    BAD_TIMESTAMP = "bad_timestamp"
    BAD_ROW_SHAPE = "bad_row_shape"
    UNDECODABLE = "undecodable"
    ERROR_CELL = "error_cell"
    UNREADABLE = "unreadable"
    UNKNOWN_STATUS = "unknown_status"
    ROUNDED_ID = "rounded_id"


#: How the sentence about a record ends that lacks a field.
LACKING: Final = " is required and missing"


def dlt_columns(schema: pa.Schema) -> list[TColumnSchema]:
    """dlt hints for an Arrow schema whose types are all in use here, nullability included."""
    return [{"name": column.name, "nullable": column.nullable, **_DLT[column.type]} for column in schema]
