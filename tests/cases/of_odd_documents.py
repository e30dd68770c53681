"""Documents that cannot be as they are: kept, listed with a remedy, counted in the reconciliation."""

from tests.cases.case import Case, Section
from tests.cases.money_asked import listed

CASES = [
    Case(
        Section.UNCLEAR,
        "a subscription that ends before it starts",
        "billing/subscriptions: 2025-03-01 to 2025-02-01",
        "set aside, and listed",
        "no such report",
        "s-back: the subscription ends before it starts: it earns nothing (100.00 EUR): correct its start or"
        " end",
        lambda _: listed("backwards"),
    ),
    Case(
        Section.UNCLEAR,
        "an account that is billed and that no CRM knows",
        "an invoice of 700",
        "counts, and is listed",
        "no such report",
        "i-stranger: the account is billed, but no CRM knows it (700.00 EUR): enter the account in the CRM,"
        " or correct the account id of the billing customer; documents 1, billed 700.00, ties",
        lambda _: listed("stranger"),
    ),
    Case(
        Section.UNCLEAR,
        "versions of an invoice that come twice",
        "500 twice, then 600",
        "600, once",
        "no such report",
        "documents 1, billed 600.00, ties",
        lambda _: listed("twice"),
    ),
    Case(
        Section.UNCLEAR,
        "a refund larger than its invoice",
        "30,000 billed, 40,000 given back, both net",
        "counts, and is listed",
        "no such report",
        "in_overdrawn: credit notes and refunds exceed the net amount of the invoice (-10,000.00 EUR):"
        " correct the document that was entered twice or too high; documents 2, billed -10,000.00, ties",
        lambda _: listed("overdrawn"),
    ),
    Case(
        Section.UNCLEAR,
        "a credit note without its invoice",
        "note 4,000 on an invoice that never came, other revenue 30,000",
        "30,000, and listed",
        "no such report",
        "cn_3: it gives back on an invoice that was never loaded, or on none: nothing is deducted (-4,000.00"
        " EUR): load the invoice, or book the document against the one it belongs to; documents 1, billed"
        " 30,000.00, ties",
        lambda _: listed("orphan"),
    ),
    Case(
        Section.UNCLEAR,
        "two currencies in one account",
        "100 EUR and 100 USD, at 0.92",
        "counts, and is listed",
        "no such report",
        "(all): the account is billed in several currencies: its movements contain changes of rates: nothing,"
        " if that is what was agreed; else correct the currency of the documents; documents 2, billed 192.00,"
        " ties",
        lambda _: listed("mixed"),
    ),
]
