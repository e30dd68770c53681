"""Applies the definition to the answers of one file: why each does not count, and NPS with its interval.

The rules are those of docs/contracts/definition.md, "Dispositions", applied to what a file alone contains.
`UNKNOWABLE` lists what it does not contain. Answers arrive as a load would store them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from pathlib import Path
from typing import Any

import duckdb

from look.definition import load_definition
from look.vocabulary import words

#: What also decides whether answers count, and is in no file of answers.
UNKNOWABLE = (
    "requests for erasure",
    "invitations (answered before they were sent)",
    "employees and contacts in the CRM",
    "answers from other files and vendors",
)
#: Reason → how many rows, and what is wrong with one of them.
Rejects = dict[str, tuple[int, str]]
_Z = 1.959963984540054
#: A row if $1 quarantined of $2 records exceed the limit for a file.
_EXCEEDED = """
select 1 from publication_limits
where
  limit_name = 'quarantine' and applies_to = 'file' and $1 >= minimum_count and 100.0 * $1 > maximum * $2
  and definition_version = (select definition_version from nps_definitions order by valid_from desc limit 1)
"""
_SHOWN = ("response_id", "score", "responded_at", "respondent_email", "account_id", "branch_id", "comment")


@dataclass(frozen=True)
class Figure:
    """NPS of one survey type under one version of the definition, with its adjusted Wald interval (3, T)."""

    survey_type: str
    definition_version: str
    promoters: int
    passives: int
    detractors: int

    @property
    def responses(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def nps(self) -> float:
        return 100 * (self.promoters - self.detractors) / self.responses

    @property
    def interval(self) -> tuple[float, float]:
        many = self.responses + 3
        up, down = (self.promoters + 0.75) / many, (self.detractors + 0.75) / many
        score = up - down
        half = _Z * sqrt((up + down - score**2) / many)
        return max(-100.0, 100 * (score - half)), min(100.0, 100 * (score + half))


@dataclass(frozen=True)
class Judgement:
    """The outcome for the records of a file.

    `excluded` counts by reason in the definition's order, with the reason's meaning; `quarantined` counts by
    reason, with what is wrong with one of the rows. `older` rows have the id of a later row; `left_out` rows
    are excluded by the mapping's `[rows]`. `is_over_limit`: more is in quarantine than the limit allows.
    """

    landed: int
    older: int
    left_out: int
    excluded: dict[str, tuple[int, str]] = field(default_factory=dict)
    quarantined: dict[str, tuple[int, str]] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    first: tuple[dict[str, Any], ...] = ()
    is_over_limit: bool = False


def judge(
    answers: Path,
    rejects: Rejects,
    received: int,
    left_out: int,
    seeds: Sequence[Path],
    as_of: date,
    is_sample: bool,
) -> Judgement:
    """Classify the answers in a Parquet file; a sample does not compare answers of one person.

    `received` counts the file's records, `rejects` those of them that could not be read.
    """
    with duckdb.connect() as engine:
        load_definition(engine, seeds)
        engine.execute("set TimeZone = 'UTC'")
        engine.read_parquet(str(answers)).create_view("delivered")
        engine.execute(_disposed(is_sample), [as_of])
        [[current]] = engine.execute("select count(*) from disposed").fetchall()
        lost = sum(count for count, _ in rejects.values())
        over = engine.execute(_EXCEEDED, [lost, received]).fetchall()
        excluded = engine.execute(
            "select d.disposition, count(*), any_value(a.description) from disposed as d "
            "left join answer_dispositions as a using (disposition) where d.disposition <> 'counted' "
            "group by d.disposition order by any_value(a.precedence)"
        ).fetchall()
        figures = engine.execute(
            "select survey_type, definition_version, count(*) filter (nps_weight > 0), "
            "count(*) filter (nps_weight = 0), count(*) filter (nps_weight < 0) "
            "from disposed where disposition = 'counted' group by all order by all"
        ).fetchall()
        shown = engine.execute(
            f"select {', '.join(_SHOWN)}, disposition from disposed order by position limit 5"
        ).fetchall()
    landed = received - lost
    return Judgement(
        landed=landed,
        older=landed - current,
        left_out=left_out,
        excluded={reason: (count, description or "") for reason, count, description in excluded},
        quarantined=rejects,
        figures=tuple(Figure(*figure) for figure in figures),
        first=tuple(dict(zip((*_SHOWN, "disposition"), row, strict=True)) for row in shown),
        is_over_limit=bool(over),
    )


def _disposed(is_sample: bool) -> str:
    """SQL that creates `disposed`: the current version of each answer and its disposition."""
    compared = (
        ""
        if is_sample
        else """
    when a.own_reason is null and r.recency > 1 then 'superseded'
    when a.own_reason is null and f.next_at < f.responded_at + to_days(f.window_days)
      then 'quarantine_window'"""
    )
    return f"""
create table disposed as
with as_of as (
  select cast($1 as timestamp) as day
),

current_versions as (
  select
    *, cast(responded_at as timestamp) as answered, cast(event_at as timestamp) as happened,
    {_address("respondent_email")} as email,
    {_identity("invitation_id")} as invitation,
    {_identity("person_id")} as person
  from delivered
  qualify row_number() over (partition by record_id order by position desc) = 1
),

judged as (
  select
    c.*, d.definition_version, q.survey_type, q.touchpoint, w.window_days, b.nps_weight,
    case
      when c.is_test then 'preview_or_test'
      when q.survey_type is null then 'unregistered_question'
      when c.score is null then 'unanswered'
      when c.score <> floor(c.score) then 'non_integer'
      when c.score < q.scale_min or c.score > q.scale_max or b.nps_band is null then 'off_scale'
      when c.answered >= (select day from as_of) then 'in_future'
      when {_before("c.answered", "c.happened")} then 'before_event'
      when o.email_domain is not null then 'staff_or_own_domain'
    end as own_reason
  from current_versions as c
  left join nps_definitions as d
    on c.answered >= d.valid_from and (d.valid_to is null or c.answered < d.valid_to)
  left join nps_questions as q
    on lower(trim(q.source)) = 'files' and lower(trim(c.survey_id)) = lower(trim(q.survey_id))
    and lower(trim(c.question_id)) = lower(trim(q.question_id)) and d.definition_version is not null
    and c.answered >= q.valid_from and (q.valid_to is null or c.answered < q.valid_to)
  left join nps_score_bands as b
    on d.definition_version = b.definition_version and c.score = b.score
  left join nps_quarantine_windows as w
    on d.definition_version = w.definition_version and q.survey_type = w.survey_type
  left join (select distinct lower(trim(email_domain)) as email_domain from own_email_domains) as o
    on split_part({_key("c.respondent_email")}, '@', -1) = o.email_domain
),

ranked as (
  select
    record_id, answered as responded_at, survey_type, touchpoint, window_days,
    coalesce(email, 'person:' || person, 'answer:' || record_id) as person_key,
    row_number() over (
      partition by survey_id, question_id, coalesce(invitation, record_id)
      order by answered desc, record_id desc
    ) as recency
  from judged
  where own_reason is null
),

followed as (
  select
    record_id, responded_at, window_days,
    lead(responded_at) over (
      partition by person_key, survey_type, touchpoint order by responded_at, record_id
    ) as next_at
  from ranked
  where recency = 1
)

select
  a.* exclude (own_reason, responded_at), a.answered as responded_at,
  case
    when a.own_reason is not null then a.own_reason{compared}
    else 'counted'
  end as disposition
from judged as a
left join ranked as r using (record_id)
left join followed as f using (record_id)
"""


def _key(text: str) -> str:
    """An id in the form in which ids are compared."""
    return f"nullif(lower(trim({text}, ' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(12288))), '')"


def _identity(text: str) -> str:
    """An id that identifies somebody, or null for placeholders, zeros and unfilled merge fields."""
    key, nobody = _key(text), words()["nobody"]
    marks = " -_./#?*()[]<>:,+|!~"
    return f"""
    case
      when left({key}, 2) in ({_listed(nobody["unfilled"])}) then null
      when translate({key}, '0{marks}', '') = '' then null
      when left({key}, 1) = '-' and translate({key}, '0123456789', '') = '-' then null
      when length({key}) < 20 and translate({key}, '{marks}', '') in ({_listed(nobody["words"])}) then null
      else {key}
    end"""


def _address(text: str) -> str:
    """An e-mail address that can belong to a person, or null."""
    key, nobody = _key(text), words()["nobody"]
    return f"""
    case
      when coalesce(position('@' in {key}), 0) < 2 or right({key}, 1) = '@' then null
      when left({key}, 2) in ({_listed(nobody["unfilled"])}) then null
      when translate(split_part({key}, '@', 1), '-_.', '') in ({_listed(nobody["mailboxes"])}) then null
      else {key}
    end"""


def _listed(texts: list[str]) -> str:
    return ", ".join(f"'{text}'" for text in texts)


def _before(first: str, second: str) -> str:
    """Whether one moment is before another. Midnight UTC is a date without a time, and means the day."""
    day = f"cast({first} as date)"
    return f"{first} < {second} and ({day} < cast({second} as date) or {first} <> cast({day} as timestamp))"
