"""`python -m tests.benchmarks.money`: account months of many invoices, against a hand-written script.

Five years of invoices (a tenth of the accounts monthly, a third quarterly, the others yearly) lie in raw as
the loader of files leaves them. dbt builds `fct_account_months` and its reconciliation, with their data
tests; the script, `baseline_money.sql`, makes the same months from Parquet. Both are compared in every
column. Prints figures, never a verdict.

Belongs here: the made-up invoices, and what is set against what. Does not belong here: a stage (`stages`).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
from rich.console import Console

from orchestration import environment
from tests.benchmarks.__main__ import HISTORY_END, Measured, machine, measure, report
from tests.companies import speak_for_verdant
from tests.comparison import differences
from tests.dbt.conftest import Warehouse

#: Invoices up to the given day. An account pays every 1, 3 or 12 months from its first month on, one in four
#: for some years only, more each year; one in a hundred is unknown to the CRM, one in nine pays in dollars.
_INVOICES = """
with accounts as (
    select
        n,
        'A' || n as account_id,
        case when n % 10 = 0 then 1 when n % 3 = 0 then 3 else 12 end as every,
        date '2021-01-01' + cast(hash(n) % 365 as integer) as first_day,
        if(n % 4 = 0, 12 * (1 + n % 4 + n % 3), 60) as lasts
    from range($accounts) as numbers (n)
)

select
    'I' || n || '-' || nth as invoice_id,
    account_id,
    first_day + to_months(cast(nth as integer)) as issued_at,
    cast((20 + n % 400) * every * (1 + nth // 12 * 0.05) as decimal(18, 4)) as net_amount,
    if(n % 9 = 0, 'USD', 'EUR') as currency,
    issued_at as period_start,
    first_day + to_months(cast(nth + every as integer)) as period_end
from accounts, unnest(range(0, lasts, every)) as invoices (nth)
where issued_at < $until
"""


def make(world: Path, accounts: int, until: date) -> int:
    """The company's invoices and accounts as Parquet; how many invoices there are."""
    world.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(
            f"copy ({_INVOICES}) to '{world / 'invoices.parquet'}'", {"accounts": accounts, "until": until}
        )
        connection.execute(
            f"copy (select 'A' || n as account_id from range({accounts}) as numbers (n) where n % 100 <> 7)"
            f" to '{world / 'accounts.parquet'}'"
        )
        [(rows,)] = connection.execute(
            f"select count(*) from read_parquet('{world / 'invoices.parquet'}')"
        ).fetchall()
    return int(rows)


def land(warehouse: Warehouse, world: Path) -> None:
    """What is not in raw yet, as the loader of files leaves it."""
    at = "cast({} as timestamp) at time zone 'UTC'"
    columns = {
        "billing_invoices": "invoice_id, account_id, 'paid' as status, currency, net_amount,"
        f" {at.format('issued_at')} as issued_at, {at.format('period_start')} as period_start,"
        f" {at.format('period_end')} as period_end, {at.format('issued_at')} as updated_at,"
        f" {at.format('issued_at')} as version_at, invoice_id as record_id",
        "crm_accounts": f"account_id, {at.format('date ' + repr('2020-01-01'))} as updated_at,"
        f" {at.format('date ' + repr('2020-01-01'))} as version_at, account_id as record_id",
    }
    with warehouse.connection() as connection:
        for table, of in columns.items():
            file = world / f"{table.partition('_')[2]}.parquet"
            connection.execute(
                f"insert into raw_files.{table} by name select {of}, md5(record_id) as content_hash,"
                " md5(record_id) as version_id, '{}' as payload, 'a.csv' as file_name,"
                " row_number() over () as position, '1' as _dlt_load_id"
                f" from read_parquet('{file}')"
                f" where {of.rpartition(', ')[2].partition(' ')[0]} not in"
                f" (select record_id from raw_files.{table})"
            )


def compared(folder: Path) -> dict[str, int]:
    """In how many rows each column of the mart is not what the script has."""
    with duckdb.connect(str(environment.home().warehouse), read_only=True) as connection:
        connection.register("by_hand", connection.read_parquet(str(folder / "baseline_money.parquet")))
        return differences(connection, "by_hand", "marts.fct_account_months", ("account_key", "month_start"))


def bench(console: Console, accounts: int, folder: Path) -> None:
    """Full, and one more day, of so many accounts."""
    os.environ |= {"NPS_HOME": str(folder), "NPS_VENDORS": "files"}
    speak_for_verdant()
    environment.prepare()
    warehouse = Warehouse(folder, ("files",), HISTORY_END.isoformat())
    warehouse.create_raw()
    measured: list[Measured] = []
    for as_of in (HISTORY_END, HISTORY_END + timedelta(days=1)):
        os.environ["NPS_AS_OF"] = as_of.isoformat()
        invoices = make(folder / "world", accounts, as_of)
        land(warehouse, folder / "world")
        both = [
            measure(stage, folder / "world", as_of, str(invoices))
            for stage in ("build money", "baseline money")
        ]
        measured += both
        built, by_hand = both
        console.print(
            f"as of {as_of}, {invoices:,} invoices: {built.seconds:.1f} s / {by_hand.seconds:.1f} s"
            f" = {built.seconds / by_hand.seconds:.1f} (CPU {built.cpu_seconds:.1f} s /"
            f" {by_hand.cpu_seconds:.1f} s = {built.cpu_seconds / by_hand.cpu_seconds:.1f});"
            f" rows that differ, by column: {compared(folder) or 0}"
        )
    report(console, f"{accounts:,} accounts, five years: everything, and one more day", measured)


def main() -> None:
    """Measure at the size asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.money", description=__doc__)
    parser.add_argument("--accounts", type=int, default=200_000)
    options = parser.parse_args()
    console = Console(width=110)
    console.print(machine())
    with tempfile.TemporaryDirectory(prefix="nps-bench-") as folder:
        bench(console, options.accounts, Path(folder))


if __name__ == "__main__":
    main()
