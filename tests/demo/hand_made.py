"""Rows of a hand-made company of a few records, and what its truth says of them.

Belongs here: what the tests of the truth share. Does not belong here: expectations.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.compute as pc

from demo.company import World
from demo.truth import expected_dispositions, expected_scores

AS_OF = date(2024, 7, 1)
NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SURVEY = "SV_BranchVisit001"
Row = dict[str, Any]

ACCOUNT: Row = {
    "account_id": "001A",
    "branch_id": "BR2",
    "plan": "Scale",
    "lifecycle_stage": "renewal",
    "is_deleted": False,
    "created_at": LONG_AGO,
    "visible_at": LONG_AGO,
}
CONTACT: Row = {"contact_id": "003A", "account_id": "001A", "email": "a@x.example", "visible_at": LONG_AGO}
CUSTOMER: Row = {"customer_id": "cus_a", "account_id": " 001a", "is_deleted": False, "visible_at": LONG_AGO}
RESPONSE: Row = {
    "response_id": "R_1",
    "survey_id": SURVEY,
    "status": 0,
    "score_text": "9",
    "started_at": NOON - timedelta(minutes=3),
    "recorded_at": NOON,
    "account_id": "001A",
    "contact_id": "003A",
    "distribution_channel": "Email",
    "visible_at": NOON,
}


def dispositions(world: World, as_of: date = AS_OF) -> dict[str, int]:
    rows = expected_dispositions(world, as_of).to_pylist()
    return {row["disposition"]: row["answers"] for row in rows}


def members(world: World, segment: str, as_of: date = AS_OF) -> dict[str, int]:
    """Answers of each member of a one-dimensional segment, over all time."""
    rows = expected_scores(world, as_of).filter(
        (pc.field("segment") == segment) & (pc.field("period_grain") == "all_time")
    )
    return {row[segment]: row["responses"] for row in rows.to_pylist()}


def answer(number: int = 1, **changes: Any) -> Row:
    return RESPONSE | {"response_id": f"R_{number}"} | changes


def only_line(invoice: Row) -> Row:
    """The line of an invoice, over the service period that is taken from it."""
    return {
        "line_id": f"{invoice['invoice_id']}-1",
        "invoice_id": invoice["invoice_id"],
        "amount_minor": invoice["subtotal_minor"],
        "discount_minor": 0,
        "period_start": invoice.pop("period_start", None),
        "period_end": invoice.pop("period_end", None),
        "visible_at": invoice["visible_at"],
    }
