"""Whom the company asked: each invitation's delivery, its answer and its members as of sending.

Belongs here: what one invitation says, and what it is counted under. Does not belong here: who a person is
(`identities`), adding up (`cells`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import NamedTuple, TypeAlias

import duckdb
import pyarrow as pa

from expectations.definition import Version
from expectations.dimensions import Dimensions
from expectations.recount.coding import KIND, numbered_by_engine
from expectations.recount.dimensions import Known, as_of, worths
from expectations.recount.identities import Identities
from expectations.recount.raw import Invitation
from expectations.recount.rules import Inputs, Judged, Question, in_force

_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_SENT_DAY = "datediff('day', date '1970-01-01', sent_date)"
_UNANSWERED = ("erased", "preview_or_test", "unregistered_question", "unanswered")
#: Source, survey and invitation id.
Slot: TypeAlias = tuple[str, str, str | None]


class Asked(NamedTuple):
    """An invitation for NPS and its members as of sending; `sent_day` is days since 1970."""

    key: str
    survey_type: str
    definition_version: str
    sent_day: int
    is_delivered: bool
    is_answered: bool
    members: tuple[str, ...]


class _Sent(NamedTuple):
    """An invitation for NPS, what it asked and the definition in force."""

    slot: Slot
    when: int
    record: Invitation
    question: Question
    version: Version


def person(key: str, invitation: Invitation, who: Identities) -> str:
    """Whom an invitation was for: the surviving contact, else the e-mail, else nobody known."""
    return who.invited(invitation) or invitation.email or key


def asked(inputs: Inputs, judged: Iterable[Judged], known: Known, end: int) -> list[Asked]:
    """Every invitation sent for NPS; `judged` are the answers to them, `end` is as-of in microseconds."""
    answered = _answered(judged)
    sent = list(_sent(inputs, known.who))
    accounts = [known.who.account_of(each.record.account, known.who.invited(each.record)) for each in sent]
    months = [_month(each.when // _DAY) for each in sent]
    # what will be in a month that has not begun, nobody knows
    begun = [account if month <= end else None for account, month in zip(accounts, months, strict=True)]
    found = []
    for each, account, worth in zip(sent, accounts, worths(begun, months, known.revenue), strict=True):
        source, survey, key = each.slot
        worth = 0 if worth is None and account is not None else worth
        found.append(
            Asked(
                f"{source}:{key}",
                each.question.survey_type,
                each.version.version,
                each.when // _DAY,
                not each.record.is_bounced,
                (source, survey, key) in answered,
                as_of(each.when, each.record, each.question, each.version, account, worth, known),
            )
        )
    return found


def delivered_in_marts(connection: duckdb.DuckDBPyConnection, dimensions: Dimensions) -> pa.Table:
    """Delivered invitations of the marts as columns: what a sample's figures are counted from."""
    relation = "marts.fct_survey_invitations"
    few = numbered_by_engine(connection, relation, (*KIND, *dimensions.names))
    return connection.execute(
        f"select {_SENT_DAY} as sent_day, is_answered, {few}"
        f" from {relation} where is_delivered and survey_type is not null and sent_date is not null"
    ).to_arrow_table()


def built(persons: str | None, dimensions: Dimensions) -> str:
    """A query of the marts' invitations as `Asked`: of those recounted and of `persons`, or all (None)."""
    some = "" if persons is None else f" and ({persons} or invitation_key in (select key from recounted))"
    return (
        f"select invitation_key as key, survey_type, definition_version, {_SENT_DAY} as sent_day,"
        f" is_delivered, is_answered, {', '.join(dimensions.names)} from marts.fct_survey_invitations"
        f" where survey_type is not null and sent_date is not null{some}"
    )


def _answered(judged: Iterable[Judged]) -> frozenset[Slot]:
    """The invitations whose NPS question was answered, whatever became of the answer."""
    return frozenset(
        (answer.source, answer.survey, answer.invitation)
        for answer, disposition, _, _ in judged
        if answer.invitation is not None and disposition not in _UNANSWERED
    )


def _surveys(
    questions: Mapping[tuple[str, str, str], list[Question]],
) -> dict[tuple[str, str], list[Question]]:
    """A survey asks for NPS when any of its questions is registered."""
    surveys: dict[tuple[str, str], list[Question]] = defaultdict(list)
    for (source, survey, _), lines in questions.items():
        surveys[source, survey] += lines
    return surveys


def _sent(inputs: Inputs, who: Identities) -> Iterator[_Sent]:
    """The invitations sent to a survey that asks for NPS, while a definition was in force."""
    surveys = _surveys(inputs.questions)
    for source, invitations in who.invitations.items():
        for key, invitation in invitations.items():
            when = invitation.sent_at
            definition = in_force(inputs.definitions, when)
            question = in_force(surveys.get((source, invitation.survey), []), when)
            if when is not None and definition is not None and question is not None:
                yield _Sent((source, invitation.survey, key), when, invitation, question, definition.version)


@cache
def _month(day: int) -> int:
    """The beginning of a day's month, microseconds: the tier is that of the standing there."""
    return (date.fromordinal(_EPOCH.toordinal() + day).replace(day=1) - _EPOCH).days * _DAY
