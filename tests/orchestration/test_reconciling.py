"""`nps finance reconcile`: whether it ties, and what is said of each document that goes another way."""

from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from orchestration.cli import reconciling
from orchestration.environment import ConfigurationError


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.audit_revenue_reconciliation as
            select unnest(['a', '(all)']) as account_key, true as is_known_account, 12::bigint as documents,
                100::decimal(18, 6) as invoices_amount, 0::decimal(18, 6) as subscriptions_amount,
                -10::decimal(18, 6) as given_back_amount, 90::decimal(18, 6) as billed_amount,
                50::decimal(18, 6) as recognised_amount, 40::decimal(18, 6) as deferred_amount,
                0::decimal(18, 6) as difference_amount, true as is_tied;
            create table marts.audit_revenue_findings as
            select 'unknown_account' as finding, 'stripe' as source, 'in_' || i as document_id,
                'x' as account_key, 'in_' || i as invoice_id, 'JPY' as currency,
                1234.5::decimal(18, 6) as amount, 'no CRM knows it' as reason, 'enter it' as remedy
            from range(5) as numbers(i)
            """
        )
    return path


def said(warehouse: Path, account: str | None = None, everything: bool = False) -> tuple[int, str]:
    console = Console(width=120, record=True, quiet=False, file=None, force_terminal=False)
    with console.capture() as captured:
        code = reconciling.run(warehouse, account, everything, console)
    return code, captured.get()


def test_it_ties_and_names_documents_reasons_and_remedies(warehouse: Path) -> None:
    code, text = said(warehouse)
    assert code == 0
    for words in (
        "12 documents tie to the cent",
        "5 × no CRM knows it",
        "to do: enter it",
        "stripe in_0, account x: 1,234.50 JPY",
        "and 2 more (--all)",
    ):
        assert words in text
    assert "in_4" in said(warehouse, everything=True)[1]
    assert "JPY" not in said(warehouse, "a")[1]


def test_what_does_not_tie_is_an_exit_code(warehouse: Path) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute("update marts.audit_revenue_reconciliation set is_tied = false")
    code, text = said(warehouse)
    assert code == 1
    assert "do not tie" in text


def test_who_is_not_billed_and_what_is_not_built_is_said(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no document bills an account 'z'"):
        said(warehouse, "z")
    with pytest.raises(ConfigurationError, match="nps refresh"):
        said(tmp_path / "none.duckdb")
