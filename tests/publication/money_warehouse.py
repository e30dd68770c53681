"""Windows of accounts and what is published of them, beside the answers of `warehouse`.

Belongs here: windows in, marts and publication tables of money out, by plain SQL of its own. Does not belong
here: any expectation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from tests.publication.warehouse import fill as fill_answers
from tests.publication.warehouse import some


@dataclass(frozen=True)
class Window:
    """What became of an account within 90 days of a look; `mrr_after` is None where they are not over."""

    account_key: str
    band: str = "promoter"
    index_date: date = date(2025, 10, 4)
    mrr_before: int = 10
    mrr_after: int | None = 10
    region: str = "North"

    def but(self, **changes: object) -> Window:
        """The same window with other content."""
        return replace(self, **changes)  # type: ignore[arg-type]


def windows() -> list[Window]:
    """Eight accounts, each seen once with a window that is over and once at as-of."""
    bands = ("promoter", "promoter", "promoter", "passive", "passive", "detractor", "detractor", "silent")
    past = [
        Window(f"a{place}", band, region="North" if place % 2 else "South")
        for place, band in enumerate(bands)
    ]
    return [*past, *(each.but(index_date=date(2026, 1, 2), mrr_after=None) for each in past)]


def fill(
    warehouse: Path, seen: Iterable[Window], as_of: date, answers: int = 60, documents: Iterable[str] = ()
) -> Path:
    """Write the answers and these windows; `documents` are accounts whose invoice came long after."""
    fill_answers(warehouse, some(answers), as_of)
    with duckdb.connect(warehouse) as connection:
        connection.register("seen", pa.Table.from_pylist([asdict(each) for each in seen]))
        connection.execute(_OUTCOMES)
        for segment, region in (("company", "'(all)'"), ("region", "region")):
            connection.execute(_TABLES.replace("{segment}", segment).replace("{region}", region))
        invoices = pa.Table.from_pylist(
            [{"account": account} for account in documents], pa.schema([("account", pa.string())])
        )
        connection.register("invoices", invoices)
        connection.execute(_DOCUMENTS)
    return warehouse


_OUTCOMES = """
    create or replace table marts.fct_account_outcomes as
    select
        'relationship' as survey_type, 90 as horizon_days, index_date,
        cast(index_date + 90 as date) as window_end,
        mrr_after is not null as is_complete, account_key, band, 'core' as customer_value_tier,
        'over 3 years' as tenure, region, cast(mrr_before as decimal(18, 6)) as mrr_before,
        cast(mrr_after as decimal(18, 6)) as mrr_after, mrr_after = 0 as is_churned
    from seen;
    create or replace table publication.revenue_association (
        survey_type varchar, horizon_days integer, segment varchar, customer_value_tier varchar,
        tenure varchar, region varchar, band varchar, accounts bigint, churn_rate double, verdict varchar
    );
    create or replace table publication.revenue_coverage (
        survey_type varchar, segment varchar, customer_value_tier varchar, tenure varchar, region varchar,
        band varchar, accounts bigint, mrr decimal(18, 6)
    );
    create or replace table publication.band_transitions as
    select
        survey_type, horizon_days, window_end, band as from_band, band as to_band, count(*) as accounts,
        sum(mrr_before) as mrr_before
    from marts.fct_account_outcomes
    where is_complete
    group by all;
"""

_TABLES = """
    insert into publication.revenue_association
    select
        survey_type, horizon_days, '{segment}', '(all)', '(all)', {region}, band, count(*),
        avg(cast(is_churned as integer)), 'too few'
    from marts.fct_account_outcomes
    where is_complete
    group by all;
    insert into publication.revenue_coverage
    select
        survey_type, '{segment}', '(all)', '(all)', {region}, band, count(*),
        case when count(*) > 1 then sum(mrr_before) end
    from marts.fct_account_outcomes
    where not is_complete
    group by all;
"""

_DOCUMENTS = """
    create schema if not exists raw_stripe;
    create schema if not exists intermediate;
    create or replace table raw_stripe._dlt_loads as
    select '1' as load_id, 0 as status, timestamptz '2099-01-01' as inserted_at;
    create or replace table raw_stripe.invoices as
    select 'IN_' || account as record_id, 'eur' as currency, '1' as _dlt_load_id from invoices;
    create or replace table intermediate.int_revenue__recognised as
    select distinct
        'stripe' as source, 'in_' || account_key || ':1' as document_id, 'in_' || account_key as invoice_id,
        account_key, account_key as given_account_key
    from marts.fct_account_outcomes;
    create or replace table intermediate.int_revenue__recurring as
    select
        account_key, true as is_known_account, 'stripe' as source,
        'in_' || account_key || ':' || half as document_id,
        timestamp '2025-01-01' as recurring_from, timestamp '2026-06-01' as recurring_to,
        cast(max(mrr_before) / 2 as decimal(18, 6)) as monthly_amount
    from marts.fct_account_outcomes
    cross join range(2) as halves (half)
    group by account_key, half;
"""
