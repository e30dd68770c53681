"""The graph: from each vendor's endpoint to each published table, with the guard in between."""

import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster import AssetKey

from demo.vendors import billing_database, chargebee, hubspot, medallia, surveymonkey, typeform, zendesk
from ingestion import registry
from orchestration import environment
from orchestration.definitions import defs
from orchestration.defs.schedule import BUILD, JOB, JUDGE, LOAD
from orchestration.environment import ConfigurationError
from orchestration.events import PUBLISHED_COPY
from orchestration.policy import WRITER_POOL

from .conftest import QUALTRICS, SALESFORCE, STRIPE

pytestmark = pytest.mark.xdist_group("graph")

VENDORS = {source.name for source in registry.SOURCES}
NOWHERE = "http://127.0.0.1:9"


def loaded(home: Path, *settings: dict[str, str]) -> dg.Definitions:
    """The definitions as they are with these vendors configured."""
    with environment.restored():
        os.environ["NPS_HOME"] = str(home)
        for setting in settings:
            os.environ.update(setting)
        return defs()


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    others = [
        vendor.settings(NOWHERE) for vendor in (chargebee, surveymonkey, typeform, hubspot, medallia, zendesk)
    ]
    others.append(billing_database.settings("postgresql://reader@nowhere/billing"))
    return loaded(tmp_path_factory.mktemp("everything"), QUALTRICS, SALESFORCE, STRIPE, *others)


@pytest.fixture(scope="module")
def only_files(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return loaded(tmp_path_factory.mktemp("files"))


def upstream(definitions: dg.Definitions, key: AssetKey) -> set[AssetKey]:
    """Every asset that `key` is made from, at any distance."""
    graph = definitions.resolve_asset_graph()
    seen: set[AssetKey] = set()
    waiting = [key]
    while waiting:
        for parent in graph.get(waiting.pop()).parent_keys - seen:
            seen.add(parent)
            waiting.append(parent)
    return seen


def step_dependencies(definitions: dg.Definitions, job: str = JOB) -> dict[str, set[str]]:
    """Steps of a job and all steps that must have succeeded before each."""
    from dagster._core.execution.api import create_execution_plan

    plan = create_execution_plan(definitions.resolve_job_def(job))
    direct = {
        step.key: step.get_execution_dependency_keys() for step in plan.get_steps_to_execute_in_topo_order()
    }
    closed: dict[str, set[str]] = {}

    def before(step: str) -> set[str]:
        if step not in closed:
            closed[step] = set(direct[step]).union(*(before(earlier) for earlier in direct[step]))
        return closed[step]

    return {step: before(step) for step in direct}


def test_every_published_table_comes_from_every_vendor_that_a_score_is_made_of(
    everything: dg.Definitions,
) -> None:
    copied = upstream(everything, PUBLISHED_COPY)
    published = {key for key in copied if key.path[0] == "publication"}
    assert {key.path[1] for key in published} >= {
        "nps_scores",
        "nps_responses",
        "branch_scorecards",
        "response_dispositions",
        "metric_definitions",
    }
    for table in ("nps_scores", "nps_responses", "branch_scorecards"):
        sources = upstream(everything, AssetKey(["publication", table]))
        for source in registry.SOURCES:
            if source.families == ("support",):  # tickets are no part of a score
                continue
            raw = {key for key in sources if key.path[0] == f"raw_{source.name}"}
            assert raw, f"{table} does not come from {source.name}"
            endpoints = {AssetKey([source.name, key.path[1]]) for key in raw if key.path[1] in source.tables}
            assert endpoints <= sources


def test_every_raw_table_comes_from_its_endpoint(everything: dg.Definitions) -> None:
    for source in registry.SOURCES:
        for table in source.tables:
            raw = AssetKey([f"raw_{source.name}", table])
            assert upstream(everything, raw) == {AssetKey([source.name, table])}


def test_a_vendor_that_is_off_has_no_assets(only_files: dg.Definitions) -> None:
    keys = only_files.resolve_asset_graph().get_all_asset_keys()
    assert {key.path[0] for key in keys if key.path[0].startswith("raw_")} == {"raw_files"}
    off = VENDORS - {"files"}
    assert not {key.to_user_string() for key in keys if any(vendor in key.to_user_string() for vendor in off)}


def test_nothing_is_built_before_its_guard_has_passed(everything: dg.Definitions) -> None:
    before = step_dependencies(everything)
    loads = {f"load_{vendor}" for vendor in VENDORS}
    assert before["guard_raw"] == loads
    assert before["guard_intake"] == loads
    assert before["marts"] == loads | {"guard_raw", "guard_intake"}
    assert before["publication_models"] >= {"marts", "guard_marts"}
    assert before["published_copy"] >= {"publication_models", "guard_publication"}
    assert any("recount" in step for step in before["published_copy"])


def test_the_halves_are_the_whole_and_as_strict(everything: dg.Definitions) -> None:
    whole, load = step_dependencies(everything), step_dependencies(everything, LOAD)
    loads = {f"load_{vendor}" for vendor in VENDORS}
    assert set(load) == loads
    assert step_dependencies(everything, BUILD) == {
        step: before - loads for step, before in whole.items() if step not in loads
    }


def test_what_is_built_to_be_judged_is_all_that_is_built_and_leaves_nothing_behind(
    everything: dg.Definitions,
) -> None:
    build, judge = (everything.resolve_job_def(name).asset_layer.asset_graph for name in (BUILD, JUDGE))
    missing = build.executable_asset_keys - judge.executable_asset_keys
    after = {key for key in build.executable_asset_keys if PUBLISHED_COPY in upstream(everything, key)}
    assert missing == {PUBLISHED_COPY, *after}
    assert {check.asset_key for check in build.asset_check_keys - judge.asset_check_keys} <= missing


def test_what_loads_waits_for_neither_dbt_nor_the_guard(tmp_path: Path) -> None:
    code = (
        "import sys; from orchestration.cli import refreshing; from orchestration import refresh;"
        "refresh.definitions.loads().resolve_job_def(refresh.LOAD);"
        "from orchestration import received; received.defs();"
        "heavy = {'dbt', 'dagster_dbt', 'great_expectations', 'metricflow', 'scipy'};"
        "print(*sorted(heavy & {*sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NPS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_every_step_that_opens_the_working_file_is_in_its_pool(everything: dg.Definitions) -> None:
    job = everything.resolve_job_def(JOB)
    steps = [step for node in job.nodes for step in node.definition.iterate_op_defs()]
    assert {step.pool for step in steps} == {WRITER_POOL}


def test_assets_are_owned_described_and_grouped(everything: dg.Definitions) -> None:
    graph = everything.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.owners, f"{key} has no owner"
        assert node.group_name != "default", f"{key} has no group"
        assert node.description, f"{key} has no description"


def test_freshness_is_promised_at_both_ends(everything: dg.Definitions) -> None:
    graph = everything.resolve_asset_graph()
    promised = {key for key in graph.materializable_asset_keys if graph.get(key).freshness_policy}
    assert PUBLISHED_COPY in promised
    assert {key.path[0] for key in promised} == {f"raw_{vendor}" for vendor in VENDORS} | {"published_copy"}


def test_the_schedule_is_daily_and_off_until_switched_on(only_files: dg.Definitions) -> None:
    schedule = only_files.resolve_schedule_def("refresh_daily")
    assert schedule.cron_schedule == "0 5 * * *"
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def test_a_vendor_configured_in_part_stops_and_names_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__QUALTRICS__BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match=r"sources\.qualtrics\.api_token"):
        defs()
