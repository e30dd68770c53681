"""What a refresh leaves behind: no secret of the vendors' settings, and nothing that others may open."""

from __future__ import annotations

import stat

import duckdb
import pytest

from demo import server
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

SECRETS = (server.QUALTRICS_TOKEN, server.SALESFORCE_CLIENT[1], server.STRIPE_KEY)


def test_no_file_holds_a_secret(refreshed: Company) -> None:
    """Logs, Dagster's and dlt's storage, dbt's and the guard's reports, manifest, ledger, pages."""
    files = [path for path in refreshed.home.rglob("*") if path.is_file()]
    assert {"manifest.json", "warehouse.duckdb", "index.db", "trace.pickle"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        assert not [secret for secret in SECRETS if secret.encode() in content], path


def test_no_table_holds_a_secret(refreshed: Company) -> None:
    """The engine stores texts compressed, so a search for bytes would not find them."""
    with duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where starts_with(schema_name, 'raw')"
        ).fetchall()
        for schema, table in tables:
            found = " or ".join(f"contains(cast(each as varchar), '{secret}')" for secret in SECRETS)
            [(rows,)] = connection.execute(
                f'select count(*) from "{schema}"."{table}" as each where {found}'
            ).fetchall()
            assert rows == 0, f"{schema}.{table}"
    assert tables


def test_nobody_else_may_open_anything(refreshed: Company) -> None:
    everything = [path for path in (refreshed.home, *refreshed.home.rglob("*")) if not path.is_symlink()]
    delivered = refreshed.home / "inbox"  # by the test, before the refresh
    open_to_others = [
        path
        for path in everything
        if stat.S_IMODE(path.stat().st_mode) & 0o077 and not path.is_relative_to(delivered)
    ]
    assert open_to_others == []
    assert len(everything) > 500
