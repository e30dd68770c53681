"""The persons looked at when there are many answers, and where their records are.

A sample holds all answers of some persons: a person's answers decide about one another, so that every rule
can be judged for them alone. Who is in it follows from a hash of the person, not from chance: the same
answers are looked at again until they change.

Belongs here: who is in a sample, and narrowing raw to their records. Does not belong here: whose a record is
(`identities`).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pyarrow as pa

from expectations.raw_tables import ANSWER_TABLES, INVITATION_TABLES
from expectations.recount.identities import Identities
from expectations.recount.ids import as_customer, as_identity
from expectations.recount.nobody import as_address, as_known
from expectations.recount.raw import Answer
from expectations.recount.versions import RawRecords

_BUCKETS = 65_536


class Sample(NamedTuple):
    """Persons whose hash is below a share of all hashes."""

    buckets: int

    @classmethod
    def of(cls, share: float) -> Sample:
        return cls(min(max(1, round(share * _BUCKETS)), _BUCKETS - 1))

    def holds(self, person: str) -> bool:
        """Whether a person (or e-mail, or answer) is looked at."""
        return hashlib.md5(person.encode()).digest()[:2] < self.buckets.to_bytes(2, "big")

    def condition(self, column: str) -> str:
        """The same as an SQL condition on a column."""
        return f"left(md5({column}), 4) < '{self.buckets:04x}'"


class Candidates(NamedTuple):
    """Source → record ids of answers and of invitations that may be of a sample's persons."""

    answers: Mapping[str, list[str]]
    invitations: Mapping[str, list[str]]

    def with_invitations_of(self, found: Iterable[Answer]) -> dict[str, set[str]]:
        """The invitations, and those that answers name."""
        named = defaultdict(set, {source: set(ids) for source, ids in self.invitations.items()})
        for answer in found:
            if answer.invitation is not None:
                named[answer.source].add(answer.invitation)
        return named


def candidates(records: RawRecords, people: Identities, sample: Sample) -> Candidates:
    """Records that may belong to a person of the sample, and all other answers to the same invitations.

    The engine looks at typed columns to save reading all; whose a record is is decided from its payload. An
    erased answer is its own person, whoever gave it: those that the marts call erased are looked at too.
    """
    connection = records.connection
    for name, survivors in (("contacts", people.survivors), ("emails", people.by_email)):
        given = {"id": list(survivors.keys()), "survivor": list(survivors.values())}
        connection.register(
            "given", pa.table({name: pa.array(ids, pa.string()) for name, ids in given.items()})
        )
        connection.execute(
            f"create or replace temp table known_{name} as"
            f" select id, {sample.condition('survivor')} as is_sampled from given"
        )
        connection.unregister("given")
    answers, invited = {}, {}
    for source, table in ANSWER_TABLES.items():
        invited[source] = _invited(records, source, INVITATION_TABLES.get(source), sample)
        answers[source] = _answered(records, source, table, invited[source], sample)
    return Candidates(answers, invited)


def _persons(
    relation: str, columns: str, email: str, key: str, sample: Sample, numbered: str = "null"
) -> str:
    """A query of `columns` and `is_sampled`: its contact decides, else that of its e-mail, the e-mail, the
    person's number (an expression of its key), the record's key."""
    return f"""
        select
            {columns},
            case
                when contacts.id is not null then contacts.is_sampled
                when emails.id is not null then emails.is_sampled
                when address is not null then {sample.condition("address")}
                when numbered is not null then {sample.condition("numbered")}
                else {sample.condition(key)}
            end as is_sampled
        from (
            select
                *, {as_known("contact")} as known_contact, {as_address("written")} as address,
                {numbered} as numbered
            from (
                select *, {as_customer("contact_id")} as contact, {as_identity(email)} as written
                from {relation}
            )
        ) as records
        left join known_contacts as contacts on records.known_contact = contacts.id
        left join known_emails as emails
            on case when contacts.id is null then records.address end = emails.id
    """


def _invited(records: RawRecords, source: str, table: str | None, sample: Sample) -> list[str]:
    if table is None or not records.columns(source, table):
        return []
    key = f"'{source}:' || {as_identity('record_id')}"
    found = records.connection.execute(
        f"select distinct {as_identity('record_id')}"
        f" from ({_persons(f'raw_{source}.{table}', 'record_id', 'email', key, sample)}) where is_sampled"
    )
    return [record for (record,) in found.fetchall()]


def _answered(records: RawRecords, source: str, table: str, invited: list[str], sample: Sample) -> list[str]:
    if not records.columns(source, table):
        return []
    connection = records.connection
    connection.register("given", pa.table({"id": pa.array(invited, pa.string())}))
    key = f"'{source}:' || record_id"
    record, invitation = as_identity("record_id"), as_known(as_identity("invitation_id"))
    columns = f"{record} as record, {invitation} as invitation"
    numbered = f"'person:{source}:' || {as_known(as_identity('person_id'))}" if source == "files" else "null"
    found = connection.execute(
        f"""
        with answers as (
            {_persons(f"raw_{source}.{table}", columns, "respondent_email", key, sample, numbered)}
        ),
        chosen as (
            select record, invitation from answers
            where is_sampled or invitation in (select id from given)
        )
        select record from chosen
        union
        select {record} from raw_{source}.{table}
        where {invitation} in (select invitation from chosen)
        union
        select {record} from raw_{source}.{table}
        where record_id in (
            select substring(answer_key, {len(source) + 2}) from marts.fct_survey_responses
            where disposition = 'erased' and {sample.condition("person_key")}
        )
        """
    )
    chosen = [record for (record,) in found.fetchall()]
    connection.unregister("given")
    return chosen
