"""The outcome for each delivered row, in SQL: the new quarantine rows, and the counts of each file.

Works on the tables that `choice.py` and `withdrawn.py` leave; decides nothing about versions.
"""

from ingestion.files.sql import literal
from ingestion.files.tables import FileTable

#: Unfit rows, of which those that look alike are counted: the last of them are those that are too many.
UNFIT = """
create table unfit as
select
  file_name, md5(original_text) as text_hash, reason, detail, record_id, original_text, row_number,
  row_number() over (partition by file_name, original_text, reason, detail order by row_number) as copy
from rejected
"""

#: Where raw has nothing of the files and their records, and no record comes twice.
NOTHING_EARLIER = f"""
{UNFIT};
create table unfit_before (
  file_name varchar, text_hash varchar, reason varchar, detail varchar, copy bigint, is_given_again boolean
);
create table withdrawn (nothing integer);
create table sharing (nothing integer)
"""


def quarantined_sql(table: FileTable) -> str:
    """Makes `quarantined`: what does not fit and is not in quarantine yet.

    Rows that are alike are as many quarantine rows; which of them are new tells their number, so that a row
    inserted elsewhere changes nothing.
    """
    return f"""
create table quarantined as
with new as (
  select u.* from unfit as u
  anti join (select * from unfit_before where is_given_again) as b
    on u.file_name = b.file_name and u.text_hash = b.text_hash and u.reason = b.reason
      and u.detail = b.detail and u.copy = b.copy
),

ever as (
  select file_name, text_hash, count(*) as copies from set_aside group by file_name, text_hash
),

numbered as (
  select
    n.*,
    coalesce(e.copies, 0)
      + row_number() over (partition by n.file_name, n.text_hash order by n.row_number) as number
  from new as n
  left join ever as e on n.file_name = e.file_name and n.text_hash = e.text_hash
)

select
  {literal(table.name)} as table_name, record_id, reason, detail, row_number as position,
  file_name as origin, original_text,
  case when number = 1 then text_hash else md5(text_hash || '#' || number) end as original_hash
from numbered
"""


#: Every row is a new version; or another row of the load brought that version; or raw has it. What is none of
#: these is missing from the sum, and the load is rolled back.
SETTLED = """
with settled as (
  select
    o.file_name, o.record_id, o.own_time,
    c.position is not distinct from o.position as is_landed,
    c.position <> o.position as is_repeated,
    c.position is null and k.record_id is not null as is_known
  from offered as o
  left join chosen as c on o.record_id = c.record_id and o.reading = c.reading
  left join (select distinct record_id, reading from known where not is_withdrawn) as k
    on o.record_id = k.record_id and o.reading = k.reading
),

counted as (
  select
    file_name,
    count(*) filter (where is_landed) as landed,
    count(*) filter (where is_repeated) as repeated,
    count(*) filter (where is_known) as known
  from settled
  group by file_name
),

-- rows whose id comes again in the same file: the later one counts
overtaken as (
  select file_name, sum(copies - 1)::bigint as repeated_ids
  from (select file_name, count(*) as copies from offered group by file_name, record_id, own_time) as ids
  group by file_name
),

taken_back as (
  select file_name, count(*) as withdrawn from withdrawn group by file_name
),

-- records that the file does not mention any more, but for the events that a moving window leaves behind
silent as (
  select b.file_name, count(distinct b.record_id) as absent
  from before as b
  inner join modes as m on b.file_name = m.file_name and b.load_id >= m.start_load
  anti join dropped as d on b.file_name = d.file_name and b.version_key = d.version_key
  where not b.is_record_there and (m.is_addition or m.is_lasting)
  group by b.file_name
)

select
  m.file_name, coalesce(c.landed, 0), coalesce(c.repeated, 0), coalesce(c.known, 0),
  coalesce(o.repeated_ids, 0), coalesce(t.withdrawn, 0), coalesce(s.absent, 0), m.is_addition
from modes as m
left join counted as c using (file_name)
left join overtaken as o using (file_name)
left join taken_back as t using (file_name)
left join silent as s using (file_name)
"""
