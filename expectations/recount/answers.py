"""Every answer and invitation as the recount sees it, one row each.

Belongs here: putting raw, rules and dimensions together. Does not belong here: any rule of its own, figures,
or who is in a sample (`sample`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import duckdb
import pyarrow as pa

from expectations.definition import Version, day
from expectations.dimensions import UNASSIGNED, Dimensions
from expectations.governed_tables import tables
from expectations.hidden import own_domain
from expectations.recount import billing, crm, invitations, raw, tickets
from expectations.recount.coding import KIND, numbered_by_engine
from expectations.recount.dimensions import Known, worths
from expectations.recount.dimensions import as_of as members_as_of
from expectations.recount.identities import Identities
from expectations.recount.ids import identity
from expectations.recount.invitations import Asked
from expectations.recount.members import Members, members
from expectations.recount.rules import Definition, Inputs, Judged, Question, end_of, judge
from expectations.recount.sample import Sample, candidates
from expectations.recount.standings import Standing, sample_of, standings
from expectations.recount.versions import RawRecords

_QUESTION = ("source", "survey_id", "question_id")


class Row(NamedTuple):
    """An answer, what became of it, and its member of each dimension; microseconds UTC."""

    key: str
    source: str
    disposition: str
    survey_type: str | None
    definition_version: str | None
    nps_band: str | None
    responded_at: int | None
    person: str
    account: str | None
    trailing_revenue_amount: int | None
    survey: str
    score: float | None
    members: tuple[str, ...]


class Everything(NamedTuple):
    """Answers received, invitations for NPS, customers of each day and rows of the dimensions; of samples,
    those in them."""

    answers: list[Row]
    invitations: list[Asked]
    standings: list[Standing]
    members: list[Members]
    accounts: Sample | None


def everything(
    records: RawRecords,
    definitions: Sequence[Version],
    as_of: date,
    sample: Sample | None,
    all_accounts: bool,
) -> Everything:
    """Every answer and invitation, or those of the persons in a sample, and the customers of each day.

    `all_accounts`: customers are not sampled, however many. Raises ValueError for a currency without a rate.
    """
    connection = records.connection
    customers = crm.read(records)
    people = Identities(
        contacts=raw.contacts(records), accounts=customers.survivors, with_names=records.with_names
    )
    chosen = None if sample is None else candidates(records, people, sample)
    found = raw.answers(records, chosen and chosen.answers)
    who = people.with_invitations(raw.invitations(records, chosen and chosen.with_invitations_of(found)))
    users = raw.users(records)
    inputs = Inputs(
        questions=_registry(),
        definitions=[Definition.of(version) for version in definitions],
        own_domains=_own_domains(),
        staff=frozenset(user.email for user in users.values() if user.is_staff and user.email),
        identities=who,
        erasures=raw.erasures(records),
    )
    end = end_of(as_of) or 0
    judged = judge(found, inputs, end)
    survivors = set(customers.survivors.values())
    accounts = None if all_accounts else sample_of(survivors)
    standing = {account for account in survivors if accounts is None or accounts.holds(account)}
    wanted = None if sample is None else {*standing, *_customers(found, who)}
    known = Known(who, customers, billing.read(records, customers.survivors, wanted, end), records.dimensions)
    rows = _rows([item for item in judged if sample is None or sample.holds(_person(item, who))], known)
    asked = invitations.asked(inputs, judged, known, end)
    if sample is not None:
        asked = [row for row in asked if sample.holds(_invited(row, who))]
    of_days = standings(connection, known, standing, definitions, as_of)
    dimensions = members(as_of, customers, people, users, accounts, sample)
    about_tickets = tickets.of_answers(records, customers, people, rows, sample)
    return Everything(rows, asked, of_days, [*dimensions, *about_tickets], accounts)


def counted_in_marts(connection: duckdb.DuckDBPyConnection, dimensions: Dimensions) -> pa.Table:
    """The counted answers of the marts as columns: what a sample's figures are counted from."""
    relation = "marts.fct_survey_responses"
    few = numbered_by_engine(connection, relation, (*KIND, "nps_band", *dimensions.names))
    return connection.execute(
        "select answer_key as key, person_key as person, account_key as account,"
        f" epoch_us(responded_at) as responded_at, {few} from {relation} where is_counted"
    ).to_arrow_table()


def built(persons: str | None, dimensions: Dimensions) -> str:
    """A query of the marts' answers as `Row`: of those recounted and of `persons` (a condition on person_key;
    None: all)."""
    # Only what counts is counted under anything; an erased answer must show nothing.
    shown = "case when disposition in ('counted', 'erased') then {0} else 'Unassigned' end as {0}"
    some = "" if persons is None else f" where {persons} or answer_key in (select key from recounted)"
    return (
        "select answer_key as key, source, disposition, survey_type, definition_version, nps_band,"
        " epoch_us(responded_at) as responded_at, person_key as person, account_key as account,"
        f" {', '.join(map(shown.format, dimensions.names))},"
        " case when is_counted then cast(trailing_revenue_amount * 10000 as bigint) end"
        " as trailing_revenue_amount, lower(coalesce(survey_id, '')) as survey,"
        " case when is_counted then cast(likelihood_score as double) else score end as score"
        f" from marts.fct_survey_responses{some}"
    )


def built_dispositions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Answers of the marts by source and disposition."""
    found = connection.execute("select source, disposition from marts.fct_survey_responses").to_arrow_table()
    totals = found.group_by(["source", "disposition"]).aggregate([([], "count_all")]).to_pylist()
    return {(each["source"], each["disposition"]): each["count_all"] for each in totals}


def _rows(judged: Sequence[Judged], known: Known) -> list[Row]:
    accounts = [None if item.disposition == "erased" else known.who.account(item.answer) for item in judged]
    of_counted = [
        account if item.disposition == "counted" else None
        for item, account in zip(judged, accounts, strict=True)
    ]
    moments = [item.answer.responded_at or 0 for item in judged]
    return [
        _row(item, account, worth, known)
        for item, account, worth in zip(
            judged, accounts, worths(of_counted, moments, known.revenue), strict=True
        )
    ]


def _row(item: Judged, account: str | None, worth: int | None, known: Known) -> Row:
    answer, disposition, question, version = item
    band, under = None, (UNASSIGNED,) * len(known.dimensions.names)
    if disposition == "counted" and version is not None and question is not None and answer.score is not None:
        band = version.bands[int(answer.score)]
        under = members_as_of(answer.responded_at or 0, answer, question, version, account, worth, known)
    return Row(
        answer.key,
        answer.source,
        disposition,
        question.survey_type if question else None,
        version.version if version else None,
        band,
        answer.responded_at,
        _person(item, known.who),
        account,
        worth,
        answer.survey,
        None if disposition == "erased" else answer.score,
        under,
    )


def _person(item: Judged, who: Identities) -> str:
    """An erased answer is nobody's."""
    return item.answer.key if item.disposition == "erased" else who.person(item.answer)


def _invited(row: Asked, who: Identities) -> str:
    source, _, key = row.key.partition(":")
    return invitations.person(row.key, who.invitations[source][key], who)


def _customers(found: Iterable[raw.Answer], who: Identities) -> set[str | None]:
    """The accounts behind a sample's answers and invitations."""
    invited = (
        who.account_of(invitation.account, who.invited(invitation))
        for of_source in who.invitations.values()
        for invitation in of_source.values()
    )
    return {*(who.account(answer) for answer in found), *invited}


def _registry() -> dict[tuple[str, str, str], list[Question]]:
    questions: dict[tuple[str, str, str], list[Question]] = defaultdict(list)
    for each in tables()["nps_questions"].rows:
        source, survey, question = (identity(each[name]) or "" for name in _QUESTION)
        since, until = end_of(day(each["valid_from"])) or 0, end_of(day(each["valid_to"]))
        stage = identity(each["journey_stage"])
        questions[source, survey, question].append(
            Question(each["survey_type"], each["touchpoint"], since, until, stage)
        )
    return questions


def _own_domains() -> frozenset[str]:
    domains = (identity(each["email_domain"]) for each in tables()["own_email_domains"].rows)
    return frozenset(own_domain(domain) for domain in domains if domain)
