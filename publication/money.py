"""The published tables of money: what identifies a figure, and which rows of the working file are behind it.

A figure belongs to its as-of, because the windows behind it are laid back from there (decision 45). Two
publications have the same figure where `is_same` holds for its key and their as-ofs.

Belongs here: keys, and the rows behind a figure, each with its account. Does not belong here: calculating a
figure (`dbt_project`), the ledger's rows (`money_ledger`), what changed (`money_restatements`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from publication.content import SCHEMA
from publication.figure import ALL

LOOKS = "marts.fct_account_outcomes"


@dataclass(frozen=True)
class Kind:
    """A published table: the last column of its key; whether a figure with this key is the same one at two
    as-ofs; and a query of the rows behind its figures.

    The query has the key, `account_key`, the `part` it has in the figure, the day it is `looked_on`, what it
    `paid` then (null where the figure has no such amount) and its `content` as text. `{catalog}` is filled
    in, and `{segments}` where rows belong to several.
    """

    last_of_key: str
    is_same: Callable[[Mapping[str, str], date, date], bool]
    behind: str


def _of_one_day(_: Mapping[str, str], then: date, now: date) -> bool:
    """A figure about as-of, or about all windows laid back from it."""
    return then == now


def _of_a_window(figure: Mapping[str, str], then: date, now: date) -> bool:
    """Windows end at a day that is looked at from both as-ofs."""
    end, horizon = date.fromisoformat(figure["window_end"]), int(figure["horizon_days"])
    return all(end <= each and (each - end).days % horizon == 0 for each in (then, now))


def _of_a_year(figure: Mapping[str, str], then: date, now: date) -> bool:
    """The year up to the beginning of a year; the one up to as-of is another each day."""
    end = date.fromisoformat(figure["period_end"])
    return end <= min(then, now) and (then == now or (end.month, end.day) == (1, 1))


_LOOK = "concat_ws('|', account_key, index_date, horizon_days, band, mrr_before, mrr_after)"
_WINDOWS = f"(select *, {_LOOK} as content from {{catalog}}.{LOOKS})"
_NEXT = f"(select min(horizon_days) from {{catalog}}.{LOOKS})"

KINDS: dict[str, Kind] = {
    "band_transitions": Kind(
        "to_band",
        _of_a_window,
        f"""
        select
            looks.survey_type, looks.horizon_days, looks.window_end, looks.band as from_band,
            coalesce(later.band, 'left') as to_band, looks.account_key, 'window' as part,
            looks.index_date as looked_on, looks.mrr_before as paid, looks.content
        from {_WINDOWS} as looks
        left join {_WINDOWS} as later
            on looks.survey_type = later.survey_type and looks.horizon_days = later.horizon_days
            and looks.account_key = later.account_key and looks.window_end = later.index_date
        where looks.is_complete
        """,
    ),
    "churn_curves": Kind(
        "days",
        _of_one_day,
        f"""
        with windows as (
            select * from {_WINDOWS} where is_complete and horizon_days = {_NEXT}
        ),
        entered as (
            select survey_type, band, account_key, horizon_days, min(index_date) as entered_on
            from windows
            group by all
        ),
        followed as (
            select
                entered.*,
                min(windows.window_end) filter (windows.is_churned) as left_on
            from entered
            inner join windows
                on entered.survey_type = windows.survey_type and entered.account_key = windows.account_key
                and entered.entered_on <= windows.index_date
            group by all
        ),
        lasting as (
            select *, coalesce(left_on, (select max(window_end) from windows)) - entered_on as lasted
            from followed
        ),
        steps as (
            select *, cast(unnest(range(horizon_days, lasted + 1, horizon_days)) as integer) as days
            from lasting
        )
        select
            survey_type, band, days, account_key,
            case
                when days < lasted then 'lasted longer' when left_on is null then 'censored' else 'churned'
            end as part,
            entered_on as looked_on, cast(null as decimal(18, 6)) as paid,
            concat_ws('|', account_key, entered_on, lasted, left_on) as content
        from steps
        """,
    ),
    "revenue_association": Kind(
        "band",
        _of_one_day,
        f"""
        select
            survey_type, horizon_days, {{segments}}, band, account_key,
            if(is_churned, 'churned', 'stayed') as part, index_date as looked_on, mrr_before as paid, content
        from {_WINDOWS}
        where is_complete
        """,
    ),
    "revenue_at_risk": Kind(
        "band",
        _of_one_day,
        f"""
        with windows as (
            select * from {_WINDOWS}
        )
        select
            survey_type, horizon_days, band, account_key, 'today' as part, index_date as looked_on,
            mrr_before as paid, content
        from windows
        where not is_complete and band in ('passive', 'detractor')
        union all
        select
            survey_type, horizon_days, unnest(if(band = 'promoter', ['passive', 'detractor'], [band])),
            account_key, if(band = 'promoter', 'promoters before', 'the band before'), index_date, mrr_before,
            content
        from windows
        where is_complete and band in ('promoter', 'passive', 'detractor')
        """,
    ),
    "revenue_coverage": Kind(
        "band",
        _of_one_day,
        f"""
        select
            survey_type, {{segments}}, band, account_key, 'today' as part, index_date as looked_on,
            mrr_before as paid, content
        from {_WINDOWS}
        where not is_complete and horizon_days = {_NEXT}
        """,
    ),
    "weighted_scores": Kind(
        "definition_version",
        _of_a_year,
        """
        with periods as (
            select distinct weighting, period_start, period_end
            from {catalog}.publication.weighted_scores
        ),
        standing as (
            select period_end, any_value(standing_date) as standing_date
            from {catalog}.marts.dim_periods
            where period_grain = 'trailing_365d'
            group by period_end
        )
        select
            answers.survey_type, periods.weighting, periods.period_start, periods.period_end, {segments},
            answers.definition_version, answers.account_key, 'answer' as part,
            periods.period_end as looked_on, cast(null as decimal(18, 6)) as paid,
            concat_ws(
                '|', answers.account_key, answers.answer_fingerprint,
                if(periods.weighting = 'revenue', standings.trailing_revenue_amount, null)
            ) as content
        from periods
        inner join standing on periods.period_end = standing.period_end
        inner join {catalog}.marts.fct_survey_responses as answers
            on periods.period_end > answers.response_date and periods.period_end < answers.current_until
        left join {catalog}.marts.fct_account_standings as standings
            on answers.account_key = standings.account_key
            and standing.standing_date = standings.standing_date
            and answers.definition_version = standings.definition_version
        where answers.is_counted and answers.account_key is not null
            and (periods.weighting <> 'revenue' or standings.trailing_revenue_amount > 0)
        """,
    ),
}


def published(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    """The tables of money that a database publishes."""
    found = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name in (?, 'main')"
        " union select view_name from duckdb_views() where database_name = ? and schema_name = ?",
        [catalog, SCHEMA, catalog, SCHEMA],
    ).fetchall()
    return [table for table in KINDS if (table,) in found]


def columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """The columns of a relation."""
    return [column[0] for column in connection.execute(f"select * from {relation} limit 0").description]


def key(table: str, names: Sequence[str]) -> tuple[str, ...]:
    """The key among a table's columns, which begin with it."""
    return tuple(names[: names.index(KINDS[table].last_of_key) + 1])


def segments(connection: duckdb.DuckDBPyConnection, relation: str, key: Sequence[str]) -> list[str]:
    """The segments of a published table; only the company where it has no others."""
    if "segment" not in key:
        return []
    found = connection.execute(f"select distinct segment from {relation} order by 1").fetchall()
    return [segment for (segment,) in found] or ["company"]


def behind(table: str, key: Sequence[str], segments: Sequence[str], catalog: str = "working") -> str:
    """A query of the rows behind every figure: the key, `account_key`, `part` and `content`."""
    query = KINDS[table].behind.replace("{catalog}", catalog)
    if "{segments}" not in query:
        return query
    place = key.index("segment") + 1
    known = ("definition_version", "band")
    members = [name for name in key[place:] if name not in known]
    qualified = "answers." if table == "weighted_scores" else ""
    return " union all ".join(
        f"({query.replace('{segments}', _split(segment, members, qualified))})" for segment in segments
    )


def _split(segment: str, members: Sequence[str], qualified: str) -> str:
    return ", ".join(
        [
            f"'{segment}' as segment",
            *(f"{qualified}{name}" if name == segment else f"'{ALL}' as {name}" for name in members),
        ]
    )
