"""Whether every part of a definition was approved, as it is, by somebody other than its author.

Belongs here: the rules of an approval, and what is told of a part that has none. Does not belong here:
writing one (`approving`), or what changed in words (`changes`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from company import persons
from company.approved import approved_rows
from company.contents import Content, Key, contents
from company.folder import DEFINITION
from company.mistakes import Mistake
from company.reading import Definition, Row
from company.tables import ANOTHER, APPROVALS, ONLY

FILE = f"{DEFINITION}/{APPROVALS.name}.csv"
#: Who suggests what `nps init` writes. A company's first person is not alone because of it.
PRODUCT = "nps-warehouse"


def judge(folder: Path, held: Definition) -> Iterator[Mistake]:
    """What is wrong with the approvals, and each part of the definition that has none."""
    yield from _entries(held)
    approved, proposed = last(held, are_approved=True), last(held, are_approved=False)
    lacking: dict[str, Mistake] = {}  # one for each version or shared table that nobody ever approved
    for key, content in contents(held).items():
        seal, proposal = approved.get(key), proposed.get(key)
        if seal is not None and seal["content_hash"] == content.hash:
            continue
        remedy = _remedy(content, proposal)
        if seal is None:
            problem = f"nobody has approved {content.said}"
            lacking.setdefault(content.subject, Mistake(FILE, 0, problem, remedy))
        else:
            by, on = seal["approved_by"], seal["approved_on"]
            problem = f"{content.said} has changed since {by} approved it on {on}"
            yield Mistake(content.file, _first_new(folder, content), problem, f"undo it, or {remedy}")
    yield from lacking.values()


def last(held: Definition, *, are_approved: bool) -> dict[Key, Row]:
    """Each part's last approval, or the proposal that nobody has approved yet."""
    rows = sorted(held.rows[APPROVALS.name], key=lambda row: row["approval"])
    return {
        (row["definition_version"] or "", row["table_name"]): row
        for row in rows
        if (row["approved_by"] is not None) == are_approved
    }


def alone(held: Definition) -> list[str]:
    """Who approved their own content because there was nobody else, where that approval still holds."""
    holding = last(held, are_approved=True).values()
    return sorted({row["approved_by"] for row in holding if row["approved_as"] == ONLY})


def others(held: Definition, person: str, before: int) -> list[str]:
    """Who else took part in approvals before this one: with anybody, a person is not alone."""
    named = [
        name
        for row in held.rows[APPROVALS.name]
        if row["approval"] < before
        for name in (row["author"], row["approved_by"])
    ]
    return [name for name in named if name and not persons.are_one(name, person) and name != PRODUCT]


def _entries(held: Definition) -> Iterator[Mistake]:
    """What is wrong in the lines of the approvals, whatever they seal."""
    for row in held.rows[APPROVALS.name]:
        author, by = row["author"], row["approved_by"]
        rest = (by, row["approved_on"], row["approved_as"], row["reason"])
        if not persons.is_somebody(author) or (by is not None and not persons.is_somebody(by)):
            yield row.wrong("author or approver is nobody's name", "propose and approve it again")
        elif any(each is None for each in rest):
            if any(each is not None for each in rest):
                yield row.wrong("the approval is not whole", "let `nps definition approve` write it")
        elif row["approved_on"] < row["proposed_on"]:
            yield row.wrong("it was approved before it was proposed", "propose and approve it again")
        elif row["approved_as"] == ANOTHER and persons.are_one(author, by):
            yield row.wrong(f"{by} approved what {author} proposed, who is the same person", _ANOTHER)
        elif row["approved_as"] == ONLY:
            if not persons.are_one(author, by):
                yield row.wrong(f"{by} is another person than {author}", f"approve it as {ANOTHER}")
            elif found := others(held, by, row["approval"]):
                yield row.wrong(f"{by} approved it alone, but {found[0]} is there too", _ANOTHER)


_ANOTHER = "let somebody else approve it"


def _remedy(content: Content, proposal: Row | None) -> str:
    name = content.subject
    approve = f'nps definition approve {name} --by ANOTHER --reason "…"'
    if proposal is not None and proposal["content_hash"] == content.hash:
        return f"let somebody other than {proposal['author']} approve it: {approve}"
    return f"see nps definition diff {name}, then: nps definition propose {name} --by AUTHOR; {approve}"


def _first_new(folder: Path, content: Content) -> int:
    """The first line that was not approved; 0 where one is only missing."""
    known = {row.cells for row in approved_rows(folder, content)}
    return next((row.line for row in content.rows if row.cells not in known), 0)
