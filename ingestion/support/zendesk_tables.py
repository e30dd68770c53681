"""The raw tables of Zendesk, and where its records have their values.

Belongs here: columns. Does not belong here: requests and cursors (`zendesk.py`).
"""

from collections.abc import Callable
from typing import Any, Final

from ingestion.arrow import dig
from ingestion.tables import Column, Kind, TableSpec
from vault.tokens import Kind as Personal


def number_as_text(key: str) -> Callable[[Any], Any]:
    """An id, which Zendesk writes as a number, as text; what is no whole number is left as it is."""

    def read(record: Any) -> Any:
        value = dig(record, key)
        return str(value) if type(value) is int else value

    return read


def _status(event: Any) -> Any:
    """The status that the ticket has after the event; null where the event left it as it was.

    A trigger may set it again within the same event: the last one holds.
    """
    found = [child["status"] for child in event["child_events"] if child.get("status")]
    return found[-1] if found else None


_UPDATED: Final = Column("version_at", Kind.TIMESTAMP, "updated_at", required=True)
#: Keys of what somebody wrote, and of who it was.
_WRITTEN: Final = {
    **dict.fromkeys(
        ("subject", "raw_subject", "description", "body", "html_body", "plain_body"), Personal.TEXT
    ),
    **dict.fromkeys(("notes", "details"), Personal.TEXT),
    "name": Personal.NAME,
    "alias": Personal.NAME,
}
TICKETS: Final = TableSpec(
    "tickets",
    ("ticket_id",),
    (
        Column("ticket_id", source=number_as_text("id"), required=True),
        Column("organization_id", source=number_as_text("organization_id")),
        Column("requester_id", source=number_as_text("requester_id")),
        Column("priority", source="priority"),
        Column("channel", source="via.channel"),
        Column("status", source="status", required=True),
        Column("opened_at", Kind.TIMESTAMP, "created_at", required=True),
        Column("first_reply_minutes", Kind.INTEGER, "metric_set.reply_time_in_minutes.calendar"),
        Column("solved_at", Kind.TIMESTAMP, "metric_set.solved_at"),
        Column("reopen_count", Kind.INTEGER, "metric_set.reopens"),
    ),
    _UPDATED,
    personal=_WRITTEN,
)
REQUESTERS: Final = TableSpec(
    "requesters",
    ("requester_id",),
    (
        Column("requester_id", source=number_as_text("id"), required=True),
        Column("contact_id", source="external_id"),
        Column("email", source="email"),
    ),
    _UPDATED,
    personal=_WRITTEN,
)
ORGANIZATIONS: Final = TableSpec(
    "organizations",
    ("organization_id",),
    (
        Column("organization_id", source=number_as_text("id"), required=True),
        Column("account_id", source="external_id"),
        Column("name", source="name"),
    ),
    _UPDATED,
)
TICKET_EVENTS: Final = TableSpec(
    "ticket_events",
    ("event_id",),
    (
        Column("event_id", source=number_as_text("id"), required=True),
        Column("ticket_id", source=number_as_text("ticket_id"), required=True),
        Column("status", source=_status),
        Column("changed_at", Kind.TIMESTAMP, "created_at", required=True),
    ),
    Column("version_at", Kind.TIMESTAMP, "created_at", required=True),
    personal=_WRITTEN,
)
