"""The fast lane runs what the last refresh left over what was received since, and nothing else.

The models here are small ones; whether those of the product say the same as a refresh is found out by
`tests/end_to_end/test_fast_lane.py`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from company.writing_back import Target
from ingestion.files.intake import DELIVERY_TABLES
from ingestion.files.tables import FILE_TABLES
from ingestion.tables import QUARANTINE, QUARANTINE_SCHEMA
from orchestration import environment, outgoing
from orchestration.cli import app
from orchestration.environment import Home
from orchestration.fast import lane, snapshot
from outbox.standing import standing
from receiver.segments import Segments

SEGMENT = "2026-03-02T080000.000000Z.jsonl"
TARGET = Target("webhook", True, date(2026, 3, 1), {})
MODELS = {
    "stg_answers": (
        "view",
        ["source.raw"],
        "select response_id as answer_key, score, responded_at::timestamp as responded_at, account_id as"
        ' account_key, _dlt_load_id as load_id from "warehouse"."raw_files"."surveys_responses"',
    ),
    "dim_branches": (
        "table",
        ["model.stg_answers"],
        "select distinct 'B1' as branch_id, 'Elmbridge' as branch_name"
        ' from "warehouse"."marts"."stg_answers"',
    ),
    "dim_owners": ("table", [], "select 'ann' as owner_id"),
    "fct_survey_responses": (
        "table",
        ["model.stg_answers"],
        "select *, null::varchar as contact_key, 'counted' as disposition, null::varchar as comment"
        ' from "warehouse"."marts"."stg_answers"',
    ),
    "fct_follow_up_answers": (
        "table",
        ["model.fct_survey_responses", "model.dim_branches", "model.dim_owners"],
        "select answer_key, md5(answer_key) as case_key, if(score < 7, 'case', 'not_covered') as outcome,"
        " 'rescue' as case_type, owner_id, 'B1' as branch, '*' as calendar_branch, responded_at as opened_at,"
        " responded_at + interval 8 hour as due_at, responded_at + interval 16 hour as escalate_at"
        ' from "warehouse"."marts"."fct_survey_responses", "warehouse"."marts"."dim_owners"',
    ),
    "dim_later": ("table", ["model.fct_follow_up_answers"], "never read"),
}


def node(name: str, kind: str, parents: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "resource_type": "model",
        "schema": "marts",
        "alias": name,
        "relation_name": f'"warehouse"."marts"."{name}"',
        "config": {"materialized": kind},
        "depends_on": {"nodes": parents},
    }


@pytest.fixture
def home(state: Path) -> Home:
    """What a refresh leaves that had one answer, R0, from a file and one that was received."""
    found = environment.prepare()
    raw = {
        "name": "surveys_responses",
        "schema": "raw_files",
        "identifier": "surveys_responses",
        "relation_name": '"warehouse"."raw_files"."surveys_responses"',
    }
    manifest = {
        "nodes": {f"model.{name}": node(name, kind, parents) for name, (kind, parents, _) in MODELS.items()},
        "sources": {"source.raw": raw},
    }
    target = snapshot.dbt_target(found)
    (target / "manifest.json").write_text(json.dumps(manifest))
    (target / "marts-1").mkdir()
    results = [{"unique_id": f"model.{name}", "compiled_code": sql} for name, (_, _, sql) in MODELS.items()]
    (target / "marts-1" / "run_results.json").write_text(json.dumps({"results": results}))
    [responses] = [table for table in FILE_TABLES if table.name == snapshot.RAW]
    loaded = {snapshot.RAW: responses.spec.schema, QUARANTINE: QUARANTINE_SCHEMA, **DELIVERY_TABLES}
    with duckdb.connect(str(found.warehouse)) as connection:
        connection.execute("create schema raw_files")
        for name, schema in loaded.items():
            connection.register("empty", schema.empty_table())
            connection.execute(
                f"create table raw_files.{name} as select *, null::varchar as _dlt_load_id from empty"
            )
        connection.execute("""
            create schema marts; create schema definition;
            create table raw_files._dlt_loads
            (load_id varchar, schema_name varchar, status bigint, inserted_at timestamptz);
            create table marts.dim_owners as select 'ann' as owner_id;
            create table marts.dim_accounts as select 'A-1' as account_key, '001A' as account_id;
            create table marts.dim_contacts as select 'c' as contact_key, '003C' as contact_id;
            create table definition.branch_calendars as select '*' as branch, 'Europe/Paris' as time_zone
        """)
    receive(found, R0=1)
    Segments(found.received / "answers").settle(lane_extents(found))
    return found


def lane_extents(home: Home) -> Any:
    return Segments(home.received / "answers").extents()


def receive(home: Home, moment: str = "2026-03-02T08:00:00Z", **scores: object) -> None:
    """Lines of the journal."""
    folder = home.received / "answers"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / SEGMENT).open("a") as journal:
        for identity, score in scores.items():
            said = {"response_id": identity, "score": score, "responded_at": moment, "account_id": "A-1"}
            journal.write(json.dumps(said) + "\n")


def left(home: Home) -> int:
    return snapshot.write(home, snapshot.dbt_target(home), date(2026, 3, 3))


def test_what_was_received_since_has_its_case(home: Home) -> None:
    assert left(home) == 4
    assert lane.received(home) == {}
    receive(home, R1=3, R2=9, R3="no number")
    found = lane.find(home, environment.company(), lane.received(home))
    keys = {md5(name): name for name in ("R0", "R1", "R2", "R3")}
    # R0 is new to raw here, for no load has landed it: the file that a load reads is read as a whole.
    assert sorted(keys[task.case_key] for task in found.tasks) == ["R0", "R1"]
    assert {(task.owner_id, task.branch, task.account_id, task.time_zone) for task in found.tasks} == {
        ("ann", "Elmbridge", "001A", "Europe/Paris")
    }
    assert found.too_late == 0


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_a_line_that_is_still_being_written_is_left_for_later(home: Home) -> None:
    left(home)
    receive(home, R1=3)
    with (home.received / "answers" / SEGMENT).open("a") as journal:
        journal.write('{"response_id": "R2", "sc')
    found = lane.find(home, environment.company(), lane.received(home))
    assert found.answers == 2


def test_answers_after_the_day_of_the_refresh_are_counted(home: Home) -> None:
    left(home)
    receive(home, "2026-03-03T00:00:00Z", R1=3)
    assert lane.find(home, environment.company(), lane.received(home)).too_late == 1


def test_the_snapshot_has_what_models_read_and_replaces_the_last(home: Home) -> None:
    left(home)
    left(home)
    with duckdb.connect(str(snapshot.file(home)), read_only=True) as connection:
        tables = {
            f"{schema}.{name}"
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables()"
            ).fetchall()
        }
        order = connection.execute("select name from fast.models order by position").fetchall()
    assert "marts.dim_owners" in tables
    assert "marts.dim_branches" not in tables
    assert [name for (name,) in order] == [
        "stg_answers",
        "fct_survey_responses",
        "dim_branches",
        "fct_follow_up_answers",
    ]


def test_a_case_is_opened_once_and_only_since_that_day(home: Home) -> None:
    left(home)
    receive(home, R1=3)
    receive(home, "2026-02-28T08:00:00Z", R2=3)
    tasks = lane.find(home, environment.company(), lane.received(home)).tasks
    assert outgoing.open_at_once(home, [TARGET], tasks) == 2
    assert outgoing.open_at_once(home, [TARGET], tasks) == 0
    found = standing(outgoing.folder(home, TARGET))
    assert sorted(found.tasks) == sorted([md5("R0"), md5("R1")])
    assert {each.way for each in found.tasks.values()} == {"fast"}


def test_without_a_target_there_is_no_fast_lane(home: Home) -> None:
    result = CliRunner().invoke(app, ["fast", "--once"])
    assert result.exit_code == 2
    assert "tasks go nowhere" in result.output
