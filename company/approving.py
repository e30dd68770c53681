"""Proposing and approving: who wrote a content, and who else stands for it.

The author proposes under their own name; another person approves exactly that. Belongs here: what may be
written into the approvals, and writing it. Does not belong here: judging what stands there (`approvals`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from company import (
    approvals,
    approved,
    bonuses,
    contents,
    follow_up,
    holdouts,
    persons,
    reading,
    settings,
    targets,
    wholeness,
)
from company.contents import Content
from company.mistakes import Mistake, listed
from company.reading import Definition, Row
from company.tables import ANOTHER, APPROVALS, ONLY


class ApprovalError(Exception):
    """It cannot be proposed or approved; the message says why and what to do."""


def open_parts(held: Definition, subject: str | None) -> list[Content]:
    """What has to be approved under a name: a version with all that versions share, or one shared table.

    A version's own tables are approved together: all of them, if one has changed. Without a name: everything.

    Raises:
        ApprovalError: there is neither such a version nor such a table.
    """
    parts = list(contents.contents(held).values())
    subjects = list(dict.fromkeys(part.subject for part in parts))
    if subject is not None and subject not in subjects:
        raise ApprovalError(f'there is no version or shared table "{subject}"; there are {listed(subjects)}')
    is_version = any(part.version == subject for part in parts)
    last = approvals.last(held, are_approved=True)
    changed = {part.subject for part in parts if not _is_sealed(part, last)}
    return [
        part
        for part in parts
        if part.subject in changed and (subject in (None, part.subject) or (is_version and not part.version))
    ]


def propose(folder: Path, subject: str, by: str, today: date) -> list[Content]:
    """Enter that `by` proposes what is open under this name, in place of any earlier proposal of it.

    Raises:
        ApprovalError: the folder has mistakes, nothing is open, or `by` is nobody.
    """
    held = _in_order(folder)
    parts = _something(held, subject)
    _in_time(folder, held, parts, today)
    _somebody(by)
    keys = {(part.version, part.table.name) for part in parts}
    rows = held.rows[APPROVALS.name]
    stay = [row for row in rows if row["approved_by"] is not None or _key(row) not in keys]
    number = 1 + max((row["approval"] for row in stay), default=0)
    new = [
        (str(number), part.version, part.table.name, part.hash, by.strip(), str(today), "", "", "", "")
        for part in parts
    ]
    _write(folder, [*(row.cells for row in stay), *new])
    return parts


def approve(
    folder: Path, subject: str, by: str, reason: str, today: date, *, alone: bool = False
) -> list[Content]:
    """Enter that `by` approves what was proposed under this name, and keep a copy of it.

    `alone`: there is nobody else; then the author approves, and that is what is published.

    Raises:
        ApprovalError: nothing is open, it was not proposed as it is, `by` is the author, or no reason.
    """
    held = _in_order(folder)
    parts = _something(held, subject)
    _in_time(folder, held, parts, today)
    _somebody(by)
    if not reason.strip():
        raise ApprovalError('an approval has a reason: --reason "…"')
    proposals = approvals.last(held, are_approved=False)
    taken: set[int] = set()
    for part in parts:
        proposal = proposals.get((part.version, part.table.name))
        said = f"{part.table.name} of {part.said}" if part.version else part.said
        if proposal is None or proposal["content_hash"] != part.hash:
            since = "has changed since it was proposed" if proposal else "was not proposed"
            raise ApprovalError(f"{said} {since}; first: nps definition propose {subject} --by AUTHOR")
        _may(held, proposal, by, alone)
        taken.add(proposal.line)
    end = (by.strip(), str(today), ONLY if alone else ANOTHER, " ".join(reason.split()))
    _write(
        folder,
        [(*row.cells[:6], *end) if row.line in taken else row.cells for row in held.rows[APPROVALS.name]],
    )
    for part in parts:
        approved.keep(folder, part)
    return parts


def _may(held: Definition, proposal: Row, by: str, alone: bool) -> None:
    author = proposal["author"]
    if not alone and persons.are_one(author, by):
        raise ApprovalError(
            f"{by} is the author ({author} proposed it on {proposal['proposed_on']}): let somebody else"
            " approve it, or say with --alone that there is nobody else"
        )
    if alone and not persons.are_one(author, by):
        raise ApprovalError(f"{by} is not alone: {author} proposed it; leave out --alone")
    if alone and (found := approvals.others(held, by, proposal["approval"])):
        raise ApprovalError(f"{by} is not alone: {found[0]} took part before; let somebody else approve it")


def _in_order(folder: Path) -> Definition:
    """The definition, where nothing but its approval is lacking."""
    if other := settings.of_another_release(folder):
        raise ApprovalError(str(other))
    held = reading.definition(folder)
    if found := [*held.mistakes, *(() if held.mistakes else _of_several_rows(held))]:
        raise ApprovalError(f"{found[0]}; `nps check` names every mistake")
    return held


def _of_several_rows(held: Definition) -> Iterator[Mistake]:
    yield from wholeness.judge(held)
    yield from follow_up.judge(held)
    yield from targets.judge(held)
    yield from bonuses.judge(held)


def _something(held: Definition, subject: str) -> list[Content]:
    parts = open_parts(held, subject)
    if not parts:
        raise ApprovalError(f"{subject} is approved as it is; there is nothing to propose or approve")
    return parts


def _in_time(folder: Path, held: Definition, parts: Iterable[Content], today: date) -> None:
    if any(part.table.name == follow_up.HOLDOUTS for part in parts):
        for early in holdouts.of_today(folder, held, today):
            raise ApprovalError(f"{early}; `nps check` names every mistake")


def _somebody(by: str) -> None:
    if not persons.is_somebody(by):
        raise ApprovalError("--by names nobody: give a name or an e-mail address")


def _is_sealed(part: Content, last: dict[contents.Key, Row]) -> bool:
    seal = last.get((part.version, part.table.name))
    return seal is not None and seal["content_hash"] == part.hash


def _key(row: Row) -> contents.Key:
    return (row["definition_version"] or "", row["table_name"])


def _write(folder: Path, rows: Iterable[Sequence[str]]) -> None:
    approved.write(folder / approvals.FILE, APPROVALS, rows)
