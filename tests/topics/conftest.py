"""The simulated company's taxonomy, ready to read; its dictionaries take seconds, so it is made once."""

import pytest

from company.taxonomy import declared
from tests.companies import VERDANT
from topics.assigning import Assigner
from topics.taxonomy import Taxonomy


@pytest.fixture(scope="session")
def verdants() -> Taxonomy:
    found = declared(VERDANT)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def assigner(verdants: Taxonomy) -> Assigner:
    return Assigner(verdants)
