"""Settings: from the environment, the company's secrets or its configuration, in this order.

Tables may come as JSON in the environment, and nothing else passes for one.
"""

from pathlib import Path

import pytest

from expectations.vendors import vendor_fields
from ingestion import registry
from ingestion.errors import ConfigurationError
from ingestion.warehouse import case_key_field, required_setting, setting

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


def test_the_company_folder_has_settings_and_the_environment_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))
    (tmp_path / "config.toml").write_text(
        '[sources.qualtrics]\nbase_url = "of config"\n'
        '[sources.qualtrics.embedded_data]\naccount_id = "Customer"\n'
    )
    assert setting("qualtrics", "embedded_data", {}) == {"account_id": "Customer"}
    assert setting("qualtrics", "base_url") == "of config"
    (tmp_path / "secrets.toml").write_text('[sources.qualtrics]\nbase_url = "of secrets"\n')
    assert setting("qualtrics", "base_url") == "of secrets"
    monkeypatch.setenv("SOURCES__QUALTRICS__BASE_URL", "of the environment")
    assert setting("qualtrics", "base_url") == "of the environment"
    with pytest.raises(ConfigurationError, match=r"api_token.*secrets\.toml of the company folder"):
        required_setting("qualtrics", "api_token")


def test_a_file_that_is_no_toml_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))
    (tmp_path / "secrets.toml").write_text("[sources\n")
    with pytest.raises(ConfigurationError, match=r"secrets\.toml is not TOML.*correct that line"):
        setting("qualtrics", "base_url")


def test_a_task_has_the_key_of_its_case_in_the_field_that_the_outbox_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))
    monkeypatch.setenv("SOURCES__SALESFORCE__FIELDS", '{"accounts": {"plan": "Tier__c"}}')
    written = tmp_path / "config.toml"
    for mode, key, known in (
        ("dry_run", "", None),
        ("on", "", "Usual"),
        ("on", 'key_field = "Own__c"', "Own__c"),
    ):
        written.write_text(f'[outbox.salesforce]\nmode = "{mode}"\n{key}\n', "utf-8")
        assert case_key_field("salesforce", "Usual") == known
    fields = vendor_fields(registry.names())["salesforce"]
    assert fields["tasks"]["case_key"].paths == ("Own__c",)
    assert fields["accounts"]["plan"].paths == ("Tier__c",)
