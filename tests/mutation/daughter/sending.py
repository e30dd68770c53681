"""Which files the daughter has sent by a day, and how they lie in the inbox."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Final

from tests.mutation.daughter import billing, crm, edges, surveys
from tests.mutation.daughter.forms import Row, letters

_EARLY, _LATE = datetime(2024, 7, 1), datetime(2025, 12, 20)
#: Table → what a person writes who has no number.
_UNREADABLE: Final = {
    "billing/invoices": {"invoice_id": "DX-1", "net_amount": "lots"},
    "billing/subscriptions": {"subscription_id": "DX-1", "mrr_amount": "lots"},
    "billing/movements": {"movement_id": "DX-1", "kind": "upsell"},
}
#: Table → the column for which somebody took another at first, and that other.
_MISREAD: Final = {
    "crm/accounts": ("plan", "note"),
    "crm/contacts": ("account_id", "note"),
    "crm/branches": ("region", "note"),
    "billing/subscriptions": ("mrr_amount", "yearly"),
    "billing/invoices": ("net_amount", "yearly"),
    "billing/movements": ("mrr_amount", "yearly"),
    "surveys/invitations": ("email", "note"),
    "surveys/responses": ("person_id", "note"),
}


def send(day: date, inbox: Path) -> None:
    """Put into the inbox what has been sent up to a day; a file of an earlier day may be replaced."""
    for sent, path, content in _files(Random(20261129)):
        if sent.date() <= day:
            target = inbox / path
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, str):
                target.write_text(content, "utf-8")
            else:
                _write(target, content)
            os.utime(target, (sent.timestamp(), sent.timestamp()))


def _write(target: Path, rows: Sequence[Row]) -> None:
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)


def _files(drawn: Random) -> Iterator[tuple[datetime, str, Sequence[Row] | str]]:
    """When which file was sent, and its rows, or its mapping: at first, then corrected and added to."""
    branches = [f"DB-{n}" for n in range(6)]
    accounts = [crm.account_id(drawn, n) for n in range(90)]
    contacts = [(f"003{letters(drawn, 12)}", drawn.choice(accounts)) for _ in range(160)]
    people = [f"card-{n}" for n in range(60)]
    invitations = [surveys.invitation(drawn, n, contacts, branches) for n in range(320)]
    answers = [surveys.answer(drawn, n, invitations, contacts, people, branches) for n in range(720)]
    every = {"crm/branches": [crm.branch(drawn, name) for name in branches]}
    every["crm/branches"][5]["region"] = "x"
    yield _EARLY, "crm/branches/branches.csv", every["crm/branches"]
    for sent in (_EARLY, _LATE):
        every |= {
            "crm/accounts": crm.accounts(drawn, accounts, branches, sent),
            "crm/contacts": crm.contacts(drawn, contacts, sent),
            "billing/subscriptions": billing.subscriptions(drawn, accounts, sent),
            "billing/invoices": billing.invoices(drawn, accounts, sent),
            "billing/movements": billing.movements(crm.MOVED, sent),
        }
        for table in (name for name in every if name != "crm/branches"):
            bad = [every[table][0] | _UNREADABLE[table]] if sent == _LATE and table in _UNREADABLE else []
            yield sent, f"{table}/all-{sent.year}.csv", [*every[table], *bad]
    yield _EARLY, "crm/accounts/moved.csv", crm.moved_accounts()
    yield _LATE, "crm/accounts/odd.csv", crm.odd_accounts()
    yield _LATE, "billing/invoices/odd.csv", billing.odd_invoices()
    yield _LATE, "billing/subscriptions/odd.csv", billing.odd_subscriptions()
    yield _LATE, "billing/movements/odd.csv", billing.odd_movements()
    every |= {"surveys/invitations": invitations[300:], "surveys/responses": answers[700:]}
    yield from _misread(every)
    corrected = surveys.corrected(drawn, invitations[10:200])
    yield _EARLY, "surveys/invitations/invitations.csv", invitations[:200]
    undated = invitations[0] | {"invitation_id": "DU-0", "sent_at": "soon"}
    yield _LATE, "surveys/invitations/invitations.csv", [*corrected, *invitations[200:300], undated]
    yield _LATE, "surveys/invitations/edges.csv", edges.invitations()
    unreadable = [
        answer | {"response_id": f"DU-{n}", "score": "nine"} for n, answer in enumerate(answers[:2])
    ]
    yield _EARLY, "surveys/responses/answers.csv", [*answers[:350], *unreadable]
    corrected = surveys.corrected(drawn, answers[15:350])
    bad = [answers[at] | {"response_id": f"DU-{at}", "score": "ten"} for at in (2, 3)]
    yield _LATE, "surveys/responses/answers.csv", [bad[0], *corrected, *answers[350:400], unreadable[0]]
    swapped = answers[1] | {"response_id": "DX-2", "account_id": contacts[0][0], "contact_id": ""}
    yield _LATE, "surveys/responses/later.csv", [bad[1], *answers[380:700], swapped]
    yield _LATE, "surveys/responses/edges.csv", edges.answers()
    yield _LATE, "surveys/responses/terminals.csv", edges.terminals()
    yield _LATE, "surveys/responses/praised.csv", surveys.praised(branches[0], branches[1])
    yield from _twins()
    yield _EARLY, "surveys/erasures/daughter.csv", surveys.erasures(drawn, answers, contacts, people)


def _twins() -> Iterator[tuple[datetime, str, Sequence[Row] | str]]:
    """Two files whose records are the same to the letter: their ids are those of the file and the row."""
    for folder, own_id in (("surveys/responses", "response_id"), ("surveys/invitations", "invitation_id")):
        rows, corrected = edges.twins(folder)
        for name in ("twin-a", "twin-b"):
            yield _EARLY, f"{folder}/{name}.toml", f'[columns]\n{own_id} = ["@file", "ref"]\n'
            yield _EARLY, f"{folder}/{name}.csv", rows
        yield _LATE, f"{folder}/twin-a.csv", corrected


def _misread(every: dict[str, list[Row]]) -> Iterator[tuple[datetime, str, Sequence[Row] | str]]:
    """A few records of each table with ids of their own, read by a mapping that was corrected later."""
    for table, (column, other) in _MISREAD.items():
        own_id = next(iter(every[table][0]))
        rows = [
            row | {own_id: f"DM-{n}", "note": "noted", "yearly": 1200}
            for n, row in enumerate(every[table][-5:])
        ]
        yield _EARLY, f"{table}/misread.csv", rows
        yield _EARLY, f"{table}/misread.toml", f'[columns]\n{column} = "{other}"\n'
        yield _LATE, f"{table}/misread.toml", f'[columns]\n{column} = "{column}"\n'
