"""One company, refreshed once, for every test that only looks at what came of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publication import content, manifest
from publication.pages import Stand
from review.site import write
from tests.end_to_end.simulated import Company, company


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with company(tmp_path_factory.mktemp("company")) as lived_in:
        done = lived_in.nps("refresh")
        assert done.returncode == 0, done.stdout + done.stderr
        yield lived_in


@pytest.fixture(scope="session")
def site(refreshed: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of the refreshed company's publication."""
    return pages_of(refreshed, tmp_path_factory.mktemp("pages") / "site")


def pages_of(company: Company, to: Path) -> Path:
    folder = (company.home / "published" / "current").resolve()
    said = manifest.read(folder)
    stand = Stand(said.sequence, said.ledger_head, said.as_of, said.accepted, said.gaps)
    write(folder / content.DATABASE_NAME, stand, to)
    return to
