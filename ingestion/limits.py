"""How much of time and space a vendor may take: governed settings of every source that is asked over HTTP.

Belongs here: the settings and their defaults. Does not belong here: how a limit is kept (`bodies.py`,
`deadlines.py`, `paging.py`).
"""

from dataclasses import dataclass, fields
from typing import Any, Final

from ingestion import warehouse
from ingestion.errors import ConfigurationError

MEGABYTE: Final = 1_000_000


@dataclass(frozen=True)
class Limits:
    """One source's limits, each set as `sources.<source>.<name>`.

    `request_minutes` is for one answer, from the first attempt until it is read; `load_hours` is for a load.
    `pages_without_news` is how many pages in a row may bring no new record. `document_megabytes` is the size
    of a JSON document, a page of CSV or a line of an export, decompressed; `file_megabytes` is that of an
    export as it is sent, `unpacked_megabytes` that of what is in it.
    """

    request_minutes: float = 30
    load_hours: float = 12
    pages_without_news: float = 100
    document_megabytes: float = 64
    file_megabytes: float = 2_000
    unpacked_megabytes: float = 50_000

    def in_bytes(self, size: str) -> int:
        """One of the sizes."""
        return int(getattr(self, size) * MEGABYTE)

    @classmethod
    def of(cls, source: str) -> "Limits":
        """The limits of a source. Raises `ConfigurationError` for one that is not a positive number."""
        return cls(**{each.name: _number(source, each.name, each.default) for each in fields(cls)})


KEYS: Final = tuple(each.name for each in fields(Limits))


def _number(source: str, key: str, default: Any) -> float:
    value = warehouse.setting(source, key, default)
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = 0
    if not 0 < number < float("inf"):
        raise ConfigurationError(
            f"{source}: the setting `sources.{source}.{key}` should be a number above 0, not {value!r}"
        )
    return number
