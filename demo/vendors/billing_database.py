"""The simulated company's billing as a database of its own: tables under names that are nobody else's.

Amounts are minor units, moments have a zone. A deleted customer keeps its row, with the time of that.

Belongs here: the tables, and how a company names them to the loader. Does not belong here: a server.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import duckdb
import psycopg
import pyarrow as pa

#: Table → its columns, and how the simulated company has them.
_TABLES: Final = {
    "clients": (
        "id text primary key, crm text, mail text, title text, gone timestamptz, changed timestamptz",
        "select customer_id, account_id, email, name, case when is_deleted then visible_at end, visible_at"
        " from customers",
    ),
    "contracts": (
        "id text primary key, client text, state text, plan text, began timestamptz, ended timestamptz,"
        " changed timestamptz",
        "select subscription_id, customer_id, status, plan, started_at, cancelled_at, visible_at"
        " from subscriptions",
    ),
    "bills": (
        "id text primary key, client text, contract text, state text, money text, net bigint, gross bigint,"
        " issued timestamptz, changed timestamptz",
        "select invoice_id, customer_id, subscription_id, status, currency, subtotal_minor, total_minor,"
        " issued_at, visible_at from invoices",
    ),
    "bill_lines": (
        "id text primary key, bill text, net bigint, since timestamptz, till timestamptz",
        "select line_id, invoice_id, amount_minor - discount_minor, period_start, period_end"
        " from invoice_lines",
    ),
    "credits": (
        "id text primary key, bill text, client text, state text, money text, net bigint, made timestamptz",
        "select credit_note_id, invoice_id, customer_id, status, currency, subtotal_minor, created_at"
        " from credit_notes",
    ),
    "paybacks": (
        "id text primary key, bill text, credit text, client text, state text, money text, gross bigint,"
        " made timestamptz",
        "select refunds.refund_id, refunds.invoice_id, notes.credit_note_id, refunds.customer_id,"
        " refunds.status, refunds.currency, refunds.amount_minor, refunds.created_at"
        " from refunds left join credit_notes as notes on refunds.refund_id = notes.refund_id"
        " and notes.status = 'issued'",
    ),
}
_NAMED: Final = {
    "customers": {
        "table": "clients",
        "columns": {
            **{"customer_id": "id", "account_id": "crm", "email": "mail", "name": "title"},
            **{"deleted_at": "gone", "updated_at": "changed"},
        },
    },
    "subscriptions": {
        "table": "contracts",
        "columns": {
            **{"subscription_id": "id", "customer_id": "client", "status": "state", "started_at": "began"},
            **{"cancelled_at": "ended", "updated_at": "changed"},
        },
    },
    "invoices": {
        "table": "bills",
        "columns": {
            **{"invoice_id": "id", "customer_id": "client", "subscription_id": "contract", "status": "state"},
            **{"currency": "money", "net_minor_amount": "net", "total_minor_amount": "gross"},
            **{"issued_at": "issued", "updated_at": "changed"},
        },
    },
    "invoice_lines": {
        "query": "select * from bill_lines where net is not null",
        "columns": {
            **{"line_id": "id", "invoice_id": "bill", "net_minor_amount": "net"},
            **{"period_start_at": "since", "period_end_at": "till"},
        },
    },
    "credit_notes": {
        "table": "credits",
        "columns": {
            **{"credit_note_id": "id", "invoice_id": "bill", "customer_id": "client", "status": "state"},
            **{"currency": "money", "net_minor_amount": "net", "created_at": "made"},
        },
    },
    "refunds": {
        "table": "paybacks",
        "columns": {
            **{"refund_id": "id", "invoice_id": "bill", "credit_note_id": "credit", "customer_id": "client"},
            **{
                "status": "state",
                "currency": "money",
                "refunded_minor_amount": "gross",
                "created_at": "made",
            },
        },
    },
}


def settings(url: str) -> dict[str, str]:
    """The configuration, as environment variables, that points the loader at a database."""
    return {
        "SOURCES__BILLING_DATABASE__URL": url,
        "SOURCES__BILLING_DATABASE__TABLES": json.dumps(_NAMED),
    }


def fill(database: psycopg.Connection, tables: Mapping[str, pa.Table], now: datetime) -> None:
    """Makes the tables, as they are at a moment."""
    with duckdb.connect() as company:
        company.execute("set TimeZone = 'UTC'")
        for name in ("customers", "subscriptions", "invoices", "invoice_lines", "credit_notes", "refunds"):
            company.register("versions", tables[name])
            key = tables[name].column_names[0]
            company.execute(
                f"create table {name} as select * from versions where visible_at <= $now qualify row_number()"
                f" over (partition by {key} order by visible_at desc) = 1",
                {"now": now},
            )
        for name, (columns, query) in _TABLES.items():
            database.execute(f"create table {name} ({columns})")
            with database.cursor().copy(f"copy {name} from stdin") as rows:
                for row in company.execute(query).fetchall():
                    rows.write_row(row)
