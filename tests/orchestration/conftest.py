"""A state folder of one's own for each test, and no vendor configured unless the test says so."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration import environment
from tests.companies import VERDANT

QUALTRICS = {
    "SOURCES__QUALTRICS__BASE_URL": "http://127.0.0.1:9/qualtrics",
    "SOURCES__QUALTRICS__API_TOKEN": "x",
}
SALESFORCE = {
    "SOURCES__SALESFORCE__BASE_URL": "http://127.0.0.1:9/salesforce",
    "SOURCES__SALESFORCE__CLIENT_ID": "x",
    "SOURCES__SALESFORCE__CLIENT_SECRET": "x",
}
#: What all homes of tests have in common (`tests/conftest.py`).
SHARED = {"NPS_PARSED", "NPS_VAULT_KEYS"}
STRIPE = {"SOURCES__STRIPE__API_KEY": "x"}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`NPS_HOME` for this test; the environment is as before afterwards."""
    for name in list(os.environ):
        if name.startswith(("SOURCES__", "NPS_", "DBT_", "DAGSTER_")) and name not in SHARED:
            monkeypatch.delenv(name)
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NPS_COMPANY", str(VERDANT))
    monkeypatch.setenv("NPS_PAGES", "off")
    with environment.restored():
        yield tmp_path / "home"
