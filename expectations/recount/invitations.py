"""Whom the company asked: each invitation's delivery, its answer and its members as of sending.

Belongs here: what one invitation says, and what it is counted under. Does not belong here: who a person is
(`identities`), adding up (`cells`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

import duckdb
import pyarrow as pa

from expectations.recount.dimensions import Known, Members, as_of
from expectations.recount.identities import Identities
from expectations.recount.raw import Invitation
from expectations.recount.rules import Definition, Inputs, Judged, Question, in_force

_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
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
    customer_value_tier: str
    journey_stage: str
    branch: str
    region: str
    plan: str
    channel: str


def person(key: str, invitation: Invitation, who: Identities) -> str:
    """Whom an invitation was for: the surviving contact, else the e-mail, else nobody known."""
    return who.invited(invitation) or invitation.email or key


def asked(inputs: Inputs, judged: Iterable[Judged], known: Known, end: int) -> list[Asked]:
    """Every invitation sent for NPS; `judged` are the answers to them, `end` is as-of in microseconds."""
    answered = _answered(judged)
    surveys = _surveys(inputs.questions)
    found = []
    for source, invitations in known.who.invitations.items():
        for key, invitation in invitations.items():
            slot = (source, invitation.survey, key)
            row = _asked(slot, invitation, slot in answered, surveys, inputs.definitions, known, end)
            if row is not None:
                found.append(row)
    return found


def table(rows: Iterable[Asked]) -> pa.Table:
    """Delivered invitations as columns, for `cells`."""
    names = ("survey_type", "definition_version", "day", "answered", "invitations", *Members._fields)
    counted = [(*row[1:4], int(row.is_answered), 1, *row[6:]) for row in rows if row.is_delivered]
    columns = zip(*counted, strict=True) if counted else ([] for _ in names)
    types = dict.fromkeys(("day", "answered", "invitations"), pa.int64())
    return pa.table(
        {
            name: pa.array(each, types.get(name, pa.string()))
            for name, each in zip(names, columns, strict=True)
        }
    )


def built_table(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The same from the marts, invitations alike put together: what a sample's figures are counted from."""
    members = ", ".join(Members._fields)
    return connection.execute(
        "select survey_type, definition_version, datediff('day', date '1970-01-01', sent_date) as day,"
        " cast(is_answered as bigint) * count(*) as answered, count(*) as invitations,"
        f" {members} from marts.fct_survey_invitations"
        " where is_delivered and survey_type is not null and sent_date is not null"
        f" group by survey_type, definition_version, sent_date, is_answered, {members}"
    ).to_arrow_table()


def built(connection: duckdb.DuckDBPyConnection, keys: Sequence[str], persons: str | None) -> list[Asked]:
    """The rows of the marts: of `keys` and `persons` (an SQL condition), or all (None)."""
    condition = ""
    if persons is not None:
        connection.register("recounted", pa.table({"key": pa.array(keys, pa.string())}))
        condition = f" and ({persons} or invitation_key in (select key from recounted))"
    found = connection.execute(
        "select invitation_key, survey_type, definition_version,"
        " datediff('day', date '1970-01-01', sent_date), is_delivered, is_answered,"
        f" {', '.join(Members._fields)} from marts.fct_survey_invitations"
        f" where survey_type is not null and sent_date is not null{condition}"
    )
    return [Asked(*row) for row in found.fetchall()]


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


def _asked(
    slot: Slot,
    invitation: Invitation,
    is_answered: bool,
    surveys: Mapping[tuple[str, str], list[Question]],
    definitions: Sequence[Definition],
    known: Known,
    end: int,
) -> Asked | None:
    source, survey, key = slot
    when = invitation.sent_at
    definition = in_force(definitions, when)
    question = in_force(surveys.get((source, survey), []), when)
    if when is None or definition is None or question is None:
        return None
    account = known.who.account_of(invitation.account, known.who.invited(invitation))
    month, worth = _month(when), None
    if account is not None:
        worth = known.revenue.trailing(account, month) if month <= end else 0
    return Asked(
        f"{source}:{key}",
        question.survey_type,
        definition.version.version,
        when // _DAY,
        not invitation.is_bounced,
        is_answered,
        *as_of(when, invitation, question, definition.version, account, worth, known),
    )


def _month(when: int) -> int:
    """The beginning of a moment's month, microseconds: the tier is that of the standing there."""
    day = date.fromordinal(_EPOCH.toordinal() + when // _DAY)
    return (day.replace(day=1) - _EPOCH).days * _DAY
