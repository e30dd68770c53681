"""The recount of money as a check: a difference stops the publication and is told."""

from pathlib import Path

import dagster as dg
import pytest

from expectations.recount.finance import Difference, Money
from orchestration.defs import money


@pytest.mark.parametrize("found", [[], [Difference(("a", "2025-01-01"), "mrr", 3, 4)]])
def test_a_difference_stops_the_publication_and_is_told(
    monkeypatch: pytest.MonkeyPatch, found: list[Difference]
) -> None:
    def recount(warehouse: Path, as_of: object, names: object, sources: list[str]) -> Money:
        assert sources == ["stripe", "files"]  # those that are on, whatever raw has
        return Money([], [])

    monkeypatch.setenv("SOURCES__STRIPE__API_KEY", "k")

    monkeypatch.setattr("orchestration.defs.money.finance.recount", recount)
    monkeypatch.setattr("orchestration.defs.money.finance.compare", lambda *_: found)
    result = money.money_recounted()
    assert isinstance(result, dg.AssetCheckResult)
    assert result.passed is not bool(found)
    assert found == [] or "mrr of a 2025-01-01: recounted 3, built 4" in str(result.description)
