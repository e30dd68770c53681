"""Finds the columns besides score, date and id: e-mail, account, branch, contact, comment, invitation, …"""

from collections.abc import Mapping, Sequence

from look.columns import Column
from look.findings import Findings
from look.moments import moments_of
from look.vocabulary import ROLES, place


def find_roles(
    columns: Sequence[Column], taken: set[str], known: Mapping[str, str], findings: Findings
) -> dict[str, str]:
    """Ours → theirs for the optional columns, each by its name and its content.

    Columns in `taken` are not considered; `known` gives a tool's columns.
    """
    found: dict[str, str] = {}
    for role, called in ROLES.items():
        free = [column for column in columns if column.header not in taken]
        named = [column for column in free if column.header == known.get(role)]
        named += [column for column in free if _is_named(role, column)]
        fitting = [column for column in named if _fits(role, column)]
        if fitting:
            chosen = max(
                fitting, key=lambda column: (column.header in (known.get(role), role), column.filled)
            )
            found[role] = chosen.header
            taken.add(chosen.header)
            findings.sure(called, f'"{chosen.shown}"')
        elif named and named[0].filled:
            text = f'"{named[0].shown}" has the name, but its content does not fit, so it is not used'
            findings.unsure(called, text)
    return found


def _is_named(role: str, column: Column) -> bool:
    return column.header == role or any(place(role, "name", label) is not None for label in column.labels)


def _fits(role: str, column: Column) -> bool:
    """Whether the cells match the name; an empty column does not."""
    if not column.filled:
        return False
    if role == "respondent_email":
        return 2 * sum(count for value, count in column.values.items() if "@" in value) >= column.filled
    if role in ("started_at", "event_at"):
        return moments_of(column) is not None
    if role == "invitation_id":
        return 2 * len(column.values) >= column.filled
    return True
