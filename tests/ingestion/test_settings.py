"""Settings as dlt finds them: tables may come as JSON in the environment, and nothing else passes for one."""

import pytest

from ingestion.errors import ConfigurationError
from ingestion.warehouse import setting

VARIABLE = "SOURCES__QUALTRICS__EMBEDDED_DATA"


def test_a_table_is_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, '{"account_id": "Kunde"}')
    assert setting("qualtrics", "embedded_data", {}) == {"account_id": "Kunde"}


@pytest.mark.parametrize("text", ["Kunde", "[1]", "3", '{"account_id":'])
def test_anything_else_is_refused_and_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(ConfigurationError, match="embedded_data"):
        setting("qualtrics", "embedded_data", {})


def test_without_it_the_default_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert setting("qualtrics", "embedded_data", {}) == {}
