"""A replay has the vendors of the last build, needs none of their credentials and loads nothing."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from ingestion.registry import source_spec
from orchestration import vendors
from orchestration.cli import app
from orchestration.defs import loads
from orchestration.environment import ConfigurationError, Home

from .conftest import QUALTRICS, STRIPE


def held(home: Path, loaded: list[str], built: list[str] | None) -> Home:
    """A working file with these sources in raw, and in what the last build united."""
    home.mkdir(exist_ok=True)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for source in loaded:
            connection.execute(
                f"create schema raw_{source}; create table raw_{source}._dlt_loads (load_id int)"
            )
        if built is not None:
            connection.execute("create schema intermediate")
            values = ", ".join(f"('{source}')" for source in built)
            united = f"select * from (values {values}) as t(source)"
            connection.execute(f"create view intermediate.int_deliveries__counted as {united}")
    return Home(home)


def test_the_vendors_are_those_of_the_last_build(state: Path) -> None:
    home = held(state, ["files", "stripe", "salesforce", "qualtrics"], ["files", "stripe"])
    assert vendors.enabled() == ["files"]
    with vendors.replayed(home) as names:
        assert names == vendors.enabled() == ["stripe", "files"]
        assert vendors.is_replay()
    assert vendors.enabled() == ["files"]
    assert not vendors.is_replay()


def test_what_was_loaded_since_and_is_configured_is_among_them(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = held(state, ["files", "stripe", "salesforce"], None)
    for name, value in (QUALTRICS | STRIPE).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_ID", "half of what is needed")
    with vendors.replayed(home) as names:
        assert names == ["stripe", "files"], "configured and never loaded, or configured by half"


def test_a_replay_has_raw_tables_and_nothing_that_loads(state: Path) -> None:
    with vendors.replayed(held(state, ["files", "stripe"], ["stripe"])):
        assets = loads.defs().assets or []
    assert all(isinstance(asset, dg.AssetSpec) for asset in assets)
    keys = {asset.key.path[1] for asset in assets if asset.key.path[0] == "raw_stripe"}  # type: ignore[union-attr]
    assert keys == {*source_spec("stripe").tables, "quarantine", "_dlt_loads"}


@pytest.mark.parametrize("loaded", [[], ["stripe"]])
def test_without_anything_to_rebuild_from_it_says_what_to_do(state: Path, loaded: list[str]) -> None:
    with (
        pytest.raises(ConfigurationError, match="run `nps refresh` first"),
        vendors.replayed(held(state, loaded, None)),
    ):
        pass
    done = CliRunner().invoke(app, ["replay"])
    assert done.exit_code == 2
    assert "run `nps refresh` first" in done.output + done.stderr
