"""What must hold of a CRM's merges before anything is counted under a survivor.

Belongs here: sentences about merges. Does not belong here: who survives (`recount`).
"""

from __future__ import annotations

from expectations.offending_rows import ExpectNoOffendingRows, offending


class ExpectMergesToEnd(ExpectNoOffendingRows):
    """Of records that were merged in a circle nobody survived; the CRM has to say who does.

    A record that was merged into itself is its own survivor, and one merged into an unknown record is its own
    until that one comes.
    """

    description: str = "Every merge leads to a record that was not merged itself"
    unexpected_rows_query: str = offending("""
        with recursive current_records as (
            select record_id, merged_into_id
            from checked
            qualify row_number() over (
                partition by record_id order by version_at desc nulls last, _dlt_load_id desc, position desc
            ) = 1
        ),
        merges as (
            select record_id, merged_into_id
            from current_records
            where merged_into_id <> record_id
        ),
        walks as (
            select record_id, merged_into_id as reached from merges
            union
            select walks.record_id, merges.merged_into_id
            from walks
            inner join merges on walks.reached = merges.record_id
            where walks.reached <> walks.record_id
        )
        select walks.record_id, string_agg(distinct others.reached, ', ' order by others.reached) as circle
        from walks
        inner join walks as others on walks.record_id = others.record_id
        where walks.record_id = walks.reached
        group by walks.record_id
        order by walks.record_id
    """)
