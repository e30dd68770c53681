"""A daughter of the base company that sends its surveys, CRM and billing as files: all that people write.

Belongs here: records in every form that a rule of the models is about, drawn by a seed: ids in both forms of
Salesforce's and with blanks around, merges in chains and circles, moments on boundaries, words for states,
corrections and withdrawals. Does not belong here: the figures that follow, which the recount says.
"""

from __future__ import annotations

import csv
import os
import string
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

_Row = dict[str, object]
_FIRST: Final = datetime(2022, 1, 1)
_BLANKS: Final = ("", "", "", "", "", "", " ", "\t", "\u00a0", "\u3000", "\r", "\n")
_NOBODY: Final = ("n/a", "0", "-1", "anonymous", "${id}", "{{person}}", "unknown", "----", "00000")
_REGIONS: Final = ("North", "South", "NA", " East ", "", None)
_CURRENCIES: Final = ("EUR", "EUR", "usd", " GBP", "EUR")


def send(day: date, inbox: Path) -> None:
    """Put into the inbox what has been sent up to a day; a file of an earlier day may be replaced."""
    for sent, path, rows in _files(Random(20261129)):
        if sent.date() <= day:
            target = inbox / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
                writer.writeheader()
                writer.writerows(rows)
            os.utime(target, (sent.timestamp(), sent.timestamp()))


def _files(drawn: Random) -> Iterator[tuple[datetime, str, Sequence[_Row]]]:
    """When which file was sent, and its rows: first corrections and what came since."""
    early, late = datetime(2024, 7, 1), datetime(2025, 12, 20)
    branches = [f"DB-{n}" for n in range(6)]
    accounts = [_account_id(drawn, n) for n in range(90)]
    contacts = [(f"003{_letters(drawn, 12)}", drawn.choice(accounts)) for _ in range(160)]
    people = [f"card-{n}" for n in range(60)]
    yield early, "crm/branches/branches.csv", [_branch(drawn, name) for name in branches]
    for sent in (early, late):
        yield sent, f"crm/accounts/accounts-{sent.year}.csv", _accounts(drawn, accounts, branches, sent)
        yield sent, f"crm/contacts/contacts-{sent.year}.csv", _contacts(drawn, contacts, sent)
        yield sent, f"billing/subscriptions/all-{sent.year}.csv", _subscriptions(drawn, accounts, sent)
        yield sent, f"billing/invoices/all-{sent.year}.csv", _invoices(drawn, accounts, sent)
    invitations = [_invitation(drawn, n, contacts, branches) for n in range(300)]
    corrected = _corrected(drawn, invitations[10:200])
    yield early, "surveys/invitations/invitations.csv", invitations[:200]
    yield late, "surveys/invitations/invitations.csv", [*corrected, *invitations[200:]]
    answers = [_answer(drawn, n, invitations, contacts, people, branches) for n in range(700)]
    yield early, "surveys/responses/answers.csv", answers[:350]
    yield late, "surveys/responses/answers.csv", [*_corrected(drawn, answers[15:350]), *answers[350:400]]
    yield late, "surveys/responses/later.csv", answers[380:]
    yield early, "surveys/erasures/daughter.csv", _erasures(drawn, answers, contacts, people)


def _account_id(drawn: Random, number: int) -> str:
    return f"001{_letters(drawn, 12)}" if number % 3 == 0 else f"D-{number}"


def _letters(drawn: Random, count: int) -> str:
    return "".join(drawn.choices(string.ascii_letters + string.digits, k=count))


def _id(drawn: Random, identifier: str) -> str:
    """The id as somebody writes it: the long form of Salesforce's, capitals, blanks around."""
    if len(identifier) == 15 and identifier[:2] == "00":
        written = identifier + _check(identifier) if drawn.random() < 0.5 else identifier
    else:
        written = drawn.choice((identifier, identifier, identifier.lower(), identifier.upper()))
    return drawn.choice(_BLANKS) + written + drawn.choice(_BLANKS)


def _check(short: str) -> str:
    """The three letters that say which of an id's fifteen are capitals."""
    alphabet = string.ascii_uppercase + "012345"
    fives = (short[first : first + 5] for first in (0, 5, 10))
    return "".join(alphabet[sum(2**at for at, each in enumerate(five) if each.isupper())] for five in fives)


def _moment(drawn: Random, first: datetime, last: datetime) -> datetime:
    """A moment between two; one of three lies on a boundary of a day, a month, a quarter or a year."""
    found = first + timedelta(seconds=drawn.randrange(int((last - first).total_seconds())))
    if drawn.random() < 0.34:
        found = found.replace(hour=0, minute=0, second=0)
        found = drawn.choice((found, found.replace(day=1), found.replace(month=1, day=1)))
        found -= timedelta(seconds=drawn.choice((0, 1)))
    return max(found, first)


def _branch(drawn: Random, name: str) -> _Row:
    return {
        "branch_id": _id(drawn, name),
        "name": f" Branch {name} ",
        "region": drawn.choice(_REGIONS),
        "owner": drawn.choice(("", "Ada")),
        "opened_on": _moment(drawn, _FIRST, datetime(2023, 1, 1)).date(),
        "closed_on": drawn.choice(("", "9999-12-31", "2025-03-01")),
    }


def _accounts(drawn: Random, accounts: Sequence[str], branches: Sequence[str], sent: datetime) -> list[_Row]:
    rows = []
    for at, account in enumerate(accounts):
        for _ in range(drawn.choice((1, 1, 2))):
            rows.append(
                {
                    "account_id": _id(drawn, account),
                    "updated_at": _moment(drawn, sent - timedelta(days=500), sent),
                    "name": f"Account {at}",
                    "parent_account_id": drawn.choice(("", _id(drawn, drawn.choice(accounts)))),
                    "branch_id": drawn.choice(("", _id(drawn, drawn.choice(branches)))),
                    "region": drawn.choice(_REGIONS),
                    "industry": drawn.choice(("Retail", " Energy ", "")),
                    "plan": drawn.choice(("Growth", " Growth", "Enterprise", "")),
                    "owner_id": "",
                    "lifecycle_stage": drawn.choice(("onboarding", "Adoption ", "renewal", "")),
                    "status": drawn.choice(("active", "Active", "churned", "")),
                    "created_at": _moment(drawn, _FIRST - timedelta(days=400), _FIRST + timedelta(days=300)),
                    "merged_into_id": _survivor(drawn, accounts, at),
                    "is_deleted": drawn.random() < 0.05,
                    "acquired_by_referral": drawn.choice(("true", "false", "")),
                }
            )
    return rows


def _survivor(drawn: Random, accounts: Sequence[str], at: int) -> str:
    """A chain of 40 merges, a circle of three, a pair, an account that merges into itself."""
    into = {**{n: n + 1 for n in range(20, 60)}, 62: 63, 63: 64, 64: 62, 66: 67, 68: 68}
    return _id(drawn, accounts[into[at]]) if at in into else ""


def _contacts(drawn: Random, contacts: Sequence[tuple[str, str]], sent: datetime) -> list[_Row]:
    return [
        {
            "contact_id": _id(drawn, contact),
            "updated_at": _moment(drawn, sent - timedelta(days=500), sent),
            "account_id": drawn.choice((_id(drawn, account), _id(drawn, account), "")),
            "email": _email(drawn, at % 110),
            "merged_into_id": _id(drawn, contacts[at + 1][0]) if at % 17 == 3 else "",
            "is_deleted": at % 23 == 5,
            "created_at": _moment(drawn, _FIRST, sent),
        }
        for at, (contact, account) in enumerate(contacts)
    ]


def _email(drawn: Random, number: int) -> str:
    if number % 29 == 7:
        return drawn.choice(("noemail@noemail.example", "none@x.example", "@", "a@", "no-reply@x.example"))
    return drawn.choice(_BLANKS) + drawn.choice(("p", "P")) + f"{number}@daughter.example"


def _subscriptions(drawn: Random, accounts: Sequence[str], sent: datetime) -> list[_Row]:
    words = ("active", "Active ", "past_due", "canceled", "cancelled", "trialing", "paused", "unpaid")
    rows = []
    for at in range(70):
        started = _moment(drawn, _FIRST, sent - timedelta(days=100))
        for _ in range(drawn.choice((1, 2))):
            rows.append(
                {
                    "subscription_id": f"DS-{at}",
                    "account_id": _id(drawn, accounts[at]),
                    "status": drawn.choice(words),
                    "started_at": started,
                    "mrr_amount": drawn.choice(("100", "250.5", "0", "9999.99")),
                    "currency": drawn.choice(_CURRENCIES),
                    "updated_at": _moment(drawn, sent - timedelta(days=100), sent),
                    "plan": drawn.choice(("Growth", "")),
                    "cancelled_at": drawn.choice(("", "9999-12-31", _moment(drawn, started, sent))),
                }
            )
    return rows


def _invoices(drawn: Random, accounts: Sequence[str], sent: datetime) -> list[_Row]:
    words = ("paid", "Paid ", "open", "void", "draft", "uncollectible", "Partially_Paid", "past due")
    rows = []
    for at in range(150):
        issued = _moment(drawn, _FIRST, sent - timedelta(days=60))
        net = drawn.choice((0, 10, 99.99, 1200, 25_000))
        for _ in range(drawn.choice((1, 1, 2, 3))):
            begun = drawn.choice(("", issued, issued.replace(day=1)))
            rows.append(
                {
                    "invoice_id": f"DI-{at}",
                    "account_id": _id(drawn, drawn.choice(accounts[: at % 80 + 1])) if at % 50 else "",
                    "issued_at": issued,
                    "status": drawn.choice(words),
                    "net_amount": net,
                    "currency": drawn.choice(_CURRENCIES),
                    "updated_at": _moment(drawn, issued, sent),
                    "tax_amount": drawn.choice(("", net * 0.2)),
                    "refunded_amount": drawn.choice(("", 0, net, net / 2)),
                    "period_start": begun,
                    "period_end": drawn.choice(("", issued + timedelta(days=drawn.choice((0, 1, 30, 365))))),
                }
            )
    return [row for row in rows if row["account_id"]]


def _invitation(
    drawn: Random, number: int, contacts: Sequence[tuple[str, str]], branches: Sequence[str]
) -> _Row:
    words = ("sent", "Delivered", "opened", "bounced", "failed", "completed", "", " blocked ", "skipped")
    contact, account = drawn.choice(contacts)
    sent = _moment(drawn, datetime(2023, 1, 1), datetime(2025, 12, 1))
    return {
        "invitation_id": f"DN-{number}",
        "survey_id": drawn.choice(("relationship", "Relationship ", "unasked")),
        "sent_at": sent,
        "contact_id": drawn.choice((_id(drawn, contact), "", drawn.choice(_NOBODY))),
        "account_id": drawn.choice(("", "", _id(drawn, account))),
        "email": drawn.choice(("", _email(drawn, number % 110))),
        "status": drawn.choice(words),
        "event_id": "",
        "event_at": drawn.choice(("", sent - timedelta(days=3), sent, sent + timedelta(days=1))),
        "employee_id": "",
        "branch_id": drawn.choice(("", _id(drawn, drawn.choice(branches)))),
    }


def _answer(
    drawn: Random,
    number: int,
    invitations: Sequence[_Row],
    contacts: Sequence[tuple[str, str]],
    people: Sequence[str],
    branches: Sequence[str],
) -> _Row:
    invitation = drawn.choice(invitations)
    sent = invitation["sent_at"]
    assert isinstance(sent, datetime)
    answered = sent + drawn.choice((timedelta(0), timedelta(days=3), timedelta(days=40), timedelta(hours=-5)))
    contact, account = drawn.choice(contacts)
    return {
        "response_id": f"DA-{number}",
        "score": drawn.choice(("", 11, 9.5)) if number % 40 == 0 else drawn.randrange(11),
        "responded_at": answered,
        "survey_id": "relationship" if number % 90 else "unasked",
        "comment": drawn.choice(("", "fine", " so so ")),
        "account_id": drawn.choice(("", "", _id(drawn, account))),
        "contact_id": drawn.choice(("", "", _id(drawn, contact), drawn.choice(_NOBODY))),
        "respondent_email": drawn.choice(("", "", _email(drawn, number % 110), "tester@example.com")),
        "person_id": drawn.choice(("", drawn.choice(people), drawn.choice(_NOBODY))),
        "branch_id": drawn.choice(("", _id(drawn, drawn.choice(branches)), drawn.choice(_NOBODY))),
        "invitation_id": drawn.choice(("", "", invitation["invitation_id"], drawn.choice(_NOBODY))),
        "event_at": drawn.choice(("", answered - timedelta(days=2), answered, answered + timedelta(days=1))),
        "started_at": drawn.choice(("", answered - timedelta(minutes=2), answered + timedelta(minutes=1))),
        "channel": drawn.choice(("email", " Email", "sms", "")),
        "employee_id": drawn.choice(("", _NOBODY[0])),
        "device_id": drawn.choice(("", f"device-{number % 50}")),
        "is_test": number % 60 == 7,
    }


def _corrected(drawn: Random, rows: Sequence[_Row]) -> list[_Row]:
    """The rows, some of which somebody has written otherwise since."""
    changed = []
    for row in rows:
        new = dict(row)
        if drawn.random() < 0.15 and "score" in new:
            new["score"] = drawn.randrange(11)
        if drawn.random() < 0.1 and "status" in new:
            new["status"] = "completed"
        changed.append(new)
    return changed


def _erasures(
    drawn: Random, answers: Sequence[_Row], contacts: Sequence[tuple[str, str]], people: Sequence[str]
) -> list[_Row]:
    asked = datetime(2024, 6, 1)
    named: list[_Row] = [
        {"response_id": answers[3]["response_id"]},
        {"response_id": answers[9]["response_id"], "source": "files"},
        {"contact_id": _id(drawn, contacts[5][0])},
        {"contact_id": _id(drawn, contacts[20][0]), "source": "qualtrics"},
        {"email": "P12@daughter.example "},
        {"email": "noemail@noemail.example", "response_id": answers[12]["response_id"]},
        {"person_id": people[4]},
        {"person_id": people[9].upper(), "source": "files"},
    ]
    names = ("source", "response_id", "contact_id", "email", "person_id")
    return [
        {"erasure_id": f"DE-{at}", "requested_at": asked + timedelta(days=at)}
        | {name: each.get(name, "") for name in names}
        for at, each in enumerate(named)
    ]
