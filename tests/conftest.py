"""The company whose definition all tests judge by, unless one names another; secrets stay in their test."""

import pytest

from ingestion import masking
from tests.companies import speak_for_verdant

# At once and not in a fixture: modules of tests are imported, and some read the definition, before any runs.
speak_for_verdant()


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret may be a word here; remembered, it would be masked in another test's message."""
    monkeypatch.setattr(masking, "_known", set(masking._known))
