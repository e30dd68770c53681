"""An attacker reads the whole publication, and learns nothing that is hidden in it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import duckdb
import pytest

from tests.disclosure.money import amount_of, attacker
from tests.end_to_end.simulated import Company

FLOOR = 5


def rows(tables: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = tables.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_no_amount_is_recovered(refreshed: Company) -> None:
    """It may be anything from nothing to what is left of the company's, which the floor's accounts pay."""
    with refreshed.published() as tables:
        published = rows(tables, "from revenue_coverage")
        attack = attacker(published, rows(tables, "from revenue_at_risk"))
    groups = defaultdict(list)
    for row in published:
        groups[row["survey_type"], row["band"], row["segment"]].append(row)
    attacked = 0
    for (survey_type, band, _), members in groups.items():
        [company] = groups[survey_type, band, "company"]
        hidden = [row for row in members if row["mrr"] is None]
        left = float(company["mrr"] - sum(row["mrr"] for row in members if row["mrr"] is not None))
        assert not hidden or sum(row["accounts"] for row in hidden) >= FLOOR
        for row in hidden:
            assert attack.interval(amount_of(row)) == pytest.approx((0, left), rel=1e-6)
            attacked += row["suppression"] == "suppressed"
    assert attacked > FLOOR
