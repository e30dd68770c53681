"""Attributes of counted answers that no publication shows, read from the working file.

Who served the customer and who owns the account, when they joined, how long the account has been in its stage
of life, its tickets of the last 90 days, and what the same response answered to other scored questions.

Belongs here: where an attribute of an answer comes from, and within what it is compared. Does not belong
here: dimensions (the facts have those), or what is made of attributes (`causes`, `importance`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import duckdb
import numpy as np
import numpy.typing as npt

from orchestration.environment import ConfigurationError

Integers = npt.NDArray[np.int64]
#: The counted answers of a survey type and version of the definition, of some days up to as-of.
_COUNTED: Final = """
    with counted as (
        select * from marts.fct_survey_responses
        where is_counted and survey_type = $survey_type and definition_version = $version
            and response_date >= cast($as_of as date) - cast($days as integer) and response_date < $as_of
    ),
"""


class Source(NamedTuple):
    """Where an attribute comes from: a query of `answer_key`, `attribute`, `value` and `value_name` over
    `counted`; and the columns of the answer within whose values it is compared."""

    says: str
    within: tuple[str, ...]
    query: str


#: Customers of different worth at different stages are never compared with each other.
_ALIKE: Final = ("customer_value_tier", "journey_stage")
#: Nor is who works in a bad branch blamed for it.
_COLLEAGUES: Final = ("branch", "journey_stage")
_STAFF: Final = """
    select counted.answer_key, '{attribute}' as attribute,
        coalesce(employees.employee_id, lower(trim(counted.{column}))) as value,
        coalesce(employees.employee_name, '') as value_name
    from counted
    left join marts.dim_employees as employees on lower(trim(counted.{column})) = employees.employee_key
"""
ATTRIBUTES: Final[Mapping[str, Source]] = {
    "employee": Source(
        "who served the customer",
        _COLLEAGUES,
        _STAFF.format(attribute="employee", column="employee_id"),
    ),
    "owner": Source(
        "who owned the account", _COLLEAGUES, _STAFF.format(attribute="owner", column="owner_id")
    ),
    "cohort": Source(
        "the quarter in which the customer joined, for a year",
        _ALIKE,
        """
        select counted.answer_key, 'cohort' as attribute,
            year(accounts.created_at) || '-Q' || quarter(accounts.created_at) as value, '' as value_name
        from counted
        inner join marts.dim_accounts as accounts using (account_key)
        where counted.responded_at < accounts.created_at + interval 365 days
        """,
    ),
    "time_in_stage": Source(
        "how long the account had been in its stage of life",
        _ALIKE,
        """
        select answer_key, 'time_in_stage' as attribute, lifecycle_stage || case
            when days <= 30 then ', to 30 days'
            when days <= 90 then ', 31 to 90 days'
            else ', over 90 days' end as value, '' as value_name
        from (
            select counted.answer_key, counted.lifecycle_stage, date_diff(
                'day', greatest(stages.entered_at, accounts.created_at), counted.responded_at
            ) as days
            from counted
            asof inner join (
                select account_key, valid_from as entered_at
                from marts.dim_account_versions
                qualify lifecycle_stage is distinct from lag(lifecycle_stage) over (
                    partition by account_key order by valid_from
                )
            ) as stages
                on counted.account_key = stages.account_key and counted.responded_at >= stages.entered_at
            inner join marts.dim_accounts as accounts on counted.account_key = accounts.account_key
        )
        where days >= 0
        """,
    ),
    "tickets": Source(
        "tickets of the account in the 90 days before",
        _ALIKE,
        """
        select counted.answer_key, 'tickets' as attribute, tickets_90d_band as value, '' as value_name
        from counted
        inner join marts.fct_answer_tickets using (answer_key)
        """,
    ),
    "questions": Source(
        "what the same response answered to another scored question, by thirds of its scale",
        _ALIKE,
        """
        select counted.answer_key, others.survey_id || ' ' || others.question_id as attribute, case
            when 3 * (others.score - scales.low) < scales.high - scales.low then 'lowest third'
            when 3 * (others.score - scales.low) > 2 * (scales.high - scales.low) then 'highest third'
            else 'middle third' end as value, '' as value_name
        from counted
        inner join marts.fct_survey_responses as others
            on counted.source = others.source and counted.survey_id = others.survey_id
            and counted.response_id = others.response_id and counted.question_id <> others.question_id
        inner join (
            select answers.source, answers.survey_id, answers.question_id,
                coalesce(any_value(offered.scale_min), min(answers.score)) as low,
                coalesce(any_value(offered.scale_max), max(answers.score)) as high
            from marts.fct_survey_responses as answers
            left join intermediate.int_survey_questions__offered as offered
                on answers.source = offered.source and lower(trim(answers.survey_id)) = offered.survey_key
                and lower(trim(answers.question_id)) = offered.question_key and offered.loaded_until is null
            where answers.disposition = 'unregistered_question'
            group by all
        ) as scales
            on others.source = scales.source and others.survey_id = scales.survey_id
            and others.question_id = scales.question_id and others.score between scales.low and scales.high
        where others.disposition = 'unregistered_question' and scales.low < scales.high
        """,
    ),
}


class Asked(NamedTuple):
    """Which counted answers: a survey type and version of the definition, of `days` days up to `as_of`."""

    survey_type: str
    version: str
    as_of: object
    days: int = 365

    def said(self) -> dict[str, object]:
        """As the parameters of a query."""
        return self._asdict()


@dataclass(frozen=True)
class Attribute:
    """One attribute, a place per answer that has it: its `value` (a place in `values` and `names`), its
    `cluster` (account, else person) and `stratum` (both numbered), its `score`, and its `row` among all
    answers that were asked for."""

    name: str
    values: tuple[str, ...]
    names: tuple[str, ...]
    value: Integers
    cluster: Integers
    stratum: Integers
    score: Integers
    row: Integers


def last_day(connection: duckdb.DuckDBPyConnection) -> object:
    """The as-of of the working file."""
    [(day,)] = connection.execute(
        "select max(period_end) from marts.dim_periods where period_grain = 'trailing_365d'"
    ).fetchall()
    return day


def chosen(names: Collection[str]) -> tuple[str, ...]:
    """Attributes by name, in their order. Raises ConfigurationError for one that there is not."""
    if unknown := sorted({*names} - {*ATTRIBUTES}):
        raise ConfigurationError(
            f'there is no unpublished attribute "{unknown[0]}": there are {", ".join(ATTRIBUTES)}'
        )
    return tuple(name for name in ATTRIBUTES if name in names)


def read(connection: duckdb.DuckDBPyConnection, name: str, asked: Asked) -> list[Attribute]:
    """An attribute of the answers that have it: several for `questions`, none where no answer does."""
    source = ATTRIBUTES[name]
    found = connection.execute(
        f"""{_COUNTED}
            numbered as (
                select answer_key, likelihood_score as score,
                    row_number() over (order by answer_key) - 1 as row,
                    dense_rank() over (order by coalesce(account_key, person_key)) - 1 as cluster,
                    dense_rank() over (order by {", ".join(source.within)}) - 1 as stratum
                from counted
            ),
            known as ({source.query})
            select attribute, value, max(value_name) over (partition by attribute, value) as value_name,
                score, row, cluster, stratum
            from known inner join numbered using (answer_key)
            where value is not null
            order by attribute, value, row""",
        asked.said(),
    ).fetchnumpy()
    attributes = np.asarray(found["attribute"], object)
    return [
        _one(str(each), {key: found[key][attributes == each] for key in found})
        for each in dict.fromkeys(attributes)
    ]


def _one(name: str, columns: Mapping[str, npt.NDArray[np.generic]]) -> Attribute:
    names = dict(zip(columns["value"].tolist(), columns["value_name"].tolist(), strict=True))
    places = {value: place for place, value in enumerate(names)}
    return Attribute(
        name,
        tuple(names),
        tuple(names.values()),
        np.array([places[value] for value in columns["value"].tolist()], np.int64),
        *(columns[key].astype(np.int64) for key in ("cluster", "stratum", "score", "row")),
    )
