"""What must be true of every vendor's raw tables, before anything is built on them.

Belongs here: keys, hashes, types, complete loads, quarantine reasons. Does not belong here: what an
answer means (`nps_definition`). Every rule is a select of the rows that break it, from `checked`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from expectations.declaring import Fields
from expectations.offending_rows import ExpectNoOffendingRows, offending

QUARANTINE_REASONS = (
    "malformed_json",
    "missing_required",
    "wrong_type",
    "bad_timestamp",
    "bad_row_shape",
    "undecodable",
    "error_cell",
    "unreadable",
    "unknown_status",
    "rounded_id",
)
WITHDRAWAL_REASONS = ("read_otherwise", "not_in_file")


class ExpectRecordVersionsToBeUnique(ExpectNoOffendingRows):
    """Raw keeps every version of every record once."""

    description: str = "Every version of a record (record_id, version_id) is in raw once"
    unexpected_rows_query: str = offending("""
        select record_id, version_id, count(*) as copies
        from checked
        group by record_id, version_id
        having count(*) > 1
    """)


class ExpectRowsToHoldWhatWasSent(ExpectNoOffendingRows):
    """The payload is still what the vendor sent, and the columns every raw row starts with have a value."""

    description: str = (
        "Every row has its record, load, position (from 1 on) and payload; content_hash is the payload's md5,"
        " and version_id begins with it"
    )
    unexpected_rows_query: str = offending("""
        select record_id, version_id, content_hash, _dlt_load_id, position, md5(payload) as md5_of_payload
        from checked
        where
            coalesce(record_id, '') = ''
            or coalesce(_dlt_load_id, '') = ''
            or coalesce(position, 0) < 1
            or coalesce(md5(payload) <> content_hash, true)
            or coalesce(
                version_id <> content_hash and substring(version_id, 1, 33) <> content_hash || '@', true
            )
    """)


class ExpectLoadsToBeComplete(ExpectNoOffendingRows):
    """No row of a load that never ended: it would not be read, and not be loaded again either."""

    description: str = "Every raw row came in a load that ended (status 0 in _dlt_loads)"

    @classmethod
    def of(cls, schema: str) -> Self:
        return cls(
            unexpected_rows_query=offending(f"""
                select checked._dlt_load_id, count(*) as raw_rows
                from checked
                left join {schema}._dlt_loads as loads
                    on checked._dlt_load_id = loads.load_id and loads.status = 0
                where loads.load_id is null
                group by checked._dlt_load_id
            """)
        )


class ExpectScoresToBeDoubles(ExpectNoOffendingRows):
    """A score column of another type has lost or changed scores on its way in."""

    description: str = "The column score exists and is a double"

    @classmethod
    def of(cls, schema: str, table: str) -> Self:
        return cls(
            unexpected_rows_query=offending(f"""
                select expected.column_name, columns.data_type
                from (select 'score' as column_name) as expected
                left join information_schema.columns as columns
                    on
                        expected.column_name = columns.column_name
                        and columns.table_schema = '{schema}'
                        and columns.table_name = '{table}'
                where coalesce(lower(columns.data_type), 'missing') not in ('double', 'double precision')
            """)
        )


class ExpectNoVariantColumns(ExpectNoOffendingRows):
    """A loader that meets another type puts the value in a column of its own and leaves a null."""

    description: str = "No value was diverted to a variant column (__v_): its own column is empty then"

    @classmethod
    def of(cls, schema: str, table: str) -> Self:
        return cls(
            unexpected_rows_query=offending(f"""
                select column_name, data_type
                from information_schema.columns
                where
                    table_schema = '{schema}'
                    and table_name = '{table}'
                    and position('__v_' in column_name) > 0
            """)
        )


class ExpectRecordsToCarryTheirFields(ExpectNoOffendingRows):
    """What a loader does not ask the vendor for is in no payload, and no recount can miss it."""

    description: str = (
        "Every record carries the fields that decide who answered and under what, be they empty"
    )

    @classmethod
    def of(cls, fields: Fields, columns: Sequence[str]) -> Self:
        """About a table whose payloads are JSON objects; a column that is not declared is not asked for."""
        keys = [fields[column].steps[0][0] for column in columns if column in fields]
        absent = " or ".join(f"""position('"{key}"' in payload) = 0""" for key in keys) or "false"
        return cls(
            unexpected_rows_query=offending(f"select record_id, version_id from checked where {absent}")
        )


class ExpectQuarantineReasonsFromTheClosedList(ExpectNoOffendingRows):
    """What did not fit is kept with a reason, where it came from and its original text."""

    description: str = "Every quarantined record has a known reason, its origin and its original text"
    unexpected_rows_query: str = offending(f"""
        select table_name, record_id, reason, origin, original_hash
        from checked
        where
            coalesce(reason, '') not in {QUARANTINE_REASONS}
            or table_name is null
            or origin is null
            or original_text is null
    """)


class ExpectNothingQuarantinedTwice(ExpectNoOffendingRows):
    """A re-run must not add to what was set aside, or received would not add up."""

    description: str = "Every quarantined record (table_name, origin, original_hash) is there once"
    unexpected_rows_query: str = offending("""
        select table_name, origin, original_hash, count(*) as copies
        from checked
        group by table_name, origin, original_hash
        having count(*) > 1
    """)


class ExpectReadingsOfFilesToAddUp(ExpectNoOffendingRows):
    """What the reader met of a file is what came of it: in raw, in quarantine, or there before."""

    description: str = (
        "Of each file and load, received = landed + known + repeated + quarantined, and what landed is in raw"
    )

    @classmethod
    def of(cls, tables: Sequence[str]) -> Self:
        """About `intake`; `tables` are those that files fill."""
        held = " union all ".join(
            f"select '{table}' as table_name, file_name, _dlt_load_id, 1 as landed, 0 as quarantined"
            f" from raw_files.{table}"
            for table in tables
        )
        return cls(
            unexpected_rows_query=offending(f"""
                select
                    checked.table_name, checked.file_name, checked._dlt_load_id, checked.received,
                    checked.landed, coalesce(sum(held.landed), 0) as in_raw,
                    checked.quarantined, coalesce(sum(held.quarantined), 0) as in_quarantine
                from checked
                left join (
                    {held}
                    union all
                    select table_name, origin, _dlt_load_id, 0, 1 from raw_files.quarantine
                ) as held
                    on checked.table_name = held.table_name
                    and checked.file_name = held.file_name
                    and checked._dlt_load_id = held._dlt_load_id
                group by
                    checked.table_name, checked.file_name, checked._dlt_load_id, checked.received,
                    checked.landed, checked.known, checked.repeated, checked.quarantined
                having
                    checked.received
                    <> checked.landed + checked.known + checked.repeated + checked.quarantined
                    or checked.landed <> coalesce(sum(held.landed), 0)
                    or checked.quarantined <> coalesce(sum(held.quarantined), 0)
            """)
        )


class ExpectWithdrawalsToNameWhatIsThere(ExpectNoOffendingRows):
    """What was taken back stays: a withdrawal names a version or a quarantine row that is still there."""

    description: str = "Everything withdrawn is still in its table, withdrawn once, for a known reason"

    @classmethod
    def of(cls, tables: Sequence[str]) -> Self:
        """About `withdrawals`; `tables` are those that files fill."""
        held = " union all ".join(
            f"select '{table}' as table_name, record_id || '|' || version_id as what from raw_files.{table}"
            for table in tables
        )
        return cls(
            unexpected_rows_query=offending(f"""
                with named as (
                    select
                        table_name, reason,
                        coalesce(record_id || '|' || version_id, 'unfit|' || origin || '|' || original_hash)
                            as what
                    from checked
                )

                select named.table_name, named.what, count(*) as times
                from named
                left join (
                    {held}
                    union all
                    select table_name, 'unfit|' || origin || '|' || original_hash from raw_files.quarantine
                ) as held
                    on named.table_name = held.table_name and named.what = held.what
                group by named.table_name, named.what
                having
                    count(*) > 1 or bool_or(held.what is null)
                    or bool_or(named.reason not in {WITHDRAWAL_REASONS})
            """)
        )
