"""`nps audit money`: the evidence behind a published figure of money, checked, recounted, shown and packed.

Belongs here: the order of these steps, and how they are printed. Does not belong here: what the evidence is
(`publication.money_evidence`), or the recount (`expectations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from expectations.recount import finance as recount
from expectations.recount.finance import Counted
from ingestion import registry
from orchestration import environment, vendors
from orchestration.cli.audit import AuditFailedError, current
from orchestration.cli.console import out
from publication import ledger, money_evidence, money_pack, pack, reader
from publication.evidence import Table as Evidence
from publication.figure import ALL
from publication.money_evidence import LISTED, MoneyEvidence
from publication.wording import count

MOST_FIGURES = 5


def members(typed: Sequence[str]) -> dict[str, str]:
    """Column → member of `column=member` as typed. Raises ValueError for anything else."""
    found = {}
    for each in typed:
        name, _, member = each.partition("=")
        if not name or not member:
            raise ValueError(f"--of {each!r} names no member; write column=member, such as band=detractor")
        found[name] = member
    return found


def run(table: str, wanted: dict[str, str], target: Path | None = None) -> int:
    """Audit the figures of a table with these members, and pack the evidence; returns the exit code.

    Raises as `money_evidence.collect` does, AuditFailedError where the recount differs, and PackError.
    """
    home = environment.home()
    said = reader.manifest(home.published)
    chain = ledger.verify(home.ledger)
    current(home, said, chain)
    version = home.published / "versions" / said.version
    found = money_evidence.collect(
        home.warehouse, version, home.ledger, said.sequence, table, _whole(table, wanted)
    )
    again = recount.recount(
        home.warehouse, said.as_of, registry.names(), everything=True, sources=vendors.enabled()
    )
    differences = recount.compare_published(again, table, home.warehouse)
    _show(found, table, out)
    out.print(f"\n✓ the ledger's chain holds up to publication {count(chain.sequence)}, head {chain.head}")
    out.print("✓ the accounts behind it are those of the fingerprint in the ledger")
    if found.looks:
        out.print(
            f"✓ what accounts paid at {count(found.looks)} looks follows from {count(found.lines)} documents"
        )
    if differences:
        worst = differences[0]
        raise AuditFailedError(
            f"the recount from raw differs: {worst.column} of {worst.name} is {worst.published},"
            f" recounted {worst.recounted}"
        )
    out.print(f"✓ the recount from the vendors' records agrees on every figure of {table}")
    for each in found.restated.records():
        out.print(
            f"restated by publication {count(each['sequence'])}: {each['cause']},"
            f" {count(each['accounts'])} accounts; before: {each['previously'] or 'not there'}",
            markup=False,
        )
    if target is not None:
        money, scores = ledger.money(home.ledger, said.sequence), ledger.read(home.ledger, said.sequence)
        recounted = _as_published(recount.rows(again, table), found.amounts)
        folder, archive = pack.write(
            target, money_pack.files(found, version, table, money, scores, recounted)
        )
        out.print(f"\nevidence: {folder} and {archive}; verify it with `nps audit verify {archive}`")
    return 0


def _as_published(recounted: Counted, amounts: Sequence[str]) -> Evidence:
    """Rows of the recount with amounts in the reporting currency, where it has whole millionths of it."""
    columns: tuple[str, ...] = recounted.kind._fields
    are = [name in amounts for name in columns]
    rows = [
        tuple(
            Decimal(value) / 1_000_000 if is_amount and value is not None else value
            for value, is_amount in zip(row, are, strict=True)
        )
        for row in recounted.rows
    ]
    return Evidence(columns, rows)


def _whole(table: str, wanted: dict[str, str]) -> dict[str, str]:
    """Without a segment, the company's figures, or those of the member that is named."""
    if "segment" in wanted or table not in ("revenue_association", "revenue_coverage", "weighted_scores"):
        return wanted
    split = next((name for name in ("customer_value_tier", "tenure", "region") if name in wanted), "company")
    return {"segment": split, **wanted}


def _show(found: MoneyEvidence, table: str, console: Console) -> None:
    figures = found.figures.records()
    for row in figures[:MOST_FIGURES]:
        named = ", ".join(f"{name} {row[name]}" for name in found.key if row[name] != ALL)
        console.print(f"\n{table}: {named}", style="bold", markup=False)
        grid = Table(box=None, pad_edge=False, show_header=False)
        for name in found.figures.columns[len(found.key) :]:
            grid.add_row(name.replace("_", " "), "not shown" if row[name] is None else str(row[name]))
        console.print(grid)
    if len(figures) > MOST_FIGURES:
        console.print(
            f"and {count(len(figures) - MOST_FIGURES)} figures more (--of narrows them)", style="dim"
        )
    console.print("\nAccounts behind it, by the part they have", style="italic")
    accounts = _grid("part", "accounts", "looks", f"the first {LISTED}")
    for part, number, looks, first in found.accounts.rows:
        accounts.add_row(part, count(number), count(looks), ", ".join(first))
    console.print(accounts)
    if found.documents.rows:
        console.print(f"\nDocuments in force on the day, of the first {LISTED} accounts", style="italic")
        documents = _grid("account", "on", "pays a month", "source", "document", "worth a month")
        before = None
        for account, day, paid, source, document, worth in found.documents.rows:
            first = (account, day) != before
            before = (account, day)
            documents.add_row(
                *((account, str(day), f"{paid:,.2f}") if first else ("", "", "")),
                source,
                document,
                f"{worth:,.2f}",
            )
        console.print(documents)
    console.print("`nps finance reconcile --account KEY` ties an account to all its documents", style="dim")


def _grid(*headings: str) -> Table:
    grid = Table(header_style="bold", box=None, pad_edge=False)
    for heading in headings:
        numbers = ("accounts", "looks", "pays a month", "worth a month")
        grid.add_column(heading, justify="right" if heading in numbers else "left")
    return grid
