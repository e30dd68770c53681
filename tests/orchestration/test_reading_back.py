"""Tasks that people changed in the CRM, over real HTTP: written, changed there, loaded, told to the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from company import writing_back
from company.writing_back import Target
from demo.server import SALESFORCE_CLIENT, VendorServers, environment, serve
from demo.vendors import hubspot
from demo.vendors.tasks import Kept, Tasks
from ingestion.errors import LoadError
from ingestion.load import load_source
from orchestration import cases, outgoing, reading_back
from orchestration.environment import Home
from outbox import delivering, standing
from tests.demo.vendor_world import day
from tests.outbox.tasks import crm, task

pytestmark = pytest.mark.long  # loads, one after the other, of two emulators: a minute

OUTBOX = '[outbox.{name}]\nmode = "{mode}"\nsince = 2026-03-01\nbase_url = "{url}"\n{more}'
STATUS = {"salesforce": "Status", "hubspot": "hs_task_status"}
DONE = {"salesforce": "Completed", "hubspot": "COMPLETED"}
WAITING = {"salesforce": "Waiting on someone else", "hubspot": "WAITING"}


@pytest.fixture(scope="module")
def servers() -> Iterator[VendorServers]:
    with serve(crm(), day(90)) as running:
        yield running


@dataclass
class Side:
    """A company and its CRM."""

    home: Home
    target: Target
    tasks: Tasks

    @property
    def only(self) -> Kept:
        return self.tasks.made[0]

    def choose(self, status: str) -> None:
        self.tasks.change(self.only.id, {STATUS[self.target.name]: status}, "005ANN")

    def refresh(self) -> dict[str, int]:
        load_source(self.target.name)
        return {
            key.split(": ")[1]: count for key, count in reading_back.keep(self.home, [self.target]).items()
        }

    @property
    def told(self) -> list[tuple[str, str]]:
        """State and who told it, in the order of the log."""
        log = cases.logged(self.home.cases, cases.EVENTS)
        return duckdb.sql(f"select state, told_by from {log} order by state_at").fetchall()


@pytest.fixture(params=["salesforce", "hubspot"])
def side(
    request: pytest.FixtureRequest,
    servers: VendorServers,
    state: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Side:
    """One task that the outbox has written."""
    name = request.param
    tasks = servers.tasks[name]
    tasks.made.clear()
    tasks.deleted.clear()
    for key, value in (environment(servers.base_url) | hubspot.settings(servers.base_url)).items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv("OUTBOX__SALESFORCE__CLIENT_ID", SALESFORCE_CLIENT[0])
    monkeypatch.setenv("OUTBOX__SALESFORCE__CLIENT_SECRET", SALESFORCE_CLIENT[1])
    monkeypatch.setenv("OUTBOX__HUBSPOT__ACCESS_TOKEN", hubspot.TOKEN)
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))
    configure(tmp_path, name, servers)
    [target] = writing_back.targets(tmp_path)
    home = Home(state)
    numbers: dict[str, Any] = (
        {"owner_id": "77", "account_id": "88", "contact_id": "99"} if name == "hubspot" else {}
    )
    delivering.want(outgoing.folder(home, target), [task(**numbers)], outgoing.REFRESH)
    delivering.rehearse(outgoing.folder(home, target))
    assert outgoing.send(home, target).written == 1
    return Side(home, target, tasks)


def configure(folder: Path, name: str, servers: VendorServers, mode: str = "on", more: str = "") -> None:
    text = OUTBOX.format(name=name, mode=mode, url=f"{servers.base_url}/{name}", more=more)
    (folder / "config.toml").write_text(text, "utf-8")


def test_what_somebody_chose_there_becomes_the_state_once(side: Side) -> None:
    assert side.refresh() == {"read back": 0, "tasks that are not ours": 0}  # as the outbox wrote it
    side.choose(WAITING[side.target.name])
    assert side.refresh()["read back"] == 1
    assert side.refresh()["read back"] == 0
    assert side.told == [("contacted", f"{side.target.name} 005ANN")]
    assert outgoing.send(side.home, side.target).written == 0
    assert side.only.fields[STATUS[side.target.name]] == WAITING[side.target.name]  # stays as it was left
    side.choose(DONE[side.target.name])
    side.refresh()
    assert [state for state, _ in side.told] == ["contacted", "resolved"]
    with duckdb.connect(str(side.home.warehouse)) as connection:
        [(rows, keys)] = connection.execute(
            f"select count(*), count(distinct case_key) from raw_{side.target.name}.tasks"
        ).fetchall()
    assert (rows, keys) == (3, 1)


def test_what_was_told_here_is_written_there_and_not_told_again(side: Side) -> None:
    cases.tell(side.home.cases, task().case_key, "no_response", "Ann", datetime.now(UTC))
    folder = outgoing.folder(side.home, side.target)
    [each] = standing.standing(folder).tasks.values()
    delivering.want(folder, [task(**{**vars(each.task), "state": "no_response"})], outgoing.REFRESH)
    assert outgoing.send(side.home, side.target).written == 1
    assert side.only.fields[STATUS[side.target.name]] == DONE[side.target.name]
    assert side.refresh()["read back"] == 0
    assert side.told == [("no_response", "Ann")]


def test_statuses_that_nobody_named_and_tasks_of_others_and_deleted_ones(side: Side) -> None:
    side.choose("Erledigt")
    own = "a key of somebody's own"
    side.tasks.upsert(own, {"nps_case_key": own, STATUS[side.target.name]: DONE[side.target.name]}, "{}")
    assert side.refresh() == {"read back": 0, "tasks that are not ours": 1}
    [said] = reading_back.unknown(side.home, [side.target])
    assert '1 tasks have the status "Erledigt"' in said
    assert f"[outbox.{side.target.name}.states]" in said
    side.tasks.deleted.add(side.only.id)
    assert side.refresh()["read back"] == 0
    assert side.told == []


def test_without_an_outbox_nobody_is_asked_for_tasks(
    side: Side, servers: VendorServers, tmp_path: Path
) -> None:
    configure(tmp_path, side.target.name, servers, mode="dry_run")
    assert load_source(side.target.name).rows["tasks"] == 0


def test_a_field_that_is_not_set_up_stops_the_load_by_its_name(
    side: Side, servers: VendorServers, tmp_path: Path
) -> None:
    for key in ("key_field", "key_property"):
        configure(tmp_path, side.target.name, servers, more=f'{key} = "other"\n')
        if (key == "key_field") is (side.target.name == "salesforce"):
            with pytest.raises(LoadError, match="other"):
                load_source(side.target.name)
