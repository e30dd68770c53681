"""Who is to be forgotten, what was found of them, and what the vault tells: shapes, and no work.

Belongs here: what finding, redacting and carrying out share. Does not belong here: any of the three.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

QUARANTINE: Final = "quarantine"


@dataclass(frozen=True)
class Named:
    """Who is to be forgotten: ids of contacts and responses, addresses, ids that surveys gave persons."""

    contacts: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    responses: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()

    def all(self) -> list[str]:
        """Each as a text that no other has."""
        return sorted(
            f"{kind}:{each.strip().lower()}"
            for kind, names in (
                *(("contact", self.contacts), ("email", self.emails)),
                *(("response", self.responses), ("person", self.persons)),
            )
            for each in names
        )


@dataclass
class Found:
    """Records by (source, table); rows of quarantine by source, and (source, table, hash) of their texts;
    texts to look for, and those among them that other records may have too; answers as (source, response)."""

    records: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    quarantined: dict[str, set[tuple[str, str, str]]] = field(default_factory=lambda: defaultdict(set))
    rejects: set[tuple[str, str, str]] = field(default_factory=set)
    reject_texts: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    maybe_others: set[str] = field(default_factory=set)
    comments: set[str] = field(default_factory=set)
    responses: set[tuple[str, str]] = field(default_factory=set)

    @property
    def counted(self) -> dict[str, int]:
        """How many records by `<source>.<table>`."""
        found = {f"{source}.{table}": len(ids) for (source, table), ids in self.records.items() if ids}
        found |= {f"{source}.{QUARANTINE}": len(rows) for source, rows in self.quarantined.items() if rows}
        return dict(sorted(found.items()))


class Sealed(Protocol):
    """The vault, where raw holds tokens. Who may not read it is told of no texts, and may destroy."""

    def named(self, who: Named) -> Named:
        """The same persons, by their tokens too."""

    def own(self, found: Found) -> Collection[str]:
        """Texts of what was found that nobody else has."""

    def texts(self, tokens: Collection[str]) -> Mapping[str, str]:
        """What tokens stand for."""

    def destroy(self, records: Collection[tuple[str, str, str]], tokens: Collection[str]) -> int:
        """Destroy what was sealed of records (source, table, record), and tokens; how many entries."""
