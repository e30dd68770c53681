"""`nps finance reconcile`: billed against recognised and deferred, and what goes another way.

Belongs here: reading the audits and printing them. Does not belong here: adding up (`dbt_project/`).
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.environment import ConfigurationError
from publication.wording import count

COMPANY = "(all)"
SHOWN = 3
LINES = {
    "invoices": "invoices, net of tax",
    "subscriptions": "subscriptions and movements",
    "given_back": "credit notes and refunds",
    "billed": "billed",
    "recognised": "recognised before as-of",
    "deferred": "deferred",
    "difference": "billed − recognised − deferred",
}


def run(warehouse: Path, account: str | None, everything: bool, console: Console) -> int:
    """Print the balance of the company or an account, and its findings; 1 where it does not tie."""
    if not warehouse.exists():
        raise ConfigurationError(f"there is no working file {warehouse}: `nps refresh` makes it")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        balance = _balance(connection, account or COMPANY)
        findings = connection.execute(
            "select * from marts.audit_revenue_findings where $account is null or account_key = $account"
            " order by finding, source, document_id, account_key",
            {"account": account},
        ).fetchall()
        columns = [name for name, *_ in connection.description or ()]
    console.print(_totals(balance))
    console.print(
        f"{count(balance['documents'])} documents "
        + ("tie to the cent." if balance["is_tied"] else "do not tie."),
        style="green" if balance["is_tied"] else "red",
    )
    _list([dict(zip(columns, row, strict=True)) for row in findings], everything, console)
    return 0 if balance["is_tied"] else 1


def _balance(connection: duckdb.DuckDBPyConnection, account: str) -> dict[str, Any]:
    try:
        found = connection.execute(
            "select * from marts.audit_revenue_reconciliation where account_key = ?", [account]
        )
    except duckdb.CatalogException as error:
        raise ConfigurationError("no revenue has been reconciled yet: `nps refresh` does it") from error
    row, columns = found.fetchone(), [name for name, *_ in found.description or ()]
    if row is not None:
        return dict(zip(columns, row, strict=True))
    if account == COMPANY:
        return {**{f"{line}_amount": Decimal(0) for line in LINES}, "documents": 0, "is_tied": True}
    raise ValueError(f"no document bills an account {account!r}: give its key, lower case, of the survivor")


def _totals(balance: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for line, words in LINES.items():
        table.add_row(words, f"{balance[f'{line}_amount']:,.2f}", style="bold" if line == "billed" else None)
    return table


def _list(findings: list[dict[str, Any]], everything: bool, console: Console) -> None:
    """The findings by kind: why and what to do, and of each kind the first documents or all."""
    for finding in dict.fromkeys(each["finding"] for each in findings):
        of_kind = [each for each in findings if each["finding"] == finding]
        console.print(f"\n{count(len(of_kind))} × {of_kind[0]['reason']}", style="bold", markup=False)
        console.print(f"  to do: {of_kind[0]['remedy']}", markup=False)
        shown = of_kind if everything else of_kind[:SHOWN]
        for each in shown:
            document = "" if each["document_id"] == COMPANY else f"{each['source']} {each['document_id']}, "
            amount = "" if each["amount"] is None else f": {each['amount']:,.2f} {each['currency'] or ''}"
            console.print(f"  {document}account {each['account_key']}{amount}", style="dim", markup=False)
        if len(of_kind) > len(shown):
            console.print(f"  and {count(len(of_kind) - len(shown))} more (--all)", style="dim")
