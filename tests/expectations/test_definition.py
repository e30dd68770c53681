"""The guard's own page of the definition: whole, or refused by name."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from expectations import definition

FIRST = definition.page()["versions"][0]


def test_the_first_version_is_the_methodologys() -> None:
    first = definition.versions()[0]
    assert (first.version, first.valid_from) == ("2023.1", date(2000, 1, 1))
    assert [first.bands[score] for score in definition.SCALE] == [
        *["detractor"] * 7,
        *["passive"] * 2,
        *["promoter"] * 2,
    ]
    assert first.weights == {"detractor": -100, "passive": 0, "promoter": 100}
    assert [first.floor(name) for name in definition.FLOORS] == [0, 5, 30, 100]
    assert first.tiers[0] == ("strategic", 100_000)


def without_windows(version: dict[str, Any]) -> None:
    del version["window_days"]


def without_a_floor(version: dict[str, Any]) -> None:
    del version["floors"]["indicative"]


def without_a_limit(version: dict[str, Any]) -> None:
    del version["limits"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without_windows, "lacks 'window_days'"),
        (without_a_floor, "must state the floors"),
        (without_a_limit, "must state each of the limits"),
    ],
)
def test_a_version_that_is_not_whole_is_refused(change: Any, message: str) -> None:
    version = deepcopy(FIRST)
    change(version)
    with pytest.raises(ValueError, match=f"2023.1.*{message}|{message}.*2023.1"):
        definition.read(version)
