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

import duckdb
import pyarrow as pa

from expectations.recount import versions
from expectations.recount.identities import Identities
from expectations.recount.raw import Answer

_BUCKETS = 65_536
_TABLES = {"qualtrics": ("responses", "invitations"), "files": ("surveys_responses", "surveys_invitations")}


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


def candidates(connection: duckdb.DuckDBPyConnection, people: Identities, sample: Sample) -> Candidates:
    """Records that may belong to a person of the sample, and all other answers to the same invitations.

    The engine looks at typed columns to save reading all; whose a record is is decided from its payload.
    """
    contacts = [contact for contact, survivor in people.survivors.items() if sample.holds(survivor)]
    emails = [email for email, survivor in people.by_email.items() if sample.holds(survivor)]
    for name, ids in (("contacts", contacts), ("emails", emails)):
        connection.register("given", pa.table({"id": pa.array(ids, pa.string())}))
        connection.execute(f"create or replace temp table sampled_{name} as select id from given")
        connection.unregister("given")
    answers, invited = {}, {}
    for source, (of_answers, of_invitations) in _TABLES.items():
        invited[source] = _invited(connection, source, of_invitations, sample)
        answers[source] = _answered(connection, source, of_answers, invited[source], sample)
    return Candidates(answers, invited)


def _invited(connection: duckdb.DuckDBPyConnection, source: str, table: str, sample: Sample) -> list[str]:
    if not versions.is_there(connection, source, table):
        return []
    found = connection.execute(
        f"""
        select distinct record
        from (
            select lower(trim(record_id)) as record, lower(trim(contact_id)) as contact,
                lower(trim(email)) as email
            from raw_{source}.{table}
        ) as invitations
        where
            contact in (select id from sampled_contacts)
            or email in (select id from sampled_emails)
            or {sample.condition("email")}
            or {sample.condition(f"'{source}:' || record")}
        """
    )
    return [record for (record,) in found.fetchall()]


def _answered(
    connection: duckdb.DuckDBPyConnection, source: str, table: str, invited: list[str], sample: Sample
) -> list[str]:
    if not versions.is_there(connection, source, table):
        return []
    connection.register("given", pa.table({"id": pa.array(invited, pa.string())}))
    found = connection.execute(
        f"""
        with answers as (
            select lower(trim(record_id)) as record, lower(trim(contact_id)) as contact,
                lower(trim(respondent_email)) as email, lower(trim(invitation_id)) as invitation,
                '{source}:' || record_id as answer_key
            from raw_{source}.{table}
        ),
        chosen as (
            select record, invitation from answers
            where
                contact in (select id from sampled_contacts)
                or email in (select id from sampled_emails)
                or invitation in (select id from given)
                or {sample.condition("email")}
                or {sample.condition("answer_key")}
        )
        select record from chosen
        union
        select record from answers where invitation in (select invitation from chosen)
        """
    )
    records = [record for (record,) in found.fetchall()]
    connection.unregister("given")
    return records
