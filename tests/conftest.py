"""The company whose definition all tests judge by, unless one names another; secrets stay in their test; the
long tests and the engine of the day."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from ingestion import masking
from tests.companies import speak_for_verdant
from tests.sampling import of_the_day

# At once and not in a fixture: modules of tests are imported, and some read the definition, before any runs.
speak_for_verdant()


def pytest_configure(config: pytest.Config) -> None:
    """Parsing the project costs twenty seconds of a core: homes of tests share what was parsed."""
    os.environ["NPS_PARSED"] = str(config.rootpath / ".pytest_cache" / "parsed")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret may be a word here; remembered, it would be masked in another test's message."""
    monkeypatch.setattr(masking, "_known", set(masking._known))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the modules with long tests, and of the engines, those that the day draws, where a share is set."""
    left_out = {
        *_left_out(items, "long", lambda item: str(item.path)),
        *_left_out(items, "engines", lambda item: item.nodeid),
    }
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _left_out(
    items: list[pytest.Item], marker: str, named: Callable[[pytest.Item], str]
) -> Iterator[pytest.Item]:
    """The tests with a marker whose names another day draws; a day has one in `<MARKER>_SHARE`."""
    share = int(os.environ.get(f"{marker.upper()}_SHARE") or 1)
    marked = [item for item in items if item.get_closest_marker(marker)]
    today = of_the_day(sorted({named(item) for item in marked}), share, datetime.now(UTC).date())
    yield from (item for item in marked if named(item) not in today)
