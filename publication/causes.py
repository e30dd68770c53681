"""What happened to each answer between two publications: one cause per answer.

* A corrected file withdrew the answer, and gives it differently or not at all: `withdrawal`, unless it was
  erased.
* It came: `late_answer`; but `edit` if it has earlier versions, and `superseded` if it was already loaded,
  unchanged, so that only its rank among the person's answers changed.
* It left and is gone: `deletion`.
* It left, is still here but does not count: by its disposition `erasure`, `superseded`, `definition` (its
  question is no longer registered), `attribute` (it is now a staff answer), else `edit`.
* It stayed: the first change that applies. Score or day: `edit`. Definition, survey type or band:
  `definition`. Dimensions: `merge` if its account or contact was merged since, else `attribute`.

Belongs here: comparing answers. Does not belong here: which figures an answer is in (`restatements`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from publication import answers

_COLUMNS = ("survey_type", "likelihood_score", "nps_band", "nps_weight", "definition_version")
_OTHER_DAY = "then_.response_date is distinct from now_.response_date"
_STATE = """answer bigint, is_later boolean, cause varchar, person_key varchar, survey_type varchar,
    definition_version varchar, response_date date, nps_weight integer, likelihood_score integer,
    current_until date"""


#: The id of a raw record as keys have it.
_ID = "lower(trim(records.record_id))"


def none_known(connection: duckdb.DuckDBPyConnection, split_by: Sequence[str]) -> None:
    """Create the tables of `of_answers` empty, because the earlier answers are gone."""
    dimensions = ", ".join(f"{dimension} varchar" for dimension in split_by)
    for table in ("changed_states", "kindred_states"):
        connection.execute(f"create or replace temporary table {table} ({_STATE}, {dimensions})")
    connection.execute("create or replace temporary table changed_answers (answer bigint, answer_id varchar)")


def of_answers(
    connection: duckdb.DuckDBPyConnection,
    earlier: Path,
    published_at: datetime | None,
    split_by: Sequence[str],
) -> None:
    """Compare the answers of an earlier version, in its file, with those of `working`, in the dimensions that
    both have (`split_by`).

    Creates three temporary tables. `changed_answers`: a number for each changed answer. `changed_states`: one
    row for each then (`is_later` false) and now (true) with its cause, dimensions and date.
    `kindred_states`: the counted answers of the same person and survey type now, with the related changed
    answer. Raises duckdb.Error.
    """
    sides = answers.relation(connection, earlier), answers.attach(connection)
    _merged_since(connection, published_at)
    _withdrawn_since(connection, published_at)
    _changed_answers(connection, sides, published_at, split_by)
    _changed_states(connection, sides, split_by)
    _kindred_states(connection, split_by)


def _changed_answers(
    connection: duckdb.DuckDBPyConnection,
    sides: tuple[str, str],
    published_at: datetime | None,
    split_by: Sequence[str],
) -> None:
    """The changed answers, numbered, each with its cause, its person and `current_until`."""
    since = "null" if published_at is None else f"timestamp '{_utc(published_at)}'"
    others = (f"then_.{column} is distinct from now_.{column}" for column in (*_COLUMNS, *split_by))
    changed = " or ".join((_OTHER_DAY, *others))
    connection.execute(
        f"""
        create or replace temporary table changed_answers as
        with differing as (
            select
                answer_id,
                then_.answer_id is not null as was_counted,
                now_.answer_id is not null as is_counted,
                then_.likelihood_score is distinct from now_.likelihood_score
                or {_OTHER_DAY} as is_edited,
                then_.definition_version is distinct from now_.definition_version
                or then_.survey_type is distinct from now_.survey_type
                or then_.nps_band is distinct from now_.nps_band
                or then_.nps_weight is distinct from now_.nps_weight as is_redefined
            from {sides[0]} as then_
            full outer join {sides[1]} as now_ using (answer_id)
            where then_.answer_id is null or now_.answer_id is null or {changed}
        ),

        received as (
            select
                md5(answer_key) as answer_id,
                disposition,
                person_key,
                account_key,
                contact_key,
                current_until,
                loaded_at,
                version_count
            from working.marts.fct_survey_responses
            where md5(answer_key) in (select answer_id from differing)
        ),

        final as (
            select
                row_number() over (order by differing.answer_id) as answer,
                differing.answer_id,
                received.person_key,
                received.current_until,
                case
                    when differing.answer_id in (select answer_id from withdrawn_since)
                        and disposition is distinct from 'erased' then 'withdrawal'
                    when not was_counted and coalesce(version_count, 1) > 1 then 'edit'
                    when not was_counted and loaded_at < {since} then 'superseded'
                    when not was_counted then 'late_answer'
                    when not is_counted and received.answer_id is null then 'deletion'
                    when not is_counted
                        then case disposition
                            when 'erased' then 'erasure'
                            when 'superseded' then 'superseded'
                            when 'quarantine_window' then 'superseded'
                            when 'unregistered_question' then 'definition'
                            when 'staff_or_own_domain' then 'attribute'
                            else 'edit'
                        end
                    when is_edited then 'edit'
                    when is_redefined then 'definition'
                    when account_key in (select survivor_key from merged_since)
                        or contact_key in (select survivor_key from merged_since) then 'merge'
                    else 'attribute'
                end as cause
            from differing
            left join received on differing.answer_id = received.answer_id
        )

        select * from final
        """
    )


def _changed_states(
    connection: duckdb.DuckDBPyConnection, sides: tuple[str, str], split_by: Sequence[str]
) -> None:
    """The changed answers as they were then and as they are now."""
    dimensions = ", ".join(f"published.{dimension}" for dimension in split_by)
    connection.execute(
        f"""
        create or replace temporary table changed_states as
        {
            " union all ".join(
                f'''
            select
                changed.answer, {later} as is_later, changed.cause, changed.person_key, published.survey_type,
                published.definition_version, published.response_date,
                cast(published.nps_weight as integer) as nps_weight, published.likelihood_score,
                {"changed.current_until" if later == "true" else "cast(null as date)"} as current_until,
                {dimensions}
            from {table} as published
            inner join changed_answers as changed using (answer_id)
            '''
                for later, table in zip(("false", "true"), sides, strict=True)
            )
        }
        """
    )


def _kindred_states(connection: duckdb.DuckDBPyConnection, split_by: Sequence[str]) -> None:
    """The counted answers of the same persons: one of them may count instead of a changed one."""
    kin = ", ".join(f"kin.{dimension}" for dimension in split_by)
    connection.execute(
        f"""
        create or replace temporary table kindred_states as
        select distinct
            changed.answer, changed.cause, kin.survey_type, kin.definition_version,
            kin.response_date, {kin}
        from changed_states as changed
        inner join working.marts.fct_survey_responses as kin
            on changed.person_key = kin.person_key and changed.survey_type = kin.survey_type
        where kin.is_counted
        """
    )


def _merged_since(connection: duckdb.DuckDBPyConnection, published_at: datetime | None) -> None:
    """`merged_since`: survivors of accounts and contacts whose merge was loaded after that time."""
    tables = connection.execute(
        "select schema_name, table_name from duckdb_columns()"
        " where database_name = 'working' and starts_with(schema_name, 'raw_')"
        " and column_name = 'merged_into_id' order by all"
    ).fetchall()
    losers = [
        f"select unnest([{_ID}, '{schema.removeprefix('raw_')}:' || {_ID}]) as loser_id"
        f" from working.{schema}.{table} as records"
        f" inner join working.{schema}._dlt_loads as loads on records._dlt_load_id = loads.load_id"
        " where records.merged_into_id is not null and loads.status = 0"
        + (f" and loads.inserted_at > timestamptz '{published_at.isoformat()}'" if published_at else "")
        for schema, table in tables
    ]
    known = connection.execute(
        "select 'select ' || if(table_name = 'int_accounts__merged', 'account_key', 'contact_key')"
        " || ' as loser_key, survivor_key from working.intermediate.' || table_name from duckdb_tables()"
        " where database_name = 'working' and schema_name = 'intermediate'"
        " and table_name in ('int_accounts__merged', 'int_contacts__identified') order by all"
    ).fetchall()
    merges = [select for (select,) in known]
    if not losers or not merges:
        connection.execute("create or replace temporary table merged_since (survivor_key varchar)")
        return
    # A key is its record's id, after the CRM's name where there are several CRMs; the key of a record with a
    # short id begins with that id.
    connection.execute(
        f"create or replace temporary table merged_since as with losers as ({' union all '.join(losers)})"
        f" select distinct survivor_key from ({' union all '.join(merges)})"
        " where loser_key in (select loser_id from losers)"
        " or left(loser_key, 15) in (select loser_id from losers)"
    )


def _withdrawn_since(connection: duckdb.DuckDBPyConnection, published_at: datetime | None) -> None:
    """`withdrawn_since`: answers that a corrected file withdrew after that time, and those that it gives
    instead: the same row under another id, or out of quarantine."""
    connection.execute("create or replace temporary table withdrawn_since (answer_id varchar)")
    there = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'working' and schema_name = 'raw_files'"
        " and table_name in ('withdrawals', 'surveys_responses', 'quarantine')"
    ).fetchone()
    if there != (3,):
        return
    since = f" and loads.inserted_at > timestamptz '{published_at.isoformat()}'" if published_at else ""
    connection.execute(
        f"""
        insert into withdrawn_since
        with taken_back as (
            select withdrawals.*
            from working.raw_files.withdrawals
            inner join working.raw_files._dlt_loads as loads on withdrawals._dlt_load_id = loads.load_id
            where withdrawals.table_name = 'surveys_responses' and loads.status = 0{since}
        ),

        texts as (
            select taken_back._dlt_load_id, records.file_name, records.content_hash
            from taken_back
            inner join working.raw_files.surveys_responses as records using (record_id, version_id)
            union
            select taken_back._dlt_load_id, rejects.origin, md5(rejects.original_text)
            from taken_back
            inner join working.raw_files.quarantine as rejects using (table_name, origin, original_hash)
        )

        select md5('files:' || record_id) from taken_back where record_id is not null
        union
        select md5('files:' || records.record_id)
        from working.raw_files.surveys_responses as records
        semi join texts using (_dlt_load_id, file_name, content_hash)
        """
    )


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
