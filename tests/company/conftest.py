"""A company folder of a test's own, which it may spoil."""

import shutil
from pathlib import Path

import pytest

from company import writing
from tests.companies import VERDANT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As `nps init` writes it."""
    writing.write(tmp_path / "acme")
    return tmp_path / "acme"


@pytest.fixture
def verdant(tmp_path: Path) -> Path:
    """The simulated company's."""
    return Path(shutil.copytree(VERDANT, tmp_path / "verdant"))
