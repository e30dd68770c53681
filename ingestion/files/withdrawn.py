"""What a new reading of a file withdraws from earlier readings (docs/decisions/0026).

Only the file itself withdraws its rows: what it gave under its name and no longer gives is withdrawn if the
file shows that it was wrong, unless another file gives it too. What it merely does not mention stays, because
files that keep their name may hold only new rows, or the last ninety days.

* The row is in the file and is now read differently: `read_otherwise`. This includes everything that earlier
  readings made of the same bytes under another mapping.
* The file has other bytes and at least half of the records it had: a corrected delivery. Missing answers and
  invitations, within the time that it still covers, and missing invalid rows are withdrawn: `not_in_file`. In
  other tables only a row says that something is gone.
* The file has other bytes and less than half of the records: an addition under the old name, which withdraws
  nothing by omission.

Works on the tables of `earlier.py` and on `offered`, `rejected`; decides nothing about new versions.
"""

import duckdb

from ingestion.files.settled import UNFIT
from ingestion.files.sql import literal
from ingestion.files.tables import FileTable

READ_OTHERWISE = "read_otherwise"
NOT_IN_FILE = "not_in_file"


def withdraw(db: duckdb.DuckDBPyConnection, table: FileTable) -> None:
    """Makes `withdrawn` (rows of the raw table) and `sharing`, and marks `known` and `set_aside`.

    Also makes `modes`: for each delivered file whether only its mapping changed, or it is an addition.
    """
    for statement in (
        UNFIT,
        _EARLIER,
        _modes_sql(table),
        _dropped_sql(table),
        _REJECTS,
        _withdrawn_sql(table),
        _sharing_sql(table),
    ):
        db.execute(statement)
    db.execute(
        "update known set is_withdrawn = true from withdrawn as w "
        "where known.record_id = w.record_id and known.version_id = w.version_id"
    )
    db.execute(
        "update set_aside set is_withdrawn = true from withdrawn as w "
        "where set_aside.original_hash = w.original_hash and set_aside.file_name = w.origin"
    )


# Every live version with each file that gives it, by that file's last word; of delivered files: until now.
_EARLIER = """
create table givers as
with landed as (
  select k.version_key, k.file_name, k.load_id
  from known as k
  where not k.is_withdrawn
),

said as (
  select version_key, file_name, load_id, true as is_given from landed
  anti join shared using (version_key, file_name)
  union all
  select s.version_key, s.file_name, s.load_id, s.is_given
  from shared as s
  semi join landed using (version_key)
)

select version_key, file_name, load_id from said where is_given;

create table given as select distinct file_name, record_id, reading from offered;

create table texts as select distinct file_name, content_hash from offered;

-- what each delivered file gave before, and whether it gives it again
create table before as
select
  g.file_name, g.load_id, k.version_key, k.record_id, k.version_id, k.content_hash, k.moment,
  a.reading is not null as is_given_again,
  t.content_hash is not null as is_text_there,
  r.record_id is not null as is_record_there
from givers as g
inner join files as f on g.file_name = f.file_name
inner join known as k on g.version_key = k.version_key
left join given as a on g.file_name = a.file_name and k.record_id = a.record_id and k.reading = a.reading
left join texts as t on g.file_name = t.file_name and k.content_hash = t.content_hash
left join (select distinct file_name, record_id from given) as r
  on g.file_name = r.file_name and k.record_id = r.record_id;

create table unfit_before as
with numbered as (
  select
    *,
    row_number() over (partition by file_name, text_hash, reason, detail order by original_hash) as copy
  from set_aside
  where not is_withdrawn
)

select
  n.*,
  u.text_hash is not null as is_given_again,
  n.text_hash in (select t.content_hash from texts as t where t.file_name = n.file_name)
    or n.text_hash in (select o.text_hash from unfit as o where o.file_name = n.file_name) as is_text_there,
  coalesce(n.record_id in (select g.record_id from given as g where g.file_name = n.file_name), false)
    as is_record_there
from numbered as n
left join unfit as u
  on n.file_name = u.file_name and n.text_hash = u.text_hash and n.reason = u.reason
    and n.detail = u.detail and n.copy = u.copy
"""


# A reading continues those since the last addition under its name; half of their records make the difference.
def _modes_sql(table: FileTable) -> str:
    return f"""
create table modes as
with begun as (
  select
    f.file_name,
    coalesce(max(r.load_id) filter (where r.is_addition), '') as start_load,
    coalesce(arg_max(r.bytes_hash, r.load_id) = any_value(f.bytes_hash), false) as is_mapping
  from files as f
  left join readings as r on f.file_name = r.file_name
  group by f.file_name
),

had as (
  select b.file_name, b.record_id, bool_or(b.is_record_there or b.is_text_there) as is_there
  from before as b
  inner join begun as s on b.file_name = s.file_name and b.load_id >= s.start_load
  group by b.file_name, b.record_id
  union all
  select u.file_name, u.original_hash, u.is_given_again or u.is_text_there or u.is_record_there
  from unfit_before as u
  inner join begun as s on u.file_name = s.file_name and u.load_id >= s.start_load
),

counted as (
  select file_name, count(*) as records, count(*) filter (where is_there) as still_there
  from had
  group by file_name
),

spans as (
  select file_name, min(moment) as first_moment, max(moment) as last_moment from offered group by file_name
)

select
  s.file_name, s.start_load, s.is_mapping,
  not s.is_mapping and (coalesce(c.records, 0) = 0 or 2 * c.still_there < c.records) as is_addition,
  {str(not table.is_of_events).lower()} as is_lasting,
  p.first_moment, p.last_moment
from begun as s
left join counted as c on s.file_name = c.file_name
left join spans as p on s.file_name = p.file_name
"""


def _dropped_sql(table: FileTable) -> str:
    """`dropped`: versions that a delivered file gave and takes back, with the reason."""
    gone = "false"
    if table.is_of_events:
        gone = (
            "not m.is_addition and b.load_id >= m.start_load and not b.is_record_there "
            "and b.moment between m.first_moment and m.last_moment"
        )
    return f"""
create table dropped as
with judged as (
  select
    b.*,
    case
      when b.is_text_there or (m.is_mapping and r.load_id is not null) then {literal(READ_OTHERWISE)}
      when {gone} then {literal(NOT_IN_FILE)}
    end as reason
  from before as b
  inner join modes as m on b.file_name = m.file_name
  inner join files as f on b.file_name = f.file_name
  left join readings as r
    on b.file_name = r.file_name and b.load_id = r.load_id and r.bytes_hash = f.bytes_hash
  where not b.is_given_again
)

select * from judged where reason is not null
"""


_REJECTS = f"""
create table unfit_dropped as
with judged as (
  select
    u.*,
    case
      when u.is_text_there or u.is_record_there or (m.is_mapping and r.load_id is not null)
        then {literal(READ_OTHERWISE)}
      when not m.is_addition and u.load_id >= m.start_load then {literal(NOT_IN_FILE)}
    end as drop_reason
  from unfit_before as u
  inner join modes as m on u.file_name = m.file_name
  inner join files as f on u.file_name = f.file_name
  left join readings as r
    on u.file_name = r.file_name and u.load_id = r.load_id and r.bytes_hash = f.bytes_hash
  where not u.is_given_again
)

select * from judged where drop_reason is not null
"""


def _withdrawn_sql(table: FileTable) -> str:
    """`withdrawn`: versions that no file gives any more, and quarantine rows, with the file that said so."""
    return f"""
create table withdrawn as
with still_given as (
  select version_key from givers
  anti join dropped using (version_key, file_name)
  union
  select k.version_key
  from known as k
  inner join given as g on k.record_id = g.record_id and k.reading = g.reading
  where not k.is_withdrawn
),

final as (
  select
    {literal(table.name)} as table_name, record_id, version_id, null::varchar as original_hash,
    null::varchar as origin, max(file_name) as file_name, arg_max(reason, file_name) as reason
  from dropped
  anti join still_given using (version_key)
  group by record_id, version_id
  union all
  select
    {literal(table.name)}, null, null, original_hash, file_name, file_name, drop_reason
  from unfit_dropped
)

select * from final
"""


def _sharing_sql(table: FileTable) -> str:
    """`sharing`: what delivered files say anew about versions that other files give too."""
    return f"""
create table sharing as
with taken_back as (
  select d.version_key, d.file_name, false as is_given
  from dropped as d
  anti join withdrawn as w on d.record_id = w.record_id and d.version_id = w.version_id
),

given_too as (
  select k.version_key, g.file_name, true as is_given
  from known as k
  inner join given as g on k.record_id = g.record_id and k.reading = g.reading
  anti join givers as s on k.version_key = s.version_key and g.file_name = s.file_name
  where not k.is_withdrawn
)

select {literal(table.name)} as table_name, version_key, file_name, is_given from taken_back
union all
select {literal(table.name)}, version_key, file_name, is_given from given_too
"""
