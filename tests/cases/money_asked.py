"""What is asked of the company of money (`money_company`), and of a warehouse with a single invoice."""

from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from orchestration.dbt import failed_nodes
from tests.cases.money_company import BRANCHES, INVOICE, NOON, at_home, built, company
from tests.dbt.conftest import Warehouse
from tests.ingestion.one_file import TABLES as FILE_TABLES
from tests.ingestion.one_file import load


def stopped(currency: str, status: str, *selected: str) -> str:
    """What stops the build of a warehouse with one invoice, of this currency and status."""
    home = Path(mkdtemp(prefix="nps-cases-of-money-"))
    bad = Warehouse(home, ("files",), as_of="2025-07-01")
    bad.create_raw()
    given: dict[str, Any] = {"invoice_id": "in_1", "account_id": "A1", "currency": currency, "status": status}
    moments: dict[str, Any] = {"issued_at": NOON, "updated_at": NOON}
    bad.land("files", "billing_invoices", "in_1", **given, **moments, net_amount=100)
    options = ("--exclude-resource-type", "unit_test", "--indirect-selection", "cautious")
    with at_home(home):
        return "; ".join(failed_nodes(bad.dbt("build", "--select", *selected, *options)))


def worth(*names: str) -> str:
    return "; ".join(f"{company()[name].worth:,.2f}" for name in names)


def paid(name: str) -> str:
    """What an account pays at the end of each month of the year, by the month's movement."""
    company()
    moves = ("new", "expansion", "contraction", "churned", "reactivation")
    found = built().query(
        f"select mrr, {', '.join(f'{move}_mrr' for move in moves)} from marts.fct_account_months"
        f" where account_key = '{name}' and month_start >= date '2025-01-01' order by month_start"
    )
    return "; ".join(
        f"{mrr:,.0f}" + "".join(f" {move} {by:+,.0f}" for move, by in zip(moves, moved, strict=True) if by)
        for mrr, *moved in found
    )


def findings(name: str) -> str:
    company()
    found = built().query(
        "select document_id, reason, amount from marts.audit_revenue_findings"
        f" where account_key = '{name}' order by document_id"
    )
    return "; ".join(f"{document}: {reason} ({amount:,.0f})" for document, reason, amount in found)


def listed(name: str) -> str:
    """What a controller is told of an account's documents, and whether it ties all the same."""
    company()
    found = built().query(
        "select document_id, reason, remedy, amount, currency from marts.audit_revenue_findings"
        f" where account_key = '{name}' order by document_id"
    )
    said = [
        f"{document}: {reason}"
        + (f" ({amount:,.2f} {currency})" if amount is not None else "")
        + f": {remedy}"
        for document, reason, remedy, amount, currency in found
    ]
    balances = built().query(
        "select documents, billed_amount, is_tied from marts.audit_revenue_reconciliation"
        f" where account_key = '{name}'"
    )
    said += [
        f"documents {documents}, billed {billed:,.2f}, {'ties' if ties else 'does not tie'}"
        for documents, billed, ties in balances
    ]
    return "; ".join(said)


def regions(_: Path) -> str:
    return "; ".join(company()[f"{region}-1"].region for region in ("North", "South"))


def branches(_: Path) -> str:
    found = {company()[f"b{number}"].branch for number in range(len(BRANCHES))}
    return f"{len(found)} branches, such as {min(found)}"


def unknown_word(folder: Path) -> str:
    content = INVOICE + "I1,A1,2025-01-01T00:00:00Z,Bezahlt,100,EUR,2025-01-01T00:00:00Z\n"
    _, [reject] = load(folder, content, name="i.csv", table=FILE_TABLES["billing_invoices"])
    return f"{reject['reason']}: {reject['detail']}"


def known_by_mapping(folder: Path) -> str:
    content = INVOICE + "I1,A1,2025-01-01T00:00:00Z,Bezahlt,100,EUR,2025-01-01T00:00:00Z\n"
    [row], _ = load(
        folder, content, '[statuses]\nBezahlt = "paid"\n', "i.csv", table=FILE_TABLES["billing_invoices"]
    )
    return str(row["status"])
