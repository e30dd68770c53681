"""The company whose definition all tests judge by, unless one names another; secrets stay in their test; the
long tests of the day."""

import os
from datetime import UTC, datetime

import pytest

from ingestion import masking
from tests.companies import speak_for_verdant
from tests.sampling import of_the_day

# At once and not in a fixture: modules of tests are imported, and some read the definition, before any runs.
speak_for_verdant()


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret may be a word here; remembered, it would be masked in another test's message."""
    monkeypatch.setattr(masking, "_known", set(masking._known))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    share = int(os.environ.get("LONG_SHARE") or 1)
    long = [item for item in items if item.get_closest_marker("long")]
    today = of_the_day(sorted({item.path for item in long}), share, datetime.now(UTC).date())
    left_out = {item for item in long if item.path not in today}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
