"""Askly: answers and invitations over the API v1.

Endpoints: `GET /v1/responses` and `GET /v1/invitations`, then `next` until there is none. Cursor:
`updated_since`. Deletes: not reported.
Disposition: insert-only, because the vendor shows the last version only.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource

from ingestion import warehouse
from ingestion.http import VendorClient
from ingestion.landing import Landing, raw_resource, read_through
from ingestion.paging import Following, pages
from ingestion.tables import Column, Kind, TableSpec

NAME: Final = "askly"
MODIFIED: Final = Column("version_at", Kind.TIMESTAMP, "updated_at", required=True)
RESPONSES: Final = TableSpec(
    "responses",
    ("response_id", "question_id"),  # what identifies a record
    (
        Column("response_id", source="uuid", required=True),
        Column("survey_id", source="survey", required=True),
        Column("question_id", required=True),  # not in the record: given as a constant below
        Column("score", Kind.DOUBLE, "answer.value"),  # a score that comes as text goes to quarantine
        Column("invitation_id", source="invitation"),
        Column("account_id", source="company"),
        Column("contact_id", source="contact"),
        Column("respondent_email", source="email"),
        Column("is_test", Kind.BOOLEAN, "test"),
        Column("responded_at", Kind.TIMESTAMP, "answered_at", required=True),
    ),
    MODIFIED,
)
INVITATIONS: Final = TableSpec(
    "invitations",
    ("invitation_id",),
    (
        Column("invitation_id", source="uuid", required=True),
        Column("survey_id", source="survey", required=True),
        Column("contact_id", source="contact"),
        Column("email", source="email"),
        Column("status", source="state"),
        Column("sent_at", Kind.TIMESTAMP, "sent_at", required=True),
    ),
    MODIFIED,
)


@dlt.source(name=NAME)
def askly_source() -> DltSource:
    """Both tables. Settings: `base_url`, `api_key`."""
    headers = {"Authorization": f"Bearer {warehouse.required_setting(NAME, 'api_key')}"}
    client = VendorClient(NAME, warehouse.required_setting(NAME, "base_url"), lambda: headers)
    return [  # type: ignore[return-value]
        raw_resource(RESPONSES, partial(_read, client, {"question_id": "nps"})),
        raw_resource(INVITATIONS, partial(_read, client, {})),
    ]


def _read(client: VendorClient, constants: dict[str, str], landing: Landing) -> Iterator[Any]:
    state: dict[str, str] = dlt.current.resource_state()  # kept only when the load succeeds
    path, seen = f"/v1/{landing.spec.name}", state.get("seen_through")
    # subtract an overlap if the vendor shows records late: known versions are skipped
    asked = {"updated_since": seen} if seen else None
    for page in pages(client, path, asked, "data", lambda page: Following.at(page.envelope.get("next"))):
        yield from landing.land_page(page, path, **constants)
    if (through := read_through(landing.latest, seen)) is not None:
        state["seen_through"] = through
