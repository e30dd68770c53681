"""A company, built once, in which each account is a case of what billing systems and CRMs really send.

Each account's only answer is of 30 June 2025 at noon; what it is counted under, and what the account was
worth then, says what the input came to. The recount must find the same worth from raw.

Does not belong here: what is asked of it (`money_asked`).
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, NamedTuple

import duckdb
import numpy as np
import orjson

from expectations.recount import billing, crm
from expectations.recount.coding import rows_as_table
from expectations.recount.comparison import differences
from expectations.recount.finance import months
from expectations.recount.versions import RawRecords
from ingestion.arrow import convert_batch
from ingestion.billing.stripe_tables import TABLES as STRIPE
from ingestion.crm.salesforce_tables import sobjects
from ingestion.load import load_source
from ingestion.records import Batch
from ingestion.tables import TableSpec
from tests.dbt.conftest import SIMULATED, Warehouse

NOON = "2025-06-30T12:00:00Z"
AT_NOON = datetime(2025, 6, 30, 12, tzinfo=UTC)
_MOVEMENT = "movement_id,account_id,moved_at,kind,mrr_amount,currency"
INVOICE = "invoice_id,account_id,issued_at,status,net_amount,currency,updated_at\n"

# Account, region, branch.
_ACCOUNTS = [
    ("North-1", "North", ""),
    ("South-1", "South", ""),
    *((name, "", "") for name in ("subscribed", "both", "written-off", "voided", "deleted", "cancelled")),
    *((name, "", "") for name in ("moved", "raised", "overtaken", "moved-billed")),
    *((name, "", "") for name in ("change", "fee", "basil", "charge", "void-note", "portal")),
    *((name, "", "") for name in ("backwards", "twice", "mixed", "overdrawn", "orphan")),
]
BRANCHES = [f"Store {number:02d}" for number in range(1, 100)]


def _inbox() -> dict[str, str]:
    """The files of the company: folder → content."""
    answers = [f"{name},9,{NOON},{name},," for name, _, _ in _ACCOUNTS if name != "portal"]
    answers += [f"portal,9,{NOON},portal,,ann@customer.example"]
    answers += [f"b{number},9,{NOON},,{branch}," for number, branch in enumerate(BRANCHES)]
    accounts = [f"{name},2020-01-01T00:00:00Z,{region},{branch}" for name, region, branch in _ACCOUNTS]
    started, year = "2024-01-01T00:00:00Z", "2024-06-30T12:00:00Z"
    subscriptions = [
        f"s-{name},{name},active,{started},,10000,EUR,{started}" for name in ("subscribed", "both")
    ]
    subscriptions += [f"s-back,backwards,cancelled,2025-03-01,2025-02-01,100,EUR,{started}"]
    invoices = [
        f"i-{name},{name},2025-01-01T00:00:00Z,{status},120000,EUR,2025-01-01T00:00:00Z,,"
        for name, status in (
            ("voided", "VOIDED"),
            ("deleted", "DELETED"),
            ("cancelled", "Cancelled"),
            ("written-off", "Written_off"),
        )
    ]
    invoices += [
        f"i-{name},{name},{year},paid,30000,EUR,{year},{year},{NOON}" for name in ("both", "moved-billed")
    ]
    invoices += [
        f"{invoice},{name},2025-01-01T00:00:00Z,paid,{net},{currency},{updated}T00:00:00Z,,"
        for invoice, name, net, currency, updated in (
            ("i-stranger", "stranger", 700, "EUR", "2025-01-01"),
            *2 * [("i-twice", "twice", 500, "EUR", "2025-01-01")],
            ("i-twice", "twice", 600, "EUR", "2025-01-02"),
            ("i-mixed-1", "mixed", 100, "EUR", "2025-01-01"),
            ("i-mixed-2", "mixed", 100, "USD", "2025-01-01"),
        )
    ]
    moves = [
        *(f"{name},{started},new,10000" for name in ("moved", "moved-billed")),
        *("raised,2025-01-01,new,10000", "raised,2025-03-15,expansion,2500"),
        *("raised,2025-04-30,contraction,500", "raised,2025-05-31,churn,-12000"),
        *("overtaken,2025-01-01,expansion,60", "overtaken,2025-02-01,,-100", "overtaken,2025-03-01,new,20"),
    ]
    movements = [f"m{number},{move},EUR" for number, move in enumerate(moves)]
    return {
        "surveys/responses": "\n".join(
            ["response_id,score,responded_at,account_id,branch_id,respondent_email", *answers]
        ),
        "crm/accounts": "\n".join(["account_id,updated_at,region,branch_id", *accounts]),
        "billing/subscriptions": "\n".join(
            [
                "subscription_id,account_id,status,started_at,cancelled_at,mrr_amount,currency,updated_at",
                *subscriptions,
            ]
        ),
        "billing/invoices": "\n".join([f"{INVOICE.strip()},period_start,period_end", *invoices]),
        "billing/movements": "\n".join([_MOVEMENT, *movements]),
    }


def _seconds(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def _invoice(name: str, net: int, *lines: tuple[int, str, str], **others: Any) -> dict[str, Any]:
    """An invoice of net 30,000.00 or so with tax of a fifth, issued on 20 June unless said otherwise."""
    shown = [
        {"amount": amount, "period": {"start": _seconds(start), "end": _seconds(end)}}
        for amount, start, end in lines
    ]
    return {
        "id": f"in_{name}",
        "customer": f"cus_{name}",
        "status": "paid",
        "currency": "eur",
        "created": _seconds("2025-06-20"),
        "total_excluding_tax": net,
        "total": net * 6 // 5,
        "lines": {"data": shown},
    } | others


def _stripe() -> dict[str, list[dict[str, Any]]]:
    names = ("change", "fee", "basil", "charge", "void-note", "overdrawn", "orphan")
    note = {"status": "issued", "currency": "eur", "created": _seconds("2025-06-21")}
    refund = {"status": "succeeded", "currency": "eur", "created": _seconds("2025-06-22")}
    year = ("2025-06-20", "2026-06-20")
    return {
        "customers": [
            {"id": f"cus_{name}", "created": 0, "metadata": {"account_id": name}, "deleted": False}
            for name in names
        ],
        "invoices": [
            _invoice("change", 11_995_000, (-5_000, "2025-06-20", "2025-07-01"), (12_000_000, *year)),
            _invoice("fee", 12_050_000, (50_000, "2025-06-20", "2025-06-20"), (12_000_000, *year)),
            *(_invoice(name, 3_000_000) for name in names[2:]),
            _invoice("void", 400_000, customer="cus_void-note", status="void"),
        ],
        "credit_notes": [
            {"id": "cn_1", "invoice": "in_basil", "customer": "cus_basil", "total_excluding_tax": 500_000}
            | {"refunds": [{"refund": "re_1"}]}
            | note,
            {"id": "cn_2", "invoice": "in_void", "customer": "cus_void-note", "total_excluding_tax": 400_000}
            | note,
            {"id": "cn_3", "invoice": "in_never", "customer": "cus_orphan", "total_excluding_tax": 400_000}
            | note,
        ],
        "refunds": [
            {"id": "re_1", "amount": 600_000, "charge": {"customer": "cus_basil", "invoice": "in_basil"}}
            | refund,
            {"id": "re_2", "amount": 1_000_000, "charge": {"customer": "cus_charge", "invoice": None}}
            | refund,
            {"id": "re_3", "amount": 4_800_000}
            | {"charge": {"customer": "cus_overdrawn", "invoice": "in_overdrawn"}}
            | refund,
        ],
    }


class _Found(NamedTuple):
    worth: float
    region: str
    branch: str
    disposition: str


def _insert(connection: duckdb.DuckDBPyConnection, vendor: str, spec: TableSpec, sent: list[Any]) -> None:
    """What the loader makes of records, put into the raw table; all must fit it."""
    lines = [orjson.dumps(each) for each in sent]
    batch = Batch(lines, range(1, len(sent) + 1), ["case"] * len(sent), orjson.loads)
    rows, rejects = convert_batch(spec, batch)
    assert not rejects.num_rows, rejects.to_pylist()
    connection.register("rows", rows)
    connection.execute(
        f"insert into raw_{vendor}.{spec.name} by name select *, '1' as _dlt_load_id from rows"
    )
    connection.unregister("rows")


@contextmanager
def at_home(folder: Path) -> Iterator[None]:
    before = os.environ.get("NPS_HOME")
    os.environ["NPS_HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("NPS_HOME") if before is None else os.environ.update(NPS_HOME=before)


@cache
def built() -> Warehouse:
    """The company's working file, up to its account months."""
    home = Path(mkdtemp(prefix="nps-cases-of-money-"))
    for table, content in _inbox().items():
        (folder := home / "inbox" / table).mkdir(parents=True)
        (folder / "all.csv").write_text(content + "\n", "utf-8")
    with at_home(home):
        load_source("files")
        company = Warehouse(home, SIMULATED, as_of="2025-07-01")
        Warehouse(home, [vendor for vendor in SIMULATED if vendor != "files"]).create_raw()
        with company.connection() as connection:
            for table, sent in _stripe().items():
                _insert(connection, "stripe", STRIPE[table], sent)
            users = next(each.table for each in sobjects({}, {}) if each.name == "User")
            user = {
                "Id": "005P",
                "Email": "ann@customer.example",
                "IsActive": True,
                "UserType": "CspLitePortal",
            }
            _insert(connection, "salesforce", users, [user | {"SystemModstamp": NOON}])
        audits = ("+audit_revenue_findings", "+audit_revenue_reconciliation")
        wanted = ("+fct_survey_responses", "+fct_account_months", *audits)
        company.build("--select", *wanted, "--exclude-resource-type", "unit_test")
    return company


@cache
def company() -> dict[str, _Found]:
    """Answer → what it came to."""
    found = {
        response: _Found(float(worth or 0), region, branch, disposition)
        for response, worth, region, branch, disposition in built().query(
            "select response_id, trailing_revenue_amount, region, branch, disposition"
            " from marts.fct_survey_responses"
        )
    }
    with at_home(built().home), built().connection() as connection:
        _agrees(connection, found)
    return found


def _agrees(connection: duckdb.DuckDBPyConnection, found: dict[str, _Found]) -> None:
    """The recount's own reading of raw gives the same worth, and the same account months."""
    records = RawRecords(connection)
    known = crm.read(records)
    end = int(datetime(2025, 7, 1, tzinfo=UTC).timestamp()) * 1_000_000
    documents = billing.documents(records, known.survivors, end=end)
    revenue = billing.revenue(documents, known.survivors)
    names = [name for name, _, _ in _ACCOUNTS]
    moments = np.full(len(names), int(AT_NOON.timestamp()) * 1_000_000, np.int64)
    again = revenue.trailing([name.lower() for name in names], moments)
    assert dict(zip(names, (again / 10_000).tolist(), strict=True)) == {
        name: found[name].worth for name in names
    }
    counted = months.months(months.ledger_of(documents, known.survivors), end)
    expected = rows_as_table(months.Month, counted)
    assert not differences(connection, expected, months.built_months(""), ("account", "month"), "row")
