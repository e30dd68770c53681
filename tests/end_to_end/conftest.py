"""One company, refreshed once, for every test that only looks at what came of it."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.simulated import Company, company


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as lived_in:
        done = lived_in.nps("refresh")
        assert done.returncode == 0, done.stdout + done.stderr
        yield lived_in
