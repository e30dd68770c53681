"""The recount from a whole working file, and what it says when the publication differs."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import recount as recounting
from expectations.dimensions import BUILT_IN
from expectations.recount import Figures, Recount, compare, recount
from expectations.recount.changes import KEY
from expectations.recount.figures import NUMBERS
from tests.expectations.breaks_of_figures import ANSWERS, BREAKS

AS_OF = date(2026, 5, 1)


def as_of(warehouse: Path) -> date:
    with duckdb.connect(warehouse, read_only=True) as connection:
        row = connection.execute(
            "select max(period_end) from publication.nps_scores where period_grain = 'all_time'"
        ).fetchone()
    assert row is not None
    return date.fromisoformat(str(row[0]))


@pytest.fixture(scope="module")
def recounted(whole_warehouse: Path) -> Recount:
    return recount(whole_warehouse, as_of(whole_warehouse))


def test_the_recount_equals_the_publication(whole_warehouse: Path, recounted: Recount) -> None:
    assert compare(recounted, whole_warehouse) == []
    assert sum(recounted.dispositions.values()) == 900 + 2  # two in quarantine
    assert {key.period_grain for key in recounted.figures.keys} == {
        *("month", "quarter", "year", "trailing_90d", "trailing_365d", "all_time")
    }
    assert {key.measure for key in recounted.figures.keys} == {"in_period", "current_state"}
    assert {key.segment for key in recounted.figures.keys} == set(BUILT_IN.segments)
    assert np.isfinite(recounted.figures.numbers["change_q_value"]).any()


@pytest.mark.many
@pytest.mark.parametrize(("change", "column"), BREAKS)
def test_a_difference_is_named(warehouse: Path, recounted: Recount, change: str, column: str) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(change)
    again = recount(warehouse, recounted.as_of) if "raw_files" in change else recounted
    differences = compare(again, warehouse)
    assert column in {difference.column for difference in differences}
    assert all(difference.name for difference in differences)


def test_of_many_answers_those_of_some_persons_are_recounted(
    warehouse: Path, recounted: Recount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their rows are as in the whole; figures are still all of them, counted from the marts' rows."""
    monkeypatch.setattr(recounting, "LARGE", 100)
    monkeypatch.setattr(recounting, "_SAMPLED_ANSWERS", 450)
    some = recount(warehouse, recounted.as_of)
    assert some.sample is not None
    assert 300 < len(some.rows) < 600
    assert set(some.rows) == {row for row in recounted.rows if some.sample.holds(row.person)}
    assert set(some.figures.keys) == set(recounted.figures.keys)
    assert some.dispositions == recounted.dispositions
    assert compare(some, warehouse) == []
    with duckdb.connect(warehouse) as connection:
        connection.execute(f"update {ANSWERS} set plan = null where plan = 'P2'")
    assert {"plan", "responses"} <= {
        difference.column for difference in compare(recount(warehouse, recounted.as_of), warehouse)
    }
    with duckdb.connect(warehouse) as connection:
        connection.execute(f"update {ANSWERS} set plan = 'P2' where plan is null")
        connection.execute(f"update {ANSWERS} set region = 'West' where region = 'South'")
    differences = compare(recount(warehouse, recounted.as_of), warehouse)
    explained = [each for each in differences if len(each.figure) == len(KEY)]
    assert {each.figure[KEY.index("split_by")] for each in explained} == {"region"}
    columns = {each.column for each in differences if each not in explained}
    assert "responses" in columns
    assert columns - {*NUMBERS, "reportability"} == {"region", "verdict"}
    monkeypatch.setenv("NPS_RECOUNT", "all")
    assert recount(warehouse, recounted.as_of).sample is None


def test_the_collector_is_as_it_was_afterwards(warehouse: Path, tmp_path: Path) -> None:
    assert gc.isenabled()
    recount(warehouse, AS_OF)
    assert gc.isenabled()
    duckdb.connect(tmp_path / "empty.duckdb").close()
    with pytest.raises(duckdb.CatalogException, match="fct_account_standings"):
        recount(tmp_path / "empty.duckdb", AS_OF)
    assert gc.isenabled()


def test_an_invitation_of_another_vendor_is_not_the_answers(tmp_path: Path) -> None:
    """Ids are unique within a vendor only; case and surrounding space do not tell two apart."""
    path = tmp_path / "w.duckdb"
    empty_warehouse(path)
    values = {"recordedDate": "2026-01-05T00:00:00Z", "QID1": 9, "InvitationId": " i1"}
    sent = {"sentAt": "2026-01-06T00:00:00Z"}
    with duckdb.connect(path) as connection:
        connection.execute(
            "insert into raw_qualtrics.responses"
            " values ('R1:QID1', null, ?, '1.0', 1, 'SV_Relationship001', 'QID1')",
            [orjson.dumps({"values": values}).decode()],
        )
        connection.execute(
            """
            create schema raw_files;
            create table raw_files._dlt_loads as select * from raw_qualtrics._dlt_loads;
            create table raw_files.withdrawals (
                table_name varchar, record_id varchar, version_id varchar, _dlt_load_id varchar
            );
            create table raw_files.surveys_invitations as select
                'i1' as record_id, 'v' as version_id, null::timestamptz as version_at,
                '1.0' as _dlt_load_id, 1 as position,
                timestamptz '2026-01-06 00:00:00Z' as sent_at, null::varchar as contact_id,
                null::varchar as email, 'SV_Relationship001' as survey_id, 'Success' as status,
                null::varchar as account_id, null::varchar as branch_id
            """
        )
    assert recount(path, AS_OF).dispositions == {("qualtrics", "counted"): 1}
    with duckdb.connect(path) as connection:
        connection.execute(
            "create table raw_qualtrics.invitations as select 'I1 ' as record_id, null::timestamptz as"
            " version_at, '1.0' as _dlt_load_id, 1 as position, ?::varchar as payload,"
            " 'SV_Relationship001' as survey_id",
            [orjson.dumps(sent).decode()],
        )
    assert recount(path, AS_OF).dispositions == {("qualtrics", "before_invitation"): 1}
    assert recount(path, AS_OF, sources=["files"]).dispositions == {}  # turned off since


def test_nothing_recounted_is_not_agreement(warehouse: Path) -> None:
    differences = compare(Recount(AS_OF, [], [], [], [], Figures.none(), {}), warehouse)
    assert {difference.column for difference in differences} == {
        *("row", "responses", "answers", "contribution", "verdict")
    }


def empty_warehouse(path: Path) -> None:
    with duckdb.connect(path) as connection:
        connection.execute(
            """
            create schema raw_qualtrics;
            create schema marts;
            create table marts.fct_account_standings (standing_date date);
            create table marts.fct_nps_daily (definition_version varchar);
            create table raw_qualtrics._dlt_loads (load_id varchar, status bigint);
            insert into raw_qualtrics._dlt_loads values ('1.0', 0), ('2.0', 0), ('3.0', 1);
            create table raw_qualtrics.responses (
                record_id varchar, version_at timestamptz, payload varchar, _dlt_load_id varchar,
                position bigint, survey_id varchar, question_id varchar
            );
            """
        )


@pytest.fixture(scope="module")
def without_answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recount") / "w.duckdb"
    empty_warehouse(path)
    return path


def test_embedded_data_is_read_under_its_own_names(tmp_path: Path) -> None:
    path = tmp_path / "w.duckdb"
    empty_warehouse(path)
    values = {"recordedDate": "2026-01-05T00:00:00Z", "QID1": 9, "Event": "2026-01-06T00:00:00Z"}
    with duckdb.connect(path) as connection:
        connection.execute(
            "insert into raw_qualtrics.responses"
            " values ('R1:QID1', null, ?, '1.0', 1, 'SV_Relationship001', 'QID1')",
            [orjson.dumps({"values": values}).decode()],
        )
    keys = {"qualtrics": {"embedded_data": {"event_at": "Event"}}}
    assert recount(path, AS_OF).dispositions == {("qualtrics", "counted"): 1}
    assert recount(path, AS_OF, keys).dispositions == {("qualtrics", "before_event"): 1}


versions = st.fixed_dictionaries(
    {
        "response": st.sampled_from(["R1", "R2", "R3", "R4"]),
        "score": st.sampled_from([None, 0, 6, 6.5, 7, 8, 9, 10, 12]),
        "day": st.integers(0, 130),
        "changed": st.one_of(st.none(), st.integers(0, 9)),
        "load": st.sampled_from(["1.0", "2.0", "3.0"]),
        "survey": st.sampled_from([" SV_Relationship001", "sv_relationship001", "SV_9"]),
        "status": st.sampled_from([0, 0, 4, 16, 1, 9, 12, 17, 256]),
    }
)


@settings(max_examples=15, deadline=None)
@given(st.lists(versions, max_size=8))
def test_random_raw_equals_a_naive_count(without_answers: Path, found: list[dict[str, Any]]) -> None:
    """Versions, incomplete loads and registration: sorted and counted the slow way."""
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    rows = []
    for position, each in enumerate(found, start=1):
        moment = (first + timedelta(days=each["day"])).isoformat()
        values = {"recordedDate": moment, "status": each["status"], "QID1": each["score"]}
        changed = None if each["changed"] is None else first + timedelta(hours=each["changed"])
        rows.append(
            (
                f"{each['response']}:QID1",
                changed and changed.isoformat(),
                orjson.dumps({"values": values}).decode(),
                each["load"],
                position,
                each["survey"],
                "QID1",
            )
        )
    with duckdb.connect(without_answers) as connection:
        connection.execute("delete from raw_qualtrics.responses")
        if rows:
            connection.executemany("insert into raw_qualtrics.responses values (?, ?, ?, ?, ?, ?, ?)", rows)
    recounted = recount(without_answers, AS_OF)

    current: dict[str, dict[str, Any]] = {}
    numbered = [each | {"position": position} for position, each in enumerate(found, start=1)]
    for each in sorted(
        numbered,
        key=lambda e: (-1 if e["changed"] is None else e["changed"], e["load"], e["position"]),
    ):
        if each["load"] != "3.0":
            current[each["response"]] = each
    counted = [
        each
        for each in current.values()
        if each["status"] in (0, 4, 16)
        and each["survey"] != "SV_9"
        and each["score"] in (0, 6, 7, 8, 9, 10)
        and each["day"] < 120
    ]
    assert recounted.dispositions.get(("qualtrics", "counted"), 0) == len(counted)
    assert sum(recounted.dispositions.values()) == len(current)
    company = {
        key: place
        for place, key in enumerate(recounted.figures.keys)
        if key.segment == "company" and key.measure == "in_period"
    }
    for key, place in company.items():
        inside = [
            each["score"]
            for each in counted
            if key.period_start <= (first + timedelta(days=each["day"])).date() < key.period_end
        ]
        assert recounted.figures.numbers["responses"][place] == len(inside)
        if len(inside) >= 5:
            assert recounted.figures.numbers["detractors"][place] == sum(score <= 6 for score in inside)
    for grain in ("month", "quarter", "year", "all_time"):
        of_grain = [place for key, place in company.items() if key.period_grain == grain]
        assert sum(recounted.figures.numbers["responses"][of_grain]) == len(counted)
