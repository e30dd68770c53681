"""What the ingestion tests share: a small company, its vendors over real HTTP, a state folder of its own."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa
import pytest
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from hypothesis import settings

from demo.company.size import Size
from demo.company.world import World, simulate
from demo.server import VendorServers, serve
from demo.vendors import chargebee, hubspot, medallia, surveymonkey, typeform, zendesk
from demo.vendors.limits import Limits
from ingestion import landing, warehouse
from ingestion.load import build_source

NOW = datetime(2026, 1, 1)

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")


class Extracted(NamedTuple):
    """What one resource gave, without a warehouse."""

    rows: pa.Table
    rejects: pa.Table


def texts(table: pa.Table, column: str) -> list[str]:
    """A column of texts, none of them missing."""
    found: list[Any] = table[column].to_pylist()
    assert None not in found
    return found


@pytest.fixture(scope="session")
def world() -> World:
    return simulate(Size(accounts=60, invitations=120, answers=60))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own, and retries that do not wait. Nothing is hidden in it: most tests
    look at what vendors sent (`test_hiding.py` does not)."""
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    monkeypatch.setattr(landing, "hiding", lambda source, table: None)
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.01")
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "3")
    return tmp_path


@pytest.fixture(scope="session")
def shared_server(world: World) -> Iterator[VendorServers]:
    with serve(world, NOW, limits=Limits(salesforce_page=50)) as servers:
        yield servers


@pytest.fixture
def vendors(shared_server: VendorServers, monkeypatch: pytest.MonkeyPatch) -> VendorServers:
    """The vendors, configured and without faults. Do not move their clock: it is shared."""
    shared_server.faults.scripts.clear()
    configure(shared_server, monkeypatch)
    return shared_server


@pytest.fixture
def moving_vendors(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServers]:
    """Vendors of the test's own, whose clock may be moved."""
    with serve(world, NOW) as servers:
        configure(servers, monkeypatch)
        yield servers


@pytest.fixture
def query(home: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    """Rows of a query on the working file."""

    def run(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(warehouse.working_file()), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return run


@pytest.fixture
def extract(home: Path) -> Callable[[str, str], Extracted]:
    """Reads one resource of a source from its beginning, without loading it."""

    def run(source_name: str, table: str) -> Extracted:
        active = Container()[PipelineContext]
        if active.is_active():  # the cursors of an earlier load
            active.deactivate()
        items = list(build_source(source_name).resources[table])
        rejects = [item for item in items if "original_text" in item.schema.names]
        rows = [item for item in items if "original_text" not in item.schema.names]
        return Extracted(pa.concat_tables(rows), pa.concat_tables(rejects))

    return run


def configure(servers: VendorServers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the loaders at these vendors."""
    for of_vendor in (chargebee, typeform, surveymonkey, hubspot, medallia, zendesk):
        for name, value in (servers.environment() | of_vendor.settings(servers.base_url)).items():
            monkeypatch.setenv(name, value)
