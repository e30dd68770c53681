"""A vendor that has changed what it sends, seen while a table is loaded.

A field that is new is kept in the payload and reported. A field that is needed and that most records of a
load lack stops the load, of this vendor alone: nothing of it is kept, and the next load asks for the same
records again. A record that is among few to lack one, or has it in another type, is a row in quarantine.

Belongs here: what of a load tells such a change. Does not belong here: what a column accepts (`columns.py`),
or how much in quarantine stops a publication (the governed limits).
"""

from collections import Counter
from typing import Any, Final

import orjson
import pyarrow as pa

from ingestion.errors import RefusedError
from ingestion.tables import LACKING, Reason, TableSpec

#: Fewer records without a field may be bad records. The governed limit of a load's quarantine begins there
#: too.
ENOUGH: Final = 10
_REMEDY: Final = (
    "nothing of this load is kept, and the next one asks for the same again; check that the credentials "
    "still see the field and that config.toml has its name, else upgrade"
)


class Drift:
    """What one raw table's records lack and have beyond what was known, during one load.

    `known` are the fields that earlier loads have met; empty before the first.
    """

    def __init__(self, spec: TableSpec, known: list[str]) -> None:
        self._spec, self._known = spec, known
        self._rows = 0
        self._lacking: Counter[str] = Counter()
        self._met: set[str] = set()

    def note(self, rows: pa.Table, rejects: pa.Table) -> None:
        """Rows and quarantine rows of a batch. Of its fields, those of the first row are looked at: a vendor
        begins to send a field with every record."""
        self._rows += rows.num_rows
        if rows.num_rows:
            self._met |= _fields(rows["payload"][0].as_py())
        if rejects.num_rows:
            for reject in rejects.select(["reason", "detail"]).to_pylist():
                detail = str(reject["detail"])
                if reject["reason"] == Reason.MISSING_REQUIRED and detail.endswith(LACKING):
                    self._lacking[detail.removesuffix(LACKING).removeprefix(f"{self._spec.name}.")] += 1

    @property
    def fields(self) -> list[str]:
        """Every field that is known now."""
        return sorted({*self._known, *self._met})

    @property
    def new(self) -> list[str]:
        """The fields that no earlier load has met."""
        return sorted(self._met - {*self._known}) if self._known else []

    def refuse(self, source: str) -> None:
        """Raises `RefusedError` where a field is gone: more records lack one than have all. Some may still
        have it, such as those that the vendor sends in another way too."""
        count = self._lacking.total()
        if count < ENOUGH or count <= self._rows:
            return
        named = ", ".join(map(self._named, sorted(self._lacking)))
        problem = f"came without {named}: {count} records, and {self._rows} with all that is needed"
        raise RefusedError(source, self._spec.name, problem, _REMEDY)

    def _named(self, name: str) -> str:
        """A column, and the vendor's field where it is one."""
        declared = (*self._spec.columns, *filter(None, [self._spec.version_at]))
        [source] = [column.source for column in declared if column.name == name] or [""]
        field = ".".join(map(str, source)) if isinstance(source, tuple) else source
        return f"`{name}` (its field `{field}`)" if isinstance(field, str) and field else f"`{name}`"


def _fields(payload: str) -> set[str]:
    try:
        record: Any = orjson.loads(payload)
    except orjson.JSONDecodeError:  # NaN, which is let through
        return set()
    return set(record) if type(record) is dict else set()
