"""The company whose definition all tests judge by, unless one names another; secrets stay in their test; what
the day draws of the long tests and the cases of a test."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion import masking
from tests.companies import speak_for_verdant
from tests.sampling import of_the_day
from tests.slow import SLOW

COSTLIEST = {name: place for place, name in enumerate(SLOW)}
# At once and not in a fixture: modules of tests are imported, and some read the definition, before any runs.
speak_for_verdant()


def pytest_configure(config: pytest.Config) -> None:
    """Parsing the project costs twenty seconds of a core: homes of tests share what was parsed, and the keys
    of their vaults, because the company's domains are parsed too."""
    os.environ["NPS_PARSED"] = str(config.rootpath / ".pytest_cache" / "parsed")
    os.environ["NPS_VAULT_KEYS"] = str(config.rootpath / ".pytest_cache" / "vault.keys")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret may be a word here; remembered, it would be masked in another test's message."""
    monkeypatch.setattr(masking, "_known", set(masking._known))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What the day draws, where a share is set: modules of `make test-long`, slow ones, cases of a test."""
    turns = {item: slow for item in items if (slow := _slow(item)) is not None}
    for item in turns:
        item.add_marker("slow")
    left_out = {
        *_left_out(items, "LONG_SHARE", {"long", "many", "slow"}, lambda item: str(item.path)),
        *_left_out(items, "SLOW_SHARE", {"slow"}, lambda item: turns[item]),
        *_left_out(items, "MANY_SHARE", {"many"}, _together),
    }
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _slow(item: pytest.Item) -> str | None:
    """The module or folder of `tests.slow` that a test is of."""
    own = item.path.relative_to(Path(__file__).parent)
    return next((slow for slow in SLOW if own.is_relative_to(slow)), None)


def _together(item: pytest.Item) -> str:
    """What is drawn of `many`: a test, or those that share a costly build."""
    marker = item.get_closest_marker("many")
    return str(marker.kwargs.get("together", item.nodeid)) if marker else item.nodeid


def _left_out(
    items: list[pytest.Item], setting: str, markers: set[str], named: Callable[[pytest.Item], str]
) -> Iterator[pytest.Item]:
    """The tests with a marker whose names another day draws; a day has one in so many as the setting says."""
    share = int(os.environ.get(setting) or 1)
    marked = [item for item in items if any(item.get_closest_marker(marker) for marker in markers)]
    dealt = sorted({named(item) for item in marked}, key=lambda name: (COSTLIEST.get(name, 0), name))
    today = of_the_day(dealt, share, datetime.now(UTC).date())
    yield from (item for item in marked if named(item) not in today)
