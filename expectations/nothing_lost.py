"""That no answer is lost, invented or multiplied between the vendor and the additive counts.

Belongs here: comparisons of a mart with raw or with another mart, answer by answer. Does not belong here:
which answers count (`nps_definition`), and the published sums (`published_totals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from expectations.nps_definition import DIMENSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.raw_tables import ANSWER_TABLES


class ExpectOneRowPerAnswer(ExpectNoOffendingRows):
    """A join that finds two partners would count an answer twice."""

    description: str = "Every answer is one row after every join"
    unexpected_rows_query: str = offending("""
        select answer_key, count(*) as copies
        from checked
        group by answer_key
        having count(*) > 1 or answer_key is null
    """)


class ExpectEveryReceivedAnswer(ExpectNoOffendingRows):
    """The answers of the marts are the records of raw: none lost, none invented."""

    description: str = "The marts hold exactly the answers that raw received"

    @classmethod
    def of(cls, vendors: Sequence[str]) -> Self:
        received = " union all ".join(
            f"select distinct '{vendor}' as source, '{vendor}' || ':' || record_id as answer_key"
            f" from raw_{vendor}.{ANSWER_TABLES[vendor]}"
            f" where _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
            for vendor in vendors
            if vendor in ANSWER_TABLES
        )
        return cls(
            unexpected_rows_query=offending(f"""
                select
                    coalesce(received.answer_key, checked.answer_key) as answer_key,
                    case when received.answer_key is null then 'not in raw' else 'lost' end as what
                from ({received}) as received
                full outer join checked
                    on received.answer_key = checked.answer_key and received.source = checked.source
                where received.answer_key is null or checked.answer_key is null
            """)
        )


class ExpectDailyCountsToEqualTheAnswers(ExpectNoOffendingRows):
    """The additive counts are the counted answers, day by day and member by member."""

    description: str = "fct_nps_daily holds the counted answers of fct_survey_responses, no more, no less"
    unexpected_rows_query: str = offending(f"""
        select
            response_date, survey_type, definition_version, {", ".join(DIMENSIONS)},
            sum(promoters) as promoters_off, sum(passives) as passives_off,
            sum(detractors) as detractors_off, sum(responses) as responses_off
        from (
            select
                response_date, survey_type, definition_version, {", ".join(DIMENSIONS)},
                promoters, passives, detractors, responses
            from checked
            union all
            select
                cast(responded_at as date), survey_type, definition_version, {", ".join(DIMENSIONS)},
                case when score between 9 and 10 then -1 else 0 end,
                case when score between 7 and 8 then -1 else 0 end,
                case when score between 0 and 6 then -1 else 0 end,
                -1
            from marts.fct_survey_responses
            where disposition = 'counted'
        ) as both_sides
        group by response_date, survey_type, definition_version, {", ".join(DIMENSIONS)}
        having sum(promoters) <> 0 or sum(passives) <> 0 or sum(detractors) <> 0 or sum(responses) <> 0
    """)


class ExpectReceivedToEqualCountedExcludedAndQuarantined(ExpectNoOffendingRows):
    """The auditor's equation, per vendor and load."""

    description: str = "Received = counted + excluded by reason + older versions + quarantined, per load"

    @classmethod
    def of(cls, vendors: Sequence[str]) -> Self:
        received = " union all ".join(
            f"select '{vendor}' as source, _dlt_load_id as load_id, {disposition} as disposition"
            f" from raw_{vendor}.{table} where {condition}"
            f" and _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
            for vendor in vendors
            if vendor in ANSWER_TABLES
            for table, disposition, condition in (
                (ANSWER_TABLES[vendor], "'received'", "1 = 1"),
                ("quarantine", "'quarantined'", f"table_name = '{ANSWER_TABLES[vendor]}'"),
            )
        )
        return cls(
            unexpected_rows_query=offending(f"""
                select source, load_id, disposition, sum(answers) as answers_off
                from (
                    select source, load_id, disposition, -1 as answers from ({received}) as received
                    union all
                    select source, load_id, disposition, -1 from marts.fct_survey_responses
                    union all
                    select source, load_id, disposition, answers from checked
                    where disposition <> 'older_version'
                    union all
                    select source, load_id, 'received', answers from checked
                    where disposition <> 'quarantined'
                ) as both_sides
                group by source, load_id, disposition
                having sum(answers) <> 0
            """)
        )
