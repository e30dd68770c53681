"""One small publication with everything that the dashboard reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from publication.publish import publish
from tests.serving.conftest import AS_OF
from tests.serving.superset import tables


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the publication."""
    home = tmp_path_factory.mktemp("superset")
    publish(tables.filled(home / "warehouse.duckdb"), home / "published", AS_OF)
    return home / "published"
