"""What documents state: words for what is billed, the lines of an invoice, and rates that are missing."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expectations.recount import billing_words
from expectations.recount.documents import Rates
from expectations.recount.shares import shared_out
from expectations.vendors.stripe import documents
from ingestion.files.statuses import KNOWN_STATUSES

SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "billing_statuses.csv"


def test_the_words_are_the_same_wherever_they_are_entered() -> None:
    rows = list(csv.DictReader(SEED.open(encoding="utf-8")))

    def words(kind: str, **values: str) -> set[str]:
        return {
            row["status"]
            for row in rows
            if row["record_kind"] == kind and all(row[name] == value for name, value in values.items())
        }

    assert words("invoice", is_billed="true") == billing_words.INVOICE_BILLED
    assert words("invoice", is_billed="false") == billing_words.INVOICE_NOT_BILLED
    assert words("subscription", is_billed="true") == billing_words.SUBSCRIPTION_BILLED
    assert words("subscription", is_billed="false") == billing_words.SUBSCRIPTION_NOT_BILLED
    assert words("subscription", is_ended="true") == billing_words.ENDED
    assert words("invoice") == set(KNOWN_STATUSES["billing_invoices"])
    assert words("subscription") == set(KNOWN_STATUSES["billing_subscriptions"])


@pytest.mark.parametrize(
    ("status", "is_billed"),
    [
        (" PAID ", True),
        ("Past_Due", True),
        ("uncollectible", True),
        ("VOIDED", False),
        ("written-off", False),
    ],
)
def test_a_status_is_compared_as_people_write_it(status: str, is_billed: bool) -> None:
    assert billing_words.is_billed_invoice(status, "in_1") is is_billed


@pytest.mark.parametrize("status", ["Bezahlt", "refunded", "", None])
def test_an_unknown_word_is_an_error_that_names_the_record(status: str | None) -> None:
    with pytest.raises(ValueError, match="invoice in_1 has the unknown status"):
        billing_words.is_billed_invoice(status, "in_1")


def line(amount: int, start: int | None, end: int | None, discount: int = 0) -> dict[str, Any]:
    discounts = [{"amount": discount}] if discount else []
    return {"amount": amount, "discount_amounts": discounts, "period": {"start": start, "end": end}}


@pytest.mark.parametrize(
    ("net", "sent", "expected"),
    [
        (100, [], [(100, 7, 7)]),
        (100, [line(-20, 1, 2), line(120, 3, 9)], [(-20, 1, 2), (120, 3, 9)]),
        (90, [line(100, 1, 9, discount=10)], [(90, 1, 9)]),
        # The coupon of 30 on the whole: by 100 and 200.
        (270, [line(100, 1, 9), line(200, 5, 5)], [(90, 1, 9), (180, 7, 7)]),
        (50, [line(0, 1, 9), line(0, None, None)], [(50, 1, 9), (0, 7, 7)]),
    ],
)
def test_lines_share_the_net_out_over_their_own_periods(
    net: int, sent: list[dict[str, Any]], expected: list[tuple[float, int, int]]
) -> None:
    lines = [documents.line_of(each) for each in sent]
    assert shared_out(net, 7, lines) == [pytest.approx(each) for each in expected]


def test_a_missing_rate_names_currency_day_document_and_remedy() -> None:
    from_2025 = (date(2025, 1, 1) - date(1970, 1, 1)).days * 86_400_000_000
    rates = Rates({"CHF": (np.array([from_2025]), np.array([1.04]))}, {"CHF": 2})
    moments = np.array([from_2025, from_2025 - 1, from_2025 - 2])
    names = ["invoice in_1", "invoice in_2", "refund re_1"]
    with pytest.raises(
        ValueError,
        match=r"no rate for CHF on 2024-12-31 \(refund re_1 and 1 more\): add it to definition/exchange_",
    ):
        rates.at(np.array(["CHF"] * 3), moments, names)


def test_kinds_of_movements_are_the_same_wherever_they_are_entered() -> None:
    known = billing_words.MOVEMENT_RAISES | billing_words.MOVEMENT_TAKES_AWAY
    assert known == set(KNOWN_STATUSES["billing_movements"])
    with pytest.raises(ValueError, match='movement m1 has the unknown kind "Upsell": map it under'):
        billing_words.is_taken_away("Upsell", "m1")
