"""Zendesk, declared to the second hand from its API's documentation.

It writes ids as numbers. What an event did to the status is worked out of its child events.
"""

from __future__ import annotations

from typing import Final

from expectations.declaring import Field, Kind, Vendor, fields


def _id(path: str) -> Field:
    return Field(Kind.TEXT, (path,))


VENDOR: Final = Vendor(
    tables={
        "tickets": {
            **fields(
                "priority=priority channel=via.channel status=status opened_at=created_at "
                "solved_at=metric_set.solved_at reopen_count=metric_set.reopens "
                "first_reply_minutes=metric_set.reply_time_in_minutes.calendar version_at=updated_at"
            ),
            "ticket_id": _id("id"),
            "organization_id": _id("organization_id"),
            "requester_id": _id("requester_id"),
        },
        "ticket_events": {
            **fields("changed_at=created_at version_at=created_at"),
            "event_id": _id("id"),
            "ticket_id": _id("ticket_id"),
        },
        "requesters": {
            **fields("contact_id=external_id email=email version_at=updated_at"),
            "requester_id": _id("id"),
        },
        "organizations": {
            **fields("account_id=external_id name=name version_at=updated_at"),
            "organization_id": _id("id"),
        },
    },
    recounted={"ticket_events": fields("child_events=child_events")},
)
