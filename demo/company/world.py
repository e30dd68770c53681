"""The simulated company as its vendors' systems hold it: eighteen tables, and what is true about them.

Belongs here: putting the rooms together, saving and loading. Does not belong here: any simulation itself.
Every table has `visible_at`: at clock *t* a vendor shows, for each id, the last row with `visible_at <= t`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from demo.company import billing, crm, responses
from demo.company.answers import simulate_answers
from demo.company.effects import Effects
from demo.company.erasures import erasures
from demo.company.people import simulate_people
from demo.company.size import Size
from demo.company.tickets import simulate_tickets
from demo.company.truths import planted

TRUTH_FILE = "truth.json"


@dataclass(frozen=True)
class World:
    """The tables of docs/contracts/simulated-company.md, and `truth`: what was planted."""

    branches: pa.Table
    employees: pa.Table
    accounts: pa.Table
    account_history: pa.Table
    contacts: pa.Table
    customers: pa.Table
    subscriptions: pa.Table
    invoices: pa.Table
    invoice_lines: pa.Table
    credit_notes: pa.Table
    refunds: pa.Table
    invitations: pa.Table
    responses: pa.Table
    erasures: pa.Table
    organizations: pa.Table
    requesters: pa.Table
    tickets: pa.Table
    ticket_events: pa.Table
    truth: dict[str, Any]

    @classmethod
    def table_names(cls) -> tuple[str, ...]:
        """Names of the tables, in the order in which they depend on each other."""
        return tuple(f.name for f in fields(cls) if f.name != "truth")

    def tables(self) -> dict[str, pa.Table]:
        """Every table by name."""
        return {name: getattr(self, name) for name in self.table_names()}

    def save(self, folder: Path) -> None:
        """Write `<table>.parquet` and `truth.json` into the folder, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self.tables().items():
            pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        text = json.dumps(self.truth, indent=2, ensure_ascii=False, sort_keys=True)
        (folder / TRUTH_FILE).write_text(text + "\n", encoding="utf-8")


def simulate(size: Size, effects: Effects | None = None) -> World:
    """The whole company, deterministic from the size (its seed) and the effects."""
    effects = effects or Effects()
    people = simulate_people(size, effects)
    story = simulate_answers(size, effects, people)
    names = crm.named(size, people)
    status = crm.statuses(people, story.churned_at)
    books = billing.simulate_billing(size, effects, people, story.churned_at, names)
    surveyed = responses.record(size, effects, people, story, names)
    forgotten = erasures(size, people, names, surveyed.responses)
    support = simulate_tickets(size, effects, people, story, names)
    return World(
        branches=crm.branches(size, people, names),
        employees=crm.employees(size, people, names),
        accounts=crm.accounts(people, names, status, story.referred),
        account_history=crm.account_history(people, names, status),
        contacts=crm.contacts(people, names),
        customers=books.customers,
        subscriptions=books.subscriptions,
        invoices=books.invoices,
        invoice_lines=books.invoice_lines,
        credit_notes=books.credit_notes,
        refunds=books.refunds,
        invitations=surveyed.invitations,
        responses=surveyed.responses,
        erasures=forgotten,
        organizations=support.organizations,
        requesters=support.requesters,
        tickets=support.tickets,
        ticket_events=support.ticket_events,
        truth=planted(size, effects, people, story, names, surveyed, forgotten),
    )
