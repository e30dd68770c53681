"""HubSpot's names of stages: every one that was ever seen, with the moment at which it was seen first.

A stage is an option of the property that holds a company's stage, or a stage of the pipelines of the object
that `sources.hubspot.objects` names as `stages` (deals, tickets): then the property holds a stage's id. Where
both know an id, it is the option's.

HubSpot shows the present names, and a deleted stage not at all, so what was loaded before is never withdrawn:
a renamed stage has a version for each name, and a deleted one keeps its last. A name that has not changed is
no new version. The audit of a pipeline is not read: HubSpot does not document what its `rawObject` holds.

Belongs here: their table, and telling new names from known ones. Does not belong here: requests
(`hubspot.py`), or which name an answer's stage had (`dbt_project`).
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import dlt
import orjson

from ingestion.arrow import dig
from ingestion.crm.comparison import now
from ingestion.http import parsed
from ingestion.landing import Landing
from ingestion.tables import Column, Kind, TableSpec


class Stage(NamedTuple):
    """A stage's text, and the property or pipeline that it is one of."""

    of: str
    line: bytes


def _id(stage: Any) -> Any:
    return stage["value"] if "value" in stage else stage["id"]


STAGES: Final = TableSpec(
    "stages",
    ("stage_id",),
    (
        Column("stage_id", source=lambda record: _id(record["stage"]), required=True),
        Column("stage_name", source="stage.label", required=True),
        Column("found_in", source="of", required=True),
    ),
    Column("version_at", Kind.TIMESTAMP),
    versioned_by_payload=False,
)


def land_new_names(stages: Iterable[Stage], landing: Landing) -> Iterator[Any]:
    """The stages whose name was not their last one, each id once."""
    last: dict[str, str] = dlt.current.resource_state().setdefault("named", {})
    given: set[str] = set()
    lines = []
    for of, line in stages:
        stage = parsed(line)
        key, name = dig(stage, "value") or dig(stage, "id"), dig(stage, "label")
        if key in given or (key in last and last[key] == name):
            given.add(key)
            continue
        if type(key) is str and type(name) is str:  # anything else goes to quarantine
            given.add(key)
            last[key] = name
        lines.append(b'{"of":%b,"stage":%b}' % (orjson.dumps(of), line))
    yield from landing.land(landing.batch(lines, "/crm/v3/pipelines"), version_at=now())
