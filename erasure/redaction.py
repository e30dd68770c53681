"""A record without its person: what is left of a row of raw, whoever asks and whenever.

Columns that are personal become empty, and so does every text of the payload that is in no other column
and is no moment. Ids, moments, numbers and flags stay, so that the row is still counted, dated and joined. An
id that is an address is replaced by a keyed hash. `nps_erased` in the payload keeps two versions apart that
would else be the same. The row's hash and version are those of the new payload, so a record that comes again
is redacted to the row that is there, and known.

Belongs here: one row, and rows in a table. Does not belong here: which rows (`finding.py`, `door.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import orjson
import pyarrow as pa

from erasure.keyed import Keyed

#: In the payload of a redacted row: a keyed hash of the payload that it had.
MARK: Final = "nps_erased"
#: Columns of raw that tell who somebody is or what they wrote. A name is one where persons are recorded.
PERSONAL: Final = frozenset(
    (
        *(
            "email",
            "respondent_email",
            "requester_email",
            "comment",
            "person_id",
            "device_id",
            "external_reference",
        ),
        *("phone", "ip_address", "first_name", "last_name", "subject", "description"),
    )
)
NAMED: Final = frozenset(("customers", "requesters", "contacts", "crm_contacts"))
#: Requests to be forgotten.
REQUESTS: Final = "surveys_erasures"
_NAMES_SOMEBODY: Final = ("response_id", "contact_id")
_OWN: Final = frozenset(("record_id", "content_hash", "version_id", "payload", "_dlt_load_id", "file_name"))
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?)?\s?(Z|UTC|[+-]\d\d:?\d\d)?")
_ADDRESS: Final = re.compile(r"[^\s@]+@[^\s@]+")
_FLAGS: Final = frozenset(("", "true", "false", "True", "False", "yes", "no", "null"))
_SMALL: Final = 1_000_000


def is_personal(table: str, column: str) -> bool:
    """Whether a column of a raw table is emptied."""
    return column in PERSONAL or (column == "name" and table in NAMED)


def is_redacted(payload: str | None) -> bool:
    """Whether a row was redacted before."""
    return f'"{MARK}"' in (payload or "")


def redacted(table: str, row: Mapping[str, Any], keyed: Keyed) -> dict[str, Any]:
    """A row of a raw table without its person. One that was redacted stays as it is."""
    if is_redacted(row["payload"]):
        return dict(row)
    made = {
        name: None if is_personal(table, name) else _as_id(value, keyed) if isinstance(value, str) else value
        for name, value in row.items()
    }
    if table == REQUESTS and not any(made.get(name) for name in _NAMES_SOMEBODY):
        # A request must name somebody, or it would be refused as one that erases nothing.
        made["response_id"] = f"erased-{keyed.of('request', str(row['record_id']))[:16]}"
    payload = _Payload(table, row, keyed).text()
    content = hashlib.md5(payload.encode(), usedforsecurity=False).hexdigest()
    version = row.get("version_id")
    made |= {"payload": payload, "content_hash": content}
    if version is not None:
        made["version_id"] = content + str(version)[len(str(row["content_hash"])) :]
    return made


def _as_id(value: str, keyed: Keyed) -> str:
    """A text that stays; with a keyed hash in place of what looks like an address."""
    return _ADDRESS.sub(lambda found: f"erased-{keyed.of('id', found[0].lower())[:16]}", value)


class _Payload:
    """The payload of a row, walked once."""

    def __init__(self, table: str, row: Mapping[str, Any], keyed: Keyed) -> None:
        self._row, self._keyed = row, keyed
        personal = {value for name, value in row.items() if is_personal(table, name)}
        kept = {
            value
            for name, value in row.items()
            if name not in _OWN and not is_personal(table, name) and isinstance(value, str)
        }
        self._kept = kept | set(str(row.get("record_id") or "").split(":"))
        self._kept -= personal
        moments = [value for value in row.values() if isinstance(value, datetime | date)]
        self._numbers = {
            int(moment.timestamp()) * scale
            for moment in moments
            if isinstance(moment, datetime)
            for scale in (1, 1000)
        }

    def text(self) -> str:
        """JSON."""
        try:
            record = orjson.loads(self._row["payload"])
        except orjson.JSONDecodeError:
            record = None
        left = self._left(record) if isinstance(record, dict) else {}
        mark = self._keyed.of("payload", str(self._row["payload"]))
        return orjson.dumps({**left, MARK: mark}).decode()

    def _left(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._left(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._left(each) for each in value]
        if isinstance(value, str):
            if value in self._kept:
                return _as_id(value, self._keyed)
            said = value.strip()
            stays = said in _FLAGS or _MOMENT.fullmatch(said) or (said.isdigit() and len(said) <= 2)
            return value if stays else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value if abs(value) < _SMALL or value in self._numbers else None
        return value


def redacted_rows(table: str, rows: pa.Table, keyed: Keyed) -> pa.Table:
    """Rows of a raw table under their own schema, each without its person."""
    return pa.Table.from_pylist([redacted(table, row, keyed) for row in rows.to_pylist()], rows.schema)
