"""Checks that no answer is lost or invented between the vendor and the marts.

Belongs here: comparisons of a mart with raw, answer by answer. Does not belong here: which answers count
(`nps_definition`), what is published of them (`published_rows`), or the counts made of them (`recount`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.raw_tables import ANSWER_TABLES, unread


class ExpectEveryReceivedAnswer(ExpectNoOffendingRows):
    """The answers of the marts are the records of raw: none lost, none invented."""

    description: str = "The marts hold exactly the answers that raw received"

    @classmethod
    def of(cls, vendors: Sequence[str]) -> Self:
        received = " union all ".join(
            f"select distinct '{vendor}' as source, '{vendor}' || ':' || record_id as answer_key"
            f" from raw_{vendor}.{ANSWER_TABLES[vendor]}"
            f" where not {unread(vendor, ANSWER_TABLES[vendor])}"
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


class ExpectReceivedToEqualCountedExcludedAndQuarantined(ExpectNoOffendingRows):
    """The auditor's equation, per vendor, load and file; of what a file held, as its reader counted it."""

    description: str = (
        "Received = counted + excluded by reason + older versions + known + repeated + withdrawn"
        " + quarantined, per load and file"
    )

    @classmethod
    def of(cls, vendors: Sequence[str]) -> Self:
        with_answers = [vendor for vendor in vendors if vendor in ANSWER_TABLES]
        landed = " union all ".join(part for vendor in with_answers for part in _landed(vendor))
        return cls(
            unexpected_rows_query=offending(f"""
                with landed as ({landed}),
                read_by_files as ({_READ_BY_FILES}),
                both_sides as (
                    select source, load_id, file_name, disposition, -1 as answers
                    from landed where disposition in ('quarantined', 'withdrawn')
                    union all
                    select source, load_id, file_name, 'read', -1
                    from landed where disposition = 'read'
                    union all
                    select 'files', load_id, file_name, 'already_known', -known from read_by_files
                    union all
                    select 'files', load_id, file_name, 'repeated', -repeated from read_by_files
                    union all
                    select 'files', load_id, file_name, 'received', -received from read_by_files
                    union all
                    select source, load_id, '(all)', disposition, -1 from marts.fct_survey_responses
                    union all
                    select source, load_id, file_name, disposition, answers from checked
                    where disposition in ('quarantined', 'withdrawn', 'already_known', 'repeated')
                    union all
                    select source, load_id, file_name, 'read', answers from checked
                    where disposition not in ('quarantined', 'withdrawn', 'already_known', 'repeated')
                    union all
                    select source, load_id, '(all)', disposition, answers from checked
                    where disposition not in
                        ('quarantined', 'withdrawn', 'already_known', 'repeated', 'older_version')
                    union all
                    select checked.source, checked.load_id, checked.file_name, 'received', checked.answers
                    from checked
                    inner join read_by_files as counted
                        on checked.source = 'files' and checked.load_id = counted.load_id
                        and checked.file_name = counted.file_name
                )
                select source, load_id, file_name, disposition, sum(answers) as answers_off
                from both_sides
                group by source, load_id, file_name, disposition
                having sum(answers) <> 0
            """)
        )


# What the loader counted of each file with answers, in loads that ended.
_READ_BY_FILES = """
    select _dlt_load_id as load_id, file_name, received, known, repeated from raw_files.intake
    where table_name = 'surveys_responses'
        and _dlt_load_id in (select load_id from raw_files._dlt_loads where status = 0)
"""


def _landed(vendor: str) -> list[str]:
    """What raw and the quarantine of a vendor hold of answers: one row each, and whether it is read."""
    answers = ANSWER_TABLES[vendor]
    ended = f"_dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
    none = "'(none)'"
    return [
        f"select '{vendor}' as source, _dlt_load_id as load_id,"
        f" {file if vendor == 'files' else none} as file_name,"
        f" case when {unread(vendor, table)} then 'withdrawn' else '{otherwise}' end as disposition"
        f" from raw_{vendor}.{table} where {ended} and {condition}"
        for table, file, otherwise, condition in (
            (answers, "file_name", "read", "true"),
            ("quarantine", "origin", "quarantined", f"table_name = '{answers}'"),
        )
    ]
