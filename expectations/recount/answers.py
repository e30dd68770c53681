"""Every answer as the recount sees it, a row each, and the sample of persons looked at when there are many.

Belongs here: putting raw, rules and dimensions together. Does not belong here: any rule of its own, or
figures.

A sample holds all answers of some persons: a person's answers decide about one another, so that every rule
can be judged for them alone. Who is in it follows from a hash of the person, not from chance: the same
answers are looked at again until they change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import duckdb
import pyarrow as pa

from expectations.definition import Version
from expectations.recount import billing, crm, raw, versions
from expectations.recount.dimensions import Members, members
from expectations.recount.identities import Identities
from expectations.recount.rules import Definition, Inputs, Judged, Question, end_of, judge

_BUCKETS = 65_536


class Row(NamedTuple):
    """An answer, what became of it and what it is counted under; microseconds UTC."""

    key: str
    source: str
    disposition: str
    survey_type: str | None
    definition_version: str | None
    nps_band: str | None
    responded_at: int | None
    person: str
    customer_value_tier: str
    journey_stage: str
    branch: str
    region: str
    plan: str
    channel: str


class Sample(NamedTuple):
    """Persons whose hash is below a share of all hashes."""

    buckets: int

    @classmethod
    def of(cls, share: float) -> Sample:
        return cls(min(max(1, round(share * _BUCKETS)), _BUCKETS - 1))

    def holds(self, person: str) -> bool:
        """Whether a person (or e-mail, or answer) is looked at."""
        return hashlib.md5(person.encode()).hexdigest()[:4] < f"{self.buckets:04x}"

    def condition(self, column: str) -> str:
        """The same as an SQL condition on a column."""
        return f"left(md5({column}), 4) < '{self.buckets:04x}'"


def rows(
    connection: duckdb.DuckDBPyConnection,
    definitions: Sequence[Version],
    as_of: int,
    embedded_data: Mapping[str, str],
    sample: Sample | None,
) -> list[Row]:
    """Every answer received, or those of the persons in a sample; `as_of` in microseconds, exclusive.

    Raises ValueError for revenue in a currency without a rate.
    """
    customers = crm.read(connection)
    people = Identities(contacts=raw.contacts(connection), accounts=customers.survivors)
    sampled = None if sample is None else _candidates(connection, people, sample)
    found = raw.answers(connection, embedded_data, sampled)
    named: dict[str, set[str]] = defaultdict(set)
    for answer in found:
        if answer.invitation is not None:
            named[answer.source].add(answer.invitation)
    who = Identities(raw.invitations(connection, named), people.contacts, people.accounts)
    inputs = Inputs(
        questions=_registry(connection),
        definitions=[Definition.of(version) for version in definitions],
        own_domains=_own_domains(connection),
        staff=raw.staff_emails(connection),
        identities=who,
        erasures=raw.erasures(connection),
    )
    judged = judge(found, inputs, as_of)
    if sample is not None:
        judged = [item for item in judged if sample.holds(_person(item, who))]
    accounts = {who.account(item.answer) for item in judged if item.disposition == "counted"}
    revenue = billing.read(connection, customers.survivors, None if sample is None else accounts)
    return [
        _row(item, _person(item, who), members(item, who, customers, revenue))
        if item.disposition == "counted"
        else _row(item, _person(item, who), Members())
        for item in judged
    ]


def table(rows: Iterable[Row]) -> pa.Table:
    """The counted answers as columns, for `cells`."""
    names = ("answer_key", *Row._fields[3:7], "person_key", *Members._fields)
    counted = [(row[0], *row[3:]) for row in rows if row.disposition == "counted"]
    columns = zip(*counted, strict=True) if counted else ([] for _ in names)
    types = {"responded_at": pa.int64()}
    return pa.table(
        {
            name: pa.array(column, types.get(name, pa.string()))
            for name, column in zip(names, columns, strict=True)
        }
    )


def built(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The counted answers of the marts in the same columns: what a sample's figures are counted from."""
    return connection.execute(
        "select answer_key, survey_type, definition_version, nps_band, person_key,"
        f" epoch_us(responded_at) as responded_at, {', '.join(Members._fields)}"
        " from marts.fct_survey_responses where is_counted"
    ).to_arrow_table()


def built_dispositions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    """Answers of the marts by source and disposition."""
    found = connection.execute("select source, disposition from marts.fct_survey_responses").to_arrow_table()
    totals = found.group_by(["source", "disposition"]).aggregate([([], "count_all")]).to_pylist()
    return {(each["source"], each["disposition"]): each["count_all"] for each in totals}


def _row(item: Judged, person: str, under: Members) -> Row:
    band = None
    if item.disposition == "counted" and item.version is not None and item.answer.score is not None:
        band = item.version.bands[int(item.answer.score)]
    return Row(
        item.answer.key,
        item.answer.source,
        item.disposition,
        item.question.survey_type if item.question else None,
        item.version.version if item.version else None,
        band,
        item.answer.responded_at,
        person,
        *under,
    )


def _person(item: Judged, who: Identities) -> str:
    """An erased answer is nobody's."""
    return item.answer.key if item.disposition == "erased" else who.person(item.answer)


def _candidates(
    connection: duckdb.DuckDBPyConnection, people: Identities, sample: Sample
) -> dict[str, list[str]]:
    """Source → answers that may belong to a person of the sample, and all others to the same invitations.

    The engine looks at typed columns to save reading all; whose an answer is is decided from its payload.
    """
    contacts = [contact for contact, survivor in people.survivors.items() if sample.holds(survivor)]
    emails = [email for email, survivor in people.by_email.items() if sample.holds(survivor)]
    for name, ids in (("contacts", contacts), ("emails", emails)):
        connection.register("given", pa.table({"id": pa.array(ids, pa.string())}))
        connection.execute(f"create or replace temp table sampled_{name} as select id from given")
        connection.unregister("given")
    found: dict[str, list[str]] = {}
    for source, (answers, invitations) in _TABLES.items():
        if not versions.is_there(connection, source, answers):
            continue
        invited = (
            f"select lower(trim(record_id)) as id from raw_{source}.{invitations}"
            " where lower(trim(contact_id)) in (select id from sampled_contacts)"
            " or lower(trim(email)) in (select id from sampled_emails)"
            if versions.is_there(connection, source, invitations)
            else "select null as id where false"
        )
        found[source] = [
            record
            for (record,) in connection.execute(
                f"""
                with answers as (
                    select lower(trim(record_id)) as record, lower(trim(contact_id)) as contact,
                        lower(trim(respondent_email)) as email, lower(trim(invitation_id)) as invitation,
                        '{source}:' || record_id as answer_key
                    from raw_{source}.{answers}
                ),
                chosen as (
                    select record, invitation from answers
                    where
                        contact in (select id from sampled_contacts)
                        or email in (select id from sampled_emails)
                        or invitation in ({invited})
                        or {sample.condition("email")}
                        or {sample.condition("answer_key")}
                )
                select record from chosen
                union
                select record from answers where invitation in (select invitation from chosen)
                """
            ).fetchall()
        ]
    return found


_TABLES = {"qualtrics": ("responses", "invitations"), "files": ("surveys_responses", "surveys_invitations")}


def _registry(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str], list[Question]]:
    questions: dict[tuple[str, str, str], list[Question]] = defaultdict(list)
    for source, survey, question, survey_type, touchpoint, stage, start, end in connection.execute(
        "select source, survey_id, question_id, survey_type, touchpoint, journey_stage, valid_from, valid_to"
        " from definition.nps_questions"
    ).fetchall():
        key = (raw.identity(source) or "", raw.identity(survey) or "", raw.identity(question) or "")
        since = end_of(start) or 0
        questions[key].append(Question(survey_type, touchpoint, since, end_of(end), raw.identity(stage)))
    return questions


def _own_domains(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    domains = connection.execute("select email_domain from definition.own_email_domains").fetchall()
    return frozenset(domain.strip().lower() for (domain,) in domains)
