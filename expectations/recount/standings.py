"""The customers of a day from raw: who pays, how much, and what they are counted under.

Revenue coverage and the post-stratified score are made of them. Where there are many accounts, those are
looked at whose hash says so, on every day; the figures are then made of the mart's rows.

Belongs here: an account on a day. Does not belong here: revenue itself (`revenue`), the figures made of
standings (`population`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

import duckdb
import numpy as np

from expectations.definition import Version
from expectations.dimensions import Dimensions
from expectations.recount.dimensions import Known, of_account
from expectations.recount.periods import later
from expectations.recount.sample import Sample

#: More accounts than this are looked at on a sample.
ACCOUNTS = 2_000
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000


class Standing(NamedTuple):
    """A customer on a day; the amount in ten-thousandths of the reporting currency."""

    account: str
    day: date
    definition_version: str
    trailing_revenue_amount: int
    members: tuple[str, ...]


def sample_of(accounts: Collection[str]) -> Sample | None:
    """The accounts looked at; None: all of them."""
    return None if len(accounts) <= ACCOUNTS else Sample.of(ACCOUNTS / len(accounts))


def standings(
    connection: duckdb.DuckDBPyConnection,
    known: Known,
    accounts: Collection[str],
    definitions: Sequence[Version],
    as_of: date,
) -> list[Standing]:
    """The standings of these accounts.

    The first month and the versions are the table's; from there on every month must be there, and as-of.
    """
    days, versions = _days_and_versions(connection, definitions, as_of)
    asked = [(account, *day) for account in sorted(accounts & known.revenue.accounts.keys()) for day in days]
    amounts = known.revenue.trailing(
        [account for account, _, _ in asked], np.array([at for _, _, at in asked], np.int64)
    )
    return [
        Standing(
            account,
            day,
            version.version,
            amount,
            of_account(account, at, version, amount, known),
        )
        for (account, day, at), amount in zip(asked, amounts.tolist(), strict=True)
        if amount > 0
        for version in versions
    ]


def built(sample: Sample | None, dimensions: Dimensions) -> str:
    """A query of the mart's rows as `Standing`."""
    some = "" if sample is None else f" where {sample.condition('account_key')}"
    return (
        "select account_key as account, standing_date as day, definition_version,"
        " cast(trailing_revenue_amount * 10000 as bigint) as trailing_revenue_amount,"
        f" {', '.join(dimensions.of_accounts)} from marts.fct_account_standings{some}"
    )


def _days_and_versions(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[Version], as_of: date
) -> tuple[list[tuple[date, int]], list[Version]]:
    """The days (with their moments), and the versions some answer was judged by."""
    [[day]] = connection.execute("select min(standing_date) from marts.fct_account_standings").fetchall()
    named = connection.execute("select distinct definition_version from marts.fct_nps_daily").fetchall()
    days = {as_of} if day is not None else set()
    while day is not None and day < as_of:
        days.add(day)
        day = later(day, 1)
    moments = [(day, (day - _EPOCH).days * _DAY) for day in sorted(days)]
    return moments, [version for version in definitions if (version.version,) in named]
