"""What is read of Stripe's invoices and credit notes, as either version of the API writes them."""

from typing import Any

import orjson
import pyarrow as pa
import pytest

from ingestion.arrow import Converted, convert_batch
from ingestion.billing.stripe_tables import TABLES
from ingestion.records import Batch
from ingestion.tables import Reason

PAID: dict[str, Any] = {
    **{"id": "in_1", "status": "paid", "currency": "eur", "total": 12, "tax": 2, "total_excluding_tax": 10},
    **{"customer": "cus_1", "subscription": None, "created": 5, "status_transitions": {"finalized_at": 7}},
    "lines": {
        "data": [
            {"amount": -5, "discount_amounts": [], "period": {"start": 1, "end": 2}},
            {"amount": 20, "discount_amounts": [{"amount": 2}, {"amount": 3}], "period": None},
        ]
    },
}
EARLIER: dict[str, Any] = {
    "tax": None,
    "status_transitions": {"finalized_at": None},
    "lines": {"data": []},
    "customer": None,
}
NOTE: dict[str, Any] = {"id": "cn_1", "invoice": "in_1", "status": "issued", "currency": "eur", "created": 5}


def converted(table: str, *records: dict[str, Any]) -> Converted:
    lines = [orjson.dumps(record) for record in records]
    batch = Batch(lines, range(1, len(lines) + 1), ["/v1"] * len(lines), orjson.loads)
    return convert_batch(TABLES[table], batch, {"version_at": 9})


def test_invoices_of_either_version() -> None:
    rows, rejects = converted("invoices", PAID, PAID | EARLIER, PAID | {"lines": None})
    assert not rejects.num_rows
    assert rows["tax_minor"].to_pylist() == [2, 2, 2]
    assert rows["customer_id"].to_pylist() == ["cus_1", None, "cus_1"]
    assert rows["issued_at"].cast(pa.int64()).to_pylist() == [7_000_000, 5_000_000, 7_000_000]
    lines_of_paid = "-5/1970-01-01T00:00:01/1970-01-01T00:00:02 15//"
    assert rows["lines"].to_pylist() == [lines_of_paid, None, None]


@pytest.mark.parametrize(
    "odd",
    [
        {"lines": {"data": [{"amount": "20"}]}},
        {"lines": {"data": [{"amount": 1.5}]}},
        {"lines": {"data": [None]}},
        {"lines": {"data": [{"amount": 10**15 + 1}]}},
        {"lines": []},
        {"tax": "2"},
        {"tax": None, "total": "12"},
        {"total": True},
        {"customer": {"id": 1}},
    ],
)
def test_an_invoice_of_another_shape_is_rejected_alone(odd: dict[str, Any]) -> None:
    rows, rejects = converted("invoices", PAID, PAID | odd, PAID)
    assert rows["position"].to_pylist() == [1, 3]
    assert rejects["reason"].to_pylist() == [Reason.WRONG_TYPE]


def test_credit_notes_of_either_version_name_their_refunds() -> None:
    given: list[dict[str, Any]] = [
        {"refund": "re_1"},
        {"refunds": [{"refund": "re_1"}, {"refund": {"id": "re_2"}}]},
        {"refund": None},
        {},
    ]
    rows, _ = converted("credit_notes", *(NOTE | {"subtotal": 1} | refund for refund in given))
    assert rows["refund_ids"].to_pylist() == ["re_1", "re_1 re_2", None, None]
