"""What a vendor says that it has, beside what raw has, survey by survey: counts, and which ids differ.

A loader that can tell defines `<vendor>_held`. Ids are compared even where the counts agree: one response
that raw lacks and one that was deleted at the vendor make the same count.

Belongs here: the comparison. Does not belong here: how a vendor counts or lists (its loader), or how the
comparison is shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from ingestion import warehouse
from ingestion.registry import SourceSpec


class Held(NamedTuple):
    """A survey: how many complete responses the vendor counts, and the ids of those that it lists.

    Its quarantined responses have an `origin` that begins with that path.
    """

    survey_id: str
    counted: int
    ids: set[str]
    origin: str


@dataclass(frozen=True)
class Compared:
    """A survey: the vendor's count, raw's, and which ids only one of them has."""

    survey_id: str
    at_vendor: int
    listed: int
    in_raw: int
    missing: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the vendor lists as many as it counts, and raw has each of them."""
        return self.listed == self.at_vendor and not self.missing


def can_be_proved(source: SourceSpec) -> bool:
    """Whether the source's API gives counts."""
    return source.defined("held") is not None


def compared(source: SourceSpec, connection: duckdb.DuckDBPyConnection) -> Iterator[Compared]:
    """Each survey of a source that can be proved. Raises `SourceError` where the vendor does not answer."""
    held: Callable[[], Iterator[Held]] | None = source.defined("held")
    for survey in held() if held is not None else ():
        known = _in_raw(connection, source.name, survey)
        missing, gone = tuple(sorted(survey.ids - known)), tuple(sorted(known - survey.ids))
        yield Compared(survey.survey_id, survey.counted, len(survey.ids), len(known), missing, gone)


def _in_raw(connection: duckdb.DuckDBPyConnection, source: str, survey: Held) -> set[str]:
    """The responses that raw has of a survey, those in quarantine among them."""
    dataset = warehouse.dataset(source)
    there = "select 1 from duckdb_tables() where schema_name = ? and table_name = 'responses'"
    if connection.execute(there, [dataset]).fetchone() is None:
        return set()
    finished = f"_dlt_load_id in (select load_id from {dataset}._dlt_loads where status = 0)"
    found = connection.execute(
        f"select response_id from {dataset}.responses where survey_id = ? and {finished} "
        f"union select split_part(record_id, ':', 1) from {dataset}.quarantine "
        f"where table_name = 'responses' and starts_with(origin, ?) and record_id is not null and {finished}",
        [survey.survey_id, survey.origin],
    )
    return {response for (response,) in found.fetchall()}
