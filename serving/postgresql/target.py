"""Where a copy goes, and who reads it there."""

from __future__ import annotations

from dataclasses import dataclass

EVERYTHING = "everything"


@dataclass(frozen=True)
class Reader:
    """A role of the database and what it sees: everything, or the members of a dimension (branch or region)
    beside the company's totals."""

    role: str
    dimension: str = EVERYTHING
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """`url` is libpq's, without the password; `keep` publications stay, the current one among them."""

    url: str
    password: str | None = None
    schema: str = "nps"
    keep: int = 5
    readers: tuple[Reader, ...] = ()

    @property
    def kept(self) -> str:
        """The schema of the tables with all kept publications."""
        return f"{self.schema}_kept"
