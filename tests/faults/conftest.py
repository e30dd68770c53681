"""One lab for all tests of faults."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.lab import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with ExitStack() as serving:
        yield Lab(serving, tmp_path_factory.mktemp("undisturbed"))
