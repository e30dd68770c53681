"""That lots are drawn for answers which are still to come: a hold-out begins with its approval, or later.

Whoever begins it earlier knows the answers that the lots fall on, and cases that were opened before the
approval would be gone. Belongs here: when a hold-out may begin. Does not belong here: whom it draws lots for
(`follow_up`), or whether it is approved at all (`approvals`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from company import approvals
from company.approved import approved_rows
from company.contents import contents
from company.follow_up import HOLDOUTS
from company.mistakes import Mistake
from company.reading import Definition, Row
from company.tables import APPROVALS


def judge(folder: Path, held: Definition) -> Iterator[Mistake]:
    """Each hold-out that begins before its approval.

    A row of the copy of what was approved cannot be older than the first approval of the table; any other is
    as old as the last one, or its proposal.
    """
    rows = [row for row in held.rows[APPROVALS.name] if row["table_name"] == HOLDOUTS]
    days = sorted(row["approved_on"] for row in rows if row["approved_on"])
    if not rows:
        return
    proposal = approvals.last(held, are_approved=False).get(("", HOLDOUTS))
    latest = proposal["proposed_on"] if proposal else days[-1]
    for row, is_known in _rows(folder, held):
        yield from _early(row, days[0] if is_known and days else latest, "it was approved")


def of_today(folder: Path, held: Definition, today: date) -> Iterator[Mistake]:
    """Each hold-out that begins before `today`, on which it is proposed or approved for the first time."""
    for row, is_known in _rows(folder, held):
        if not is_known:
            yield from _early(row, today, "it is approved")


def _rows(folder: Path, held: Definition) -> Iterator[tuple[Row, bool]]:
    """Each hold-out, and whether the copy has it: one that only ends on another day is the same."""
    content = contents(held).get(("", HOLDOUTS))
    known = {row.cells[:-1] for row in approved_rows(folder, content)} if content else set()
    for row in held.rows[HOLDOUTS]:
        yield row, row.cells[:-1] in known


def _early(row: Row, since: date, said: str) -> Iterator[Mistake]:
    if row["valid_from"] < since:
        yield row.wrong(
            f"{row['holdout_name']} begins on {row['valid_from']}, before {said} ({since}): its lots would"
            " fall on answers that are known",
            f"let it begin on {since} or later",
        )
