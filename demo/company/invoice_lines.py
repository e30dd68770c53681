"""The lines of invoices, each with a service period of its own.

Belongs here: how an invoice is made up. Does not belong here: when and to whom it is sent (`invoicing.py`).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from demo.company.columns import Column, joined, moments, numbers, picked
from demo.company.invoicing import Bills
from demo.company.size import DAY, END


def invoice_lines(bills: Bills, invoice: Column) -> pa.Table:
    """What each invoice is for: most have one line over the whole service period.

    Others also have a fee for the moment, something given back for the days of another plan, or a period that
    is billed in twelve parts and a remainder; where a coupon holds, the lines say more than is to be paid.
    """
    every_one = np.arange(len(bills.payer), dtype=np.int64)
    length = bills.period_end - bills.issued
    parts = [(every_one, np.zeros_like(every_one), bills.issued, bills.period_end)]
    fee, back, many = (np.flatnonzero(every_one % modulus == 3) for modulus in (7, 11, 53))
    parts.append((fee, bills.subtotal[fee] // 50, bills.issued[fee], bills.issued[fee]))
    parts.append((back, -(bills.subtotal[back] // 20), bills.issued[back], bills.issued[back] + 9 * DAY))
    for twelfth in range(12):
        start = bills.issued[many] + length[many] * twelfth // 12
        end = bills.issued[many] + length[many] * (twelfth + 1) // 12
        parts.append((many, bills.subtotal[many] // 13, start, end))
    which, amount, start, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    number = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts])
    # The first line is what the others leave; a coupon of a tenth is on no line of its own.
    others = np.bincount(which, amount, len(every_one)).astype(np.int64)
    amount[: len(every_one)] = bills.subtotal - others
    coupon = np.where(every_one % 17 == 5, bills.subtotal // 9, 0)
    amount[: len(every_one)] += coupon
    # Some coupons are shared out to the lines, as the billing system does; of others the invoice alone tells.
    discount = np.where((number == 0) & (which % 2 == 0), coupon[which], 0)
    order = np.lexsort((np.where(number == 0, len(parts), number), which))
    which, number, amount, discount, start, end = (
        column[order] for column in (which, number, amount, discount, start, end)
    )
    table = pa.table(
        {
            "line_id": joined(picked(invoice, which), "-", numbers(number)),
            "invoice_id": picked(invoice, which),
            "amount_minor": pa.array(amount),
            "discount_minor": pa.array(discount),
            "period_start": moments(start),
            "period_end": moments(end),
            "visible_at": moments(bills.issued[which]),
        }
    )
    return table.filter(pa.array(bills.issued[which] < END))
