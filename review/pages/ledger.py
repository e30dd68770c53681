"""Where this publication stands in the ledger, and how anybody can verify it."""

from __future__ import annotations

from collections.abc import Iterator

from review.published import Published
from review.rendering import Entry, Page


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Proof", "proof.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page."""
    tables = published.rows(
        "select table_name as name, estimated_size as rows from duckdb_tables() order by table_name"
    )
    yield Page("proof.html", "How to prove it", "proof.html", {"tables": tables})
