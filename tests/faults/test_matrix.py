"""Every vendor and every fault: the table of docs/faults.md, cell for cell.

A few cells, drawn by the date, are played in `make test`, and all of them in `make test-long`.
"""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from ingestion import registry
from tests.faults.kinds import KINDS, OF_JOBS, Kind
from tests.faults.lab import Lab
from tests.faults.outcomes import Outcome
from tests.faults.page import PAGE, page
from tests.faults.playing import play, records, states, versions
from tests.faults.vendors import BULK, COLUMNS, OTHER_WAYS, VENDORS, Vendor

CELLS = [
    *((vendor, kind) for vendor in COLUMNS for kind in KINDS),
    *((BULK, kind) for kind in OF_JOBS),
]
#: So many cells a day, without those that wait.
DRAWN = 2
#: Seconds that a load waits for an answer that is late. A sound page of the emulators takes 0.2, and 0.6 on a
#: machine with other work; an answer that is late takes twice as long as anybody waits.
PATIENCE = 3.0
TODAY = Random(datetime.now(UTC).date().toordinal()).sample(
    [cell for cell in CELLS if cell[1].name != "time-out"], DRAWN
)

pytestmark = pytest.mark.xdist_group("faults")


def check(lab: Lab, home: Path, patch: pytest.MonkeyPatch, vendor: Vendor, kind: Kind) -> None:
    servers = lab.pointed(vendor, home, patch)
    with patch.context() as impatient:
        if kind.name == "time-out":
            impatient.setenv("RUNTIME__REQUEST_TIMEOUT", str(PATIENCE))
            servers.faults.seconds_late = 2 * PATIENCE
        played = play(servers, vendor, kind)
    assert played.met, "the fault was never met"
    assert played.outcome is kind.outcome_at(vendor), played.said
    if played.said:
        assert played.said.startswith(f"{vendor.name}: ")
        assert kind.complaint in played.said
    every, latest, known = lab.undisturbed(vendor, patch)
    if played.outcome is Outcome.QUARANTINED:
        assert records(vendor.name) == known
        return
    assert states(vendor.name) == latest
    if kind.name not in ("shifted pages", "new field"):
        assert versions(vendor.name) == every


@pytest.mark.parametrize(("vendor", "kind"), TODAY, ids=[f"today {place}" for place in range(DRAWN)])
def test_what_is_drawn_today(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor, kind: Kind
) -> None:
    check(lab, tmp_path, monkeypatch, vendor, kind)


@pytest.mark.long
@pytest.mark.parametrize(("vendor", "kind"), CELLS, ids=[f"{v.column}, {k.name}" for v, k in CELLS])
def test_after_the_fault_raw_is_what_it_is_without(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor, kind: Kind
) -> None:
    check(lab, tmp_path, monkeypatch, vendor, kind)


def test_each_vendor_of_the_registry_has_a_row() -> None:
    registered = {source.name for source in registry.SOURCES if source.required_keys}
    assert {vendor.name for vendor in VENDORS} | OTHER_WAYS == registered


def test_the_page_is_what_the_cells_say() -> None:
    assert PAGE.read_text("utf-8") == page(), "`make faults-page` writes it"
