"""A small company whose vendors the tests of faults load, and what raw holds where nothing disturbs them.

Belongs here: serving the company and pointing loaders at it. Does not belong here: faults.
"""

from contextlib import ExitStack
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final

import pytest

from demo.company.size import Size
from demo.company.world import simulate
from demo.server import VendorServers, serve
from demo.vendors.limits import Limits
from ingestion.load import load_source
from tests.faults.playing import records, states, versions
from tests.faults.vendors import Tables, Vendor

NOW: Final = datetime(2026, 1, 1)
_LIMITS: Final = Limits(salesforce_page=150, salesforce_bulk_page=20)
Digests = dict[str, str]
Records = dict[str, set[str]]


class Lab:
    """The company's vendors, and what raw holds after loads that nothing disturbed."""

    def __init__(self, serving: ExitStack, home: Path) -> None:
        self._serving, self._home = serving, home
        self._servers: dict[object, VendorServers] = {}
        self._undisturbed: dict[tuple[str, datetime], tuple[Digests, Digests, Records]] = {}

    @cached_property
    def _tables(self) -> Tables:
        return dict(simulate(Size(accounts=60, invitations=120, answers=60)).tables())

    def pointed(self, vendor: Vendor, home: Path, patch: pytest.MonkeyPatch) -> VendorServers:
        """Where the vendor is; its loader reads from there into `home`, and retries without waiting."""
        servers = self.servers(vendor)
        settings = vendor.settings(servers.base_url) | {
            f"SOURCES__{vendor.name.upper()}__PAGE_SIZE": str(vendor.page),
            "RUNTIME__REQUEST_BACKOFF_FACTOR": "0.01",
            "RUNTIME__REQUEST_MAX_ATTEMPTS": "3",
            "NPS_HOME": str(home),
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        return servers

    def servers(self, vendor: Vendor) -> VendorServers:
        """Where the vendor is, without faults, at the beginning of the year."""
        if vendor.prepared not in self._servers:
            served = serve(vendor.prepared(self._tables), NOW, limits=_LIMITS)
            self._servers[vendor.prepared] = self._serving.enter_context(served)
        servers = self._servers[vendor.prepared]
        servers.faults.forget()
        servers.clock.move_to(NOW)
        return servers

    def undisturbed(self, vendor: Vendor, patch: pytest.MonkeyPatch) -> tuple[Digests, Digests, Records]:
        """Versions, latest states and records after one load now, in a home of its own."""
        wanted = vendor.column, self._servers[vendor.prepared].clock.now
        if wanted not in self._undisturbed:
            with patch.context() as own:
                own.setenv("NPS_HOME", str(self._home / f"{len(self._undisturbed)}"))
                load_source(vendor.name)
                name = vendor.name
                self._undisturbed[wanted] = versions(name), states(name), records(name)
        return self._undisturbed[wanted]
