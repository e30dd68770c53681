"""A working file built by hand from a list of answers, as the dbt models leave one.

Belongs here: answers in, marts and publication tables out, by plain SQL of its own. Does not belong here:
any expectation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa

from publication.figure import ALL, DIMENSIONS, SEGMENTS, split_by

LONG_AGO = datetime(2020, 1, 1)
BANDS = {**dict.fromkeys(range(7), "detractor"), 7: "passive", 8: "passive", 9: "promoter", 10: "promoter"}
WEIGHTS = {"promoter": 1, "passive": 0, "detractor": -1}


@dataclass(frozen=True)
class Answer:
    """One answer received; without a `disposition` of its own it counts."""

    key: str
    day: date
    score: int
    person: str = ""
    branch: str = "B1"
    journey_stage: str = "support"
    customer_value_tier: str = "Gold"
    region: str = "North"
    plan: str = "Scale"
    channel: str = "email"
    definition_version: str = "2023.1"
    disposition: str = "counted"
    account: str = "a1"
    loaded_at: datetime = LONG_AGO
    version_count: int = 1
    survey_type: str = "relationship"

    @property
    def answer_id(self) -> str:
        return hashlib.md5(self.key.encode()).hexdigest()

    def but(self, **changes: object) -> Answer:
        """The same answer with other content."""
        return replace(self, **changes)  # type: ignore[arg-type]


def some(number: int = 60, start: date = date(2025, 11, 1)) -> list[Answer]:
    """So many answers, one a day and person, over all scores and two branches; a third has very few."""
    return [
        Answer(
            key=f"qualtrics:R{index}:QID1",
            day=start + timedelta(days=index),
            score=(index * 7) % 11,
            person=f"p{index}",
            branch="B3" if index % 25 == 4 else "B1" if index % 3 else "B2",
        )
        for index in range(number)
    ]


def fill(warehouse: Path, answers: Iterable[Answer], as_of: date) -> Path:
    """Write the schemas `marts` and `publication` of these answers, replacing what is there."""
    with duckdb.connect(warehouse) as connection:
        connection.execute("create schema if not exists marts; create schema if not exists publication")
        connection.register("given", _received(answers))
        connection.execute("create or replace table marts.fct_survey_responses as from given")
        connection.execute(_CURRENT_UNTIL)
        periods = pa.Table.from_pylist([{"grain": g, "start": s, "until": e} for g, s, e in _periods(as_of)])
        connection.register("periods", periods)
        connection.execute(_cells())
        connection.execute(_SCORES)
        connection.execute(_RESPONSES)
        connection.execute(_DEFINITIONS)
        connection.execute(_EXCLUSIONS)
        connection.execute("comment on table publication.nps_scores is 'The governed score'")
        connection.execute("comment on column publication.nps_scores.nps is 'It''s −100..100'")
    return warehouse


def _received(answers: Iterable[Answer]) -> pa.Table:
    rows = []
    for answer in answers:
        counts = answer.disposition == "counted"
        band = BANDS[answer.score] if counts else None
        print_ = f"{answer.key}:{answer.score}:{band}:{answer.definition_version}"
        rows.append(
            {
                "answer_key": answer.key,
                "source": answer.key.split(":")[0],
                "survey_id": "SV1",
                "question_id": "QID1",
                "disposition": answer.disposition,
                "is_counted": counts,
                "likelihood_score": answer.score if counts else None,
                "nps_band": band,
                "nps_weight": WEIGHTS[band] if band else None,
                "survey_type": answer.survey_type,
                "definition_version": answer.definition_version,
                "responded_at": datetime.combine(answer.day, datetime.min.time()) + timedelta(hours=9),
                "response_date": answer.day,
                "person_key": answer.key if answer.disposition == "erased" else answer.person or answer.key,
                "contact_key": f"c-{answer.person}",
                "account_key": answer.account,
                **{dimension: getattr(answer, dimension) for dimension in DIMENSIONS},
                "loaded_at": answer.loaded_at,
                "load_id": "1700000000.1",
                "version_count": answer.version_count,
                "fingerprint": str(int(hashlib.md5(print_.encode()).hexdigest()[:24], 16))
                if counts
                else None,
            }
        )
    return pa.Table.from_pylist(rows)


def _periods(as_of: date) -> Iterable[tuple[str, date, date]]:
    first = date(2025, 11, 1)
    yield "all_time", first, as_of
    month = first
    ends = {as_of}
    while month < as_of:
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield "month", month, following
        if following <= as_of:
            ends.add(following)
        month = following
    yield "year", date(2025, 1, 1), date(2026, 1, 1)
    for end in sorted(ends):
        yield "trailing_365d", end - timedelta(days=365), end


_CURRENT_UNTIL = """
    create or replace table marts.fct_survey_responses as
    select
        * exclude (fingerprint), cast(fingerprint as decimal(38, 0)) as answer_fingerprint,
        case when is_counted then cast(least(
            coalesce(
                lead(response_date) over (
                    partition by is_counted, survey_type, person_key order by responded_at, answer_key
                ) + 1,
                response_date + 366
            ),
            response_date + 366
        ) as date) end as current_until
    from marts.fct_survey_responses
"""


def _cells() -> str:
    by_segment = " union all ".join(
        f"select '{segment}' as segment, "
        + ", ".join(
            f"{dimension} as {dimension}" if dimension in split_by(segment) else f"'{ALL}' as {dimension}"
            for dimension in DIMENSIONS
        )
        + ", survey_type, definition_version, response_date, current_until, nps_band, answer_fingerprint"
        " from marts.fct_survey_responses where is_counted"
        for segment in SEGMENTS
    )
    dimensions = ", ".join(DIMENSIONS)
    return f"""
        create or replace table marts.fct_nps_cells as
        with split as ({by_segment}),
        measured as (
            select 'in_period' as measure, * from split inner join periods
            on response_date >= start and response_date < until
            union all
            select 'current_state' as measure, * from split inner join periods
            on response_date >= start and response_date < until and current_until > until
            where grain = 'trailing_365d'
        )
        select
            survey_type, measure, grain as period_grain, start as period_start, until as period_end, segment,
            {dimensions}, definition_version,
            count(*) filter (nps_band = 'promoter') as promoters,
            count(*) filter (nps_band = 'passive') as passives,
            count(*) filter (nps_band = 'detractor') as detractors,
            count(*) as responses,
            cast(sum(answer_fingerprint) as decimal(38, 0)) as answers_fingerprint
        from measured
        group by all
    """


_SCORES = """
    create or replace table publication.nps_scores as
    with scored as (
        select
            *, 100.0 * (promoters - detractors) / responses as score, responses + 3 as n3,
            (promoters + 0.75) / (responses + 3) as p, (detractors + 0.75) / (responses + 3) as d
        from marts.fct_nps_cells
    ),
    bounded as (
        select *, 1.959963984540054 * sqrt((p + d - (p - d) ** 2) / n3) as margin from scored
    )
    select
        survey_type, measure, period_grain, period_start, period_end, segment, customer_value_tier,
        journey_stage, branch, region, plan, channel, definition_version,
        if(responses >= 5, promoters, null) as promoters, if(responses >= 5, passives, null) as passives,
        if(responses >= 5, detractors, null) as detractors, responses,
        if(responses >= 30, score, null) as nps,
        if(responses >= 5, greatest(-100.0, 100 * (p - d - margin)), null) as nps_low,
        if(responses >= 5, least(100.0, 100 * (p - d + margin)), null) as nps_high,
        case
            when responses < 5 then 'suppressed' when responses < 30 then 'interval_only'
            when responses < 100 then 'indicative' else 'reportable'
        end as reportability,
        case branch when 'B1' then 'Lyon' else branch end as branch_name
    from bounded
"""

_RESPONSES = """
    create or replace table publication.nps_responses as
    select
        survey_type, cast(date_trunc('year', response_date) as date) as response_year,
        likelihood_score, nps_band, nps_weight, customer_value_tier, journey_stage, definition_version
    from marts.fct_survey_responses
    where is_counted
"""

_DEFINITIONS = """
    create or replace table publication.metric_definitions as
    select
        '2023.1' as definition_version, date '2023-01-01' as valid_from, cast(null as date) as valid_to,
        'NPS council' as approved_by, 'The first' as reason, 'score_band' as element, item, value_text,
        'Scores of the band' as description
    from (values ('promoter', '9-10'), ('passive', '7-8'), ('detractor', '0-6')) as bands (item, value_text)
"""

_EXCLUSIONS = """
    create or replace table publication.response_dispositions as
    select
        source, disposition, survey_type, cast(date_trunc('month', response_date) as date) as response_month,
        count(*) as answers, disposition as description
    from marts.fct_survey_responses
    group by all
"""
