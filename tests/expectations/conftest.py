"""A whole working file, built once and copied for every test that breaks it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.expectations import warehouse as fixture


@pytest.fixture(scope="session")
def whole_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixture.build(tmp_path_factory.mktemp("whole") / "warehouse.duckdb")


@pytest.fixture
def warehouse(whole_warehouse: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole_warehouse, tmp_path / "warehouse.duckdb"))
