"""The daughter's billing: every word that billing systems have for the state of a record, and movements."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Final

from tests.mutation.daughter.forms import FIRST, Row, moment, written_id
from tests.mutation.mutations import MODELS

_CURRENCIES: Final = ("EUR", "EUR", "usd", " GBP", "EUR")
#: So many of the accounts have invoices; the others only subscriptions.
_INVOICED: Final = 80
_WORDS: Final = Path(__file__).resolve().parents[3] / MODELS / "seeds" / "billing_statuses.csv"


def _words(drawn: Random, kind: str) -> list[str]:
    """The words for a kind of record, as people write them, in any order."""
    with _WORDS.open(encoding="utf-8", newline="") as file:
        found = [row["status"] for row in csv.DictReader(file) if row["record_kind"] == kind]
    drawn.shuffle(found)
    return [drawn.choice((word, word.title(), word.replace(" ", "_"), f" {word} ")) for word in found]


def subscriptions(drawn: Random, accounts: Sequence[str], sent: datetime) -> list[Row]:
    """Rows of billing/subscriptions: some in two versions; accounts without invoices have each word."""
    words = cycle(_words(drawn, "subscription"))
    rows: list[Row] = [
        {
            "subscription_id": f"DS-W{at}",
            "account_id": accounts[_INVOICED + at % (len(accounts) - _INVOICED)],
            "status": word,
            "started_at": FIRST + timedelta(days=at),
            "mrr_amount": 200 + at,
            "currency": "EUR",
            "updated_at": FIRST + timedelta(days=400),
            "plan": "",
            "cancelled_at": "" if at % 2 else FIRST + timedelta(days=1300),
        }
        for at, word in enumerate(_words(drawn, "subscription"))
    ]
    for at in range(70):
        started = moment(drawn, FIRST, sent - timedelta(days=100))
        for _ in range(drawn.choice((1, 2))):
            rows.append(
                {
                    "subscription_id": f"DS-{at}",
                    "account_id": written_id(drawn, accounts[at]),
                    "status": next(words),
                    "started_at": started,
                    "mrr_amount": drawn.choice(("100", "250.5", "0", "9999.99")),
                    "currency": drawn.choice(_CURRENCIES),
                    "updated_at": moment(drawn, sent - timedelta(days=100), sent),
                    "plan": drawn.choice(("Growth", "")),
                    "cancelled_at": drawn.choice(("", "9999-12-31", moment(drawn, started, sent))),
                }
            )
    return rows


def invoices(drawn: Random, accounts: Sequence[str], sent: datetime) -> list[Row]:
    """Rows of billing/invoices: some in up to three versions, and one of each word."""
    words = cycle(_words(drawn, "invoice"))
    rows: list[Row] = [
        {
            "invoice_id": f"DI-W{at}",
            "account_id": accounts[at % _INVOICED],
            "issued_at": sent - timedelta(days=200),
            "status": word,
            "net_amount": 4000 + at,
            "currency": "EUR",
            "updated_at": sent - timedelta(days=190),
            "tax_amount": "",
            "refunded_amount": "" if at % 3 else 1000,
            "period_start": "",
            "period_end": "",
        }
        for at, word in enumerate([*_words(drawn, "invoice"), " paid", "paid "])
    ]
    for at in range(150):
        issued = moment(drawn, FIRST, sent - timedelta(days=60))
        net = drawn.choice((0, 10, 99.99, 1200, 25_000))
        for _ in range(drawn.choice((1, 1, 2, 3))):
            begun = drawn.choice(("", issued, issued.replace(day=1)))
            rows.append(
                {
                    "invoice_id": f"DI-{at}",
                    "account_id": written_id(drawn, drawn.choice(accounts[: at % _INVOICED + 1]))
                    if at % 50
                    else "",
                    "issued_at": issued,
                    "status": next(words),
                    "net_amount": net,
                    "currency": drawn.choice(_CURRENCIES),
                    "updated_at": moment(drawn, issued, sent),
                    "tax_amount": drawn.choice(("", net * 0.2)),
                    "refunded_amount": drawn.choice(("", 0, net, net / 2)),
                    "period_start": begun,
                    "period_end": drawn.choice(("", issued + timedelta(days=drawn.choice((0, 1, 30, 365))))),
                }
            )
    return [row for row in rows if row["account_id"]]


def movements(accounts: Sequence[str], sent: datetime) -> list[Row]:
    """Rows of billing/movements: of accounts that nothing else bills, of one that invoices bill too, and of
    nobody; in either sign, some before anything was new, some that take more than there was."""
    drawn = Random(20261129)
    payers = (*accounts, *accounts, "DV-old", "DC-same", "D-nobody-moves")
    rows: list[Row] = [
        {
            "movement_id": f"DV-M{at}",
            "account_id": payers[at % len(payers)],
            "moved_at": moment(drawn, FIRST, datetime(2025, 12, 1)),
            "kind": drawn.choice(("New", "expansion", " Churn ", "contraction", "reactivation", "")),
            "mrr_amount": drawn.choice(("100", "250.5", "-80", "33.3333", "0")),
            "currency": drawn.choice(_CURRENCIES),
        }
        for at in range(160)
    ]
    return [row for row in rows if str(row["moved_at"]) < str(sent)]


def odd_movements() -> list[Row]:
    """Rows of billing/movements: everything at one moment, a churn by too much, and one after as-of."""
    said = (
        ("DV-new", datetime(2024, 1, 1), "new", "90"),
        ("DV-down", datetime(2024, 6, 1), "contraction", "30"),
        ("DV-up", datetime(2024, 6, 1), "expansion", "60"),
        ("DV-more", datetime(2025, 1, 1), "churn", "200"),
        ("DV-again", datetime(2025, 3, 1), "reactivation", "45"),
        ("DV-later", datetime(2026, 6, 1), "expansion", "5"),
    )
    return [
        {
            "movement_id": identifier,
            "account_id": "DV-odd",
            "moved_at": moved_at,
            "kind": kind,
            "mrr_amount": amount,
            "currency": "EUR",
        }
        for identifier, moved_at, kind, amount in said
    ]


def odd_invoices() -> list[Row]:
    """Rows of billing/invoices: of an account nobody knows, more given back than billed, an account's only
    one, dated before what it is for, at the moment of as-of, for exactly 31 days, for more than ten
    years, for nine, and from a year that somebody typed as 1900."""
    return [
        _billed("DI-unknown", datetime(2025, 3, 10), account_id="D-nobody", period_end=datetime(2026, 3, 10)),
        _billed("DI-back", datetime(2025, 5, 5), refunded_amount=150),
        _billed("DI-only", datetime(2025, 6, 1), account_id="DC-same", period_end=datetime(2025, 7, 1)),
        _billed(
            "DI-gap",
            datetime(2025, 1, 15),
            account_id="DC-00",
            period_start=datetime(2025, 3, 1),
            period_end=datetime(2025, 4, 1),
        ),
        _billed("DI-midnight", datetime(2026, 1, 1)),
        _billed("DI-month", datetime(2025, 2, 10), period_end=datetime(2025, 3, 13)),
        *(
            _billed(
                f"DI-{begins:%Y}",
                datetime(2025, 4, 1),
                account_id="D-nobody",
                period_start=begins,
                period_end=datetime(2025, 4, 1),
            )
            for begins in (datetime(2015, 3, 31), datetime(2016, 4, 1), datetime(1900, 4, 1))
        ),
    ]


def odd_subscriptions() -> list[Row]:
    """Rows of billing/subscriptions: of an account that is invoiced once, one that ends before it starts, one
    in a single version, and one whose start was corrected."""
    said: tuple[tuple[str, str, datetime, object], ...] = (
        ("DS-invoiced", "DC-same", datetime(2025, 6, 1), ""),
        ("DS-back", "DC-lost", datetime(2025, 6, 1), datetime(2025, 5, 1)),
        ("DS-once", "D-85", datetime(2025, 6, 1), ""),
        ("DS-moved", "D-85", datetime(2025, 1, 1), ""),
        ("DS-moved", "D-85", datetime(2025, 2, 1), ""),
    )
    return [
        {
            "subscription_id": identifier,
            "account_id": account,
            "status": "active",
            "started_at": started,
            "mrr_amount": 90,
            "currency": "EUR",
            "updated_at": started,
            "plan": "",
            "cancelled_at": cancelled,
        }
        for identifier, account, started, cancelled in said
    ]


def _billed(identifier: str, issued: datetime, **given: object) -> Row:
    row: Row = {
        "invoice_id": identifier,
        "account_id": "DC-lost",
        "issued_at": issued,
        "status": "paid",
        "net_amount": 100,
        "currency": "EUR",
        "updated_at": datetime(2025, 12, 1),
        "tax_amount": "",
        "refunded_amount": "",
        "period_start": issued if "period_end" in given else "",
        "period_end": "",
    }
    return row | given
