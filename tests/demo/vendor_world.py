"""A small hand-made company, as in docs/contracts/simulated-company.md, for the vendors' tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

START = datetime(2026, 1, 1, tzinfo=UTC)
TEXT, FLAG, NUMBER, MOMENT = pa.string(), pa.bool_(), pa.int64(), pa.timestamp("us", tz="UTC")


def day(number: float) -> datetime:
    """So many days after the company's first moment."""
    return START + timedelta(days=number)


_OTHERS: dict[str, dict[str, pa.DataType]] = {
    "branches": {"opened_on": pa.date32(), "closed_on": pa.date32()},
    "employees": {"is_active": FLAG},
    "accounts": {"acquired_by_referral": FLAG, "is_deleted": FLAG, "created_at": MOMENT},
    "contacts": {"created_at": MOMENT, "is_deleted": FLAG},
    "customers": {"created_at": MOMENT, "is_deleted": FLAG},
    "subscriptions": {"mrr_minor": NUMBER, "started_at": MOMENT, "cancelled_at": MOMENT},
    "invoices": {
        "subtotal_minor": NUMBER,
        "tax_minor": NUMBER,
        "total_minor": NUMBER,
        "issued_at": MOMENT,
    },
    "invoice_lines": {
        "amount_minor": NUMBER,
        "discount_minor": NUMBER,
        "period_start": MOMENT,
        "period_end": MOMENT,
    },
    "credit_notes": {"subtotal_minor": NUMBER, "total_minor": NUMBER, "created_at": MOMENT},
    "refunds": {"amount_minor": NUMBER, "created_at": MOMENT},
    "invitations": dict.fromkeys(("sent_at", "opened_at", "started_at", "finished_at"), MOMENT),
    "responses": {
        **dict.fromkeys(("status", "progress", "duration_seconds"), NUMBER),
        "is_finished": FLAG,
        **dict.fromkeys(("started_at", "ended_at", "recorded_at", "event_at"), MOMENT),
    },
    "organizations": {"organization_id": NUMBER},
    "requesters": {"requester_id": NUMBER},
    "tickets": {
        **dict.fromkeys(
            ("ticket_id", "organization_id", "requester_id", "first_reply_minutes", "reopens"), NUMBER
        ),
        **dict.fromkeys(("created_at", "solved_at"), MOMENT),
    },
    "ticket_events": dict.fromkeys(("event_id", "ticket_id"), NUMBER),
}

_COLUMNS: dict[str, str] = {
    "branches": "branch_id name region owner_id opened_on closed_on",
    "employees": "user_id name email branch_id user_type is_active",
    "accounts": "account_id name parent_account_id branch_id region owner_id plan industry lifecycle_stage"
    " status acquired_by_referral created_at is_deleted merged_into_id",
    "account_history": "history_id account_id field old_value new_value",
    "contacts": "contact_id account_id email created_at is_deleted merged_into_id",
    "customers": "customer_id account_id email name created_at is_deleted",
    "subscriptions": "subscription_id customer_id status plan mrr_minor currency started_at cancelled_at",
    "invoices": "invoice_id customer_id subscription_id status currency subtotal_minor tax_minor total_minor"
    " issued_at charge_id",
    "invoice_lines": "line_id invoice_id amount_minor discount_minor period_start period_end",
    "credit_notes": "credit_note_id invoice_id customer_id status currency subtotal_minor total_minor"
    " refund_id created_at",
    "refunds": "refund_id charge_id customer_id invoice_id status currency amount_minor created_at",
    "invitations": "invitation_id distribution_id survey_id contact_id email status sent_at opened_at"
    " started_at finished_at response_id channel",
    "responses": "response_id survey_id status is_finished progress duration_seconds started_at ended_at"
    " recorded_at distribution_channel user_language external_reference score_text other_score_text comment"
    " invitation_id account_id contact_id email branch_id event_at employee_id device_id",
    "organizations": "organization_id account_id name",
    "requesters": "requester_id contact_id email",
    "tickets": "ticket_id organization_id requester_id priority channel status created_at solved_at"
    " first_reply_minutes reopens",
    "ticket_events": "event_id ticket_id old_status new_status",
}


def world(rows: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, pa.Table]:
    """All tables of a company from a few rows; columns not given are null."""
    unknown = set(rows) - set(_COLUMNS)
    assert not unknown, unknown
    tables = {}
    for name, columns in _COLUMNS.items():
        fields = [(column, _OTHERS.get(name, {}).get(column, TEXT)) for column in columns.split()]
        schema = pa.schema([*fields, ("visible_at", MOMENT)])
        assert all(set(row) <= set(schema.names) for row in rows.get(name, [])), name
        tables[name] = pa.Table.from_pylist(list(rows.get(name, [])), schema=schema)
    return tables


def response(number: int, at: float, score: str | None = "9", **others: Any) -> dict[str, Any]:
    """A relationship answer recorded and last modified on the given day."""
    return {
        "response_id": f"R_{number:04d}",
        "survey_id": "SV_Relationship001",
        "status": 0,
        "is_finished": True,
        "progress": 100,
        "duration_seconds": 31,
        "started_at": day(at),
        "ended_at": day(at),
        "recorded_at": day(at),
        "visible_at": day(at),
        "distribution_channel": "email",
        "user_language": "EN",
        "score_text": score,
    } | others


def invitation(number: int, at: float, distribution: str = "EMD_1", **others: Any) -> dict[str, Any]:
    """A line of a distribution, sent on the given day."""
    return {
        "invitation_id": f"I_{number:04d}",
        "distribution_id": distribution,
        "survey_id": "SV_Relationship001",
        "contact_id": f"003{number}",
        "email": f"p{number}@example.org",
        "status": "sent",
        "sent_at": day(at),
        "channel": "email",
        "visible_at": day(at),
    } | others


def account(number: int, at: float, **others: Any) -> dict[str, Any]:
    """A version of an account, modified on the given day."""
    return {
        "account_id": f"001{number:015d}",
        "name": f'Account "{number}"',
        "branch_id": "a01",
        "owner_id": "005",
        "plan": "Team",
        "lifecycle_stage": "adoption",
        "status": "active",
        "acquired_by_referral": False,
        "created_at": day(0),
        "is_deleted": False,
        "visible_at": day(at),
    } | others


def customer(number: int, at: float, **others: Any) -> dict[str, Any]:
    """A version of a billing customer who was created on day `number / 100`."""
    return {
        "customer_id": f"cus_{number:04d}",
        "account_id": f"001{number:015d}",
        "email": f"p{number}@example.org",
        "name": f"Customer {number}",
        "created_at": day(number / 100),
        "is_deleted": False,
        "visible_at": day(at),
    } | others


def invoice(number: int, at: float, **others: Any) -> dict[str, Any]:
    """A version of a paid invoice of 100.00 net, issued on the given day."""
    return {
        "invoice_id": f"in_{number:04d}",
        "customer_id": "cus_0001",
        "subscription_id": "sub_0001",
        "status": "paid",
        "currency": "EUR",
        "subtotal_minor": 10_000,
        "tax_minor": 1_900,
        "total_minor": 11_900,
        "issued_at": day(at),
        "charge_id": f"ch_{number:04d}",
        "visible_at": day(at),
    } | others


def line(invoice_number: int, number: int, at: float, days: float) -> dict[str, Any]:
    """A line of an invoice, of 10.00 over so many days from the given one on."""
    return {
        "line_id": f"il_{invoice_number:04d}_{number:02d}",
        "invoice_id": f"in_{invoice_number:04d}",
        "amount_minor": 1_000,
        "discount_minor": 0,
        "period_start": day(at),
        "period_end": day(at + days),
        "visible_at": day(0),
    }


def branch(number: int, at: float) -> dict[str, Any]:
    """A branch, opened in 2020."""
    return {
        "branch_id": f"a01{number:015d}",
        "name": f"Branch {number}",
        "region": "North",
        "owner_id": "005",
        "opened_on": date(2020, 1, 1),
        "visible_at": day(at),
    }
