"""Which of the delivered rows are new versions, and under which id. Knows SQL; holds and reads nothing."""

from datetime import datetime


def choose_sql(now: datetime) -> str:
    """Makes `chosen`: position, record, version id and version time of each delivered row that is a version.

    * A record that raw does not know, or of which all is withdrawn: each of its readings is a version.
    * A known record, delivered with another modification time than the latest has: what raw does not have of
      it is a new version, be it newer or older.
    * A known record without a modification time, or one whose content changed while the time did not, or the
      same text read anew under another mapping: the load's time makes it a version after those in raw.
    * A delivery that repeats what raw has of such a record, ending in the latest, brings nothing.
    * Rows of a record that are read alike are one version, at the place of the last.

    A version's id is the hash of its text. Where that is taken, by a version that was withdrawn or by another
    reading of the same text, the load's time follows, and a number where one load reads it in several ways.
    """
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return f"""
create table chosen as
with ranked as (
  select
    record_id, reading, content_hash, version_at,
    row_number() over (
      partition by record_id order by version_at desc nulls last, load_id desc, position desc
    ) as place
  from known
  where not is_withdrawn
),

latest as (
  select record_id, reading, content_hash, version_at from ranked where place = 1
),

contents as (
  select distinct record_id, reading from known where not is_withdrawn
),

placed as (
  select
    o.position, o.record_id, o.content_hash, o.own_time, o.reading,
    l.record_id is not null as is_known,
    l.reading as latest_reading,
    l.version_at as latest_at,
    l.content_hash as latest_hash,
    c.reading is not null as is_in_raw,
    o.own_time is null or o.own_time is not distinct from l.version_at as follows_latest
  from offered as o
  left join latest as l on o.record_id = l.record_id
  left join contents as c on o.record_id = c.record_id and o.reading = c.reading
),

compared as (
  select
    *,
    lag(reading) over by_position as previous_reading,
    bool_and(is_in_raw) over by_record and last_value(reading) over by_record = latest_reading as is_repeat
  from placed
  window
    by_position as (partition by record_id, own_time order by position),
    by_record as (
      partition by record_id, own_time order by position
      rows between unbounded preceding and unbounded following
    )
),

changed as (
  select
    *,
    is_known and (follows_latest or content_hash = latest_hash) as is_restated
  from compared
  where
    case
      when not is_known then true
      when follows_latest then not is_repeat and reading <> coalesce(previous_reading, latest_reading)
      else not is_in_raw
    end
),

-- of the same row read in several ways, which reading comes first, second, …
first_places as (
  select record_id, content_hash, reading, min(position) as first_place
  from changed
  group by record_id, content_hash, reading
),

readings_of_a_text as (
  select
    *,
    row_number() over (partition by record_id, content_hash order by first_place) as reading_number
  from first_places
),

identified as (
  select
    c.position, c.record_id, c.reading,
    case
      when k.version_id is not null or c.is_restated or r.reading_number > 1
        then c.content_hash || '@{moment}'
          || case when r.reading_number > 1 then '.' || r.reading_number else '' end
      else c.content_hash
    end as version_id,
    case
      when c.is_restated then coalesce(greatest(c.own_time, c.latest_at), '{moment}'::timestamptz)
      else c.own_time
    end as version_at,
    row_number() over (partition by c.record_id, c.reading order by c.position desc) as place_from_the_end
  from changed as c
  inner join readings_of_a_text as r
    on c.record_id = r.record_id and c.content_hash = r.content_hash and c.reading = r.reading
  left join known as k on c.record_id = k.record_id and c.content_hash = k.version_id
)

select position, record_id, reading, version_id, version_at from identified where place_from_the_end = 1
"""
