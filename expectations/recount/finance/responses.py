"""What became of each answer's account from the answer on, and of accounts that had not answered by then.

Written from docs/decisions/0059-a-window-opens-with-the-answer.md. Answers and invitations are the marts', as
in `outcomes`; payments are worked out from the documents.

Belongs here: a window that opens with an answer. Does not belong here: looks on the same days (`outcomes`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import duckdb
import pyarrow as pa

from expectations.recount.documents import DAY
from expectations.recount.finance.months import UNASSIGNED
from expectations.recount.finance.outcomes import (
    HORIZONS,
    Inputs,
    band_before,
    lines_of,
    moment_of,
    pays,
    told,
)

_WITHOUT_ANSWER = ("silent", "not_invited")
_AMOUNTS = ("mrr_before", "mrr_after", "expansion_mrr")


class Answered(NamedTuple):
    """A window that opens with an answer; millionths, microseconds."""

    answer: str
    account: str
    horizon_days: int
    survey_type: str
    band: str
    index_at: int
    window_end: int
    is_complete: bool
    is_active: bool
    mrr_before: int
    mrr_after: int | None
    expansion_mrr: int | None
    is_churned: bool | None


class _Start(NamedTuple):
    answer: str
    account: str
    survey_type: str
    band: str
    at: int


def answered(connection: duckdb.DuckDBPyConnection, inputs: Inputs, some: str) -> list[Answered]:
    """The windows of answers and of the ledger's accounts; `some` is SQL that narrows answers to them."""
    lines = {account: lines_of(entries) for (account, known), entries in inputs.ledger.items() if known}
    heard, asked, _ = told(connection, some)
    starts = [_Start(*row) for row in connection.execute(_counted(some)).fetchall()]
    for start in _drawn(connection, lines):
        key = (start.survey_type, start.account)
        band = band_before(heard.get(key, ()), asked.get(key, ()), start.at + 1)
        if band in _WITHOUT_ANSWER and pays(lines[start.account], start.at):
            starts.append(start._replace(band=band))
    rows, end = [], moment_of(inputs.as_of)
    for start in starts:
        of_account = lines.get(start.account, ())
        before = pays(of_account, start.at)
        for horizon in HORIZONS:
            until = start.at + horizon * DAY
            after = pays(of_account, until) if before and until <= end else None
            place = (start.answer, start.account, horizon, start.survey_type, start.band, start.at, until)
            outcome = (None, None, None) if after is None else (after, max(0, after - before), after == 0)
            rows.append(Answered(*place, until <= end, before > 0, before, *outcome))
    return rows


def built(some: str) -> str:
    """A query of the mart's rows as `Answered`; `some` is its condition."""
    columns = {
        "answer": "answer_key",
        "account": "account_key",
        **{name: f"epoch_us({name})" for name in ("index_at", "window_end")},
        **{name: f"cast(cast({name} as decimal(38, 6)) * 1000000 as bigint)" for name in _AMOUNTS},
    }
    selected = ", ".join(f"{columns.get(name, name)} as {name}" for name in Answered._fields)
    return f"select {selected} from marts.fct_response_outcomes{some}"


def _counted(some: str) -> str:
    return (
        "select answer_key, account_key, survey_type, nps_band, epoch_us(responded_at) from ("
        f"select * replace (coalesce(account_key, '{UNASSIGNED}') as account_key)"
        f" from marts.fct_survey_responses where is_counted) where true{some}"
    )


def _drawn(connection: duckdb.DuckDBPyConnection, accounts: Iterable[str]) -> Iterator[_Start]:
    """Each account with the answer whose hash follows its own, by survey type; after the last, the first."""
    places = {account: hashlib.md5(account.encode()).hexdigest() for account in accounts}
    given = {"account": list(places.keys()), "place": list(places.values())}
    connection.register("given", pa.table({name: pa.array(of, pa.string()) for name, of in given.items()}))
    found = connection.execute(
        """
        with answers as (
            select survey_type, answer_key, epoch_us(responded_at) as moment, md5(answer_key) as place
            from marts.fct_survey_responses where is_counted
        ),
        firsts as (
            select
                survey_type, arg_min(answer_key, place) as answer_key, arg_min(moment, place) as moment
            from answers group by survey_type
        )
        select
            coalesce(answers.answer_key, firsts.answer_key), given.account, firsts.survey_type, '',
            coalesce(answers.moment, firsts.moment)
        from given cross join firsts
        asof left join answers
            on firsts.survey_type = answers.survey_type and given.place <= answers.place
        """
    ).fetchall()
    connection.unregister("given")
    return (_Start(*row) for row in found)
