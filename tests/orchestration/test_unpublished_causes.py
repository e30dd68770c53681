"""What was planted in the simulated company is found in what only the working file tells: who oversells and
whose onboarding failed, and nobody innocent beside them.

The working file is put together here from the company's tables; the refresh has a test of its own
(`end_to_end/test_root_causes`).
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from demo.company import Size, World, simulate
from orchestration.attributes import Asked, read
from orchestration.causes import Cause, causes
from orchestration.cli import drivers_view, unpublished_causes_view
from orchestration.cli.unpublished_causes_view import Wanted
from orchestration.environment import ConfigurationError

AS_OF = "2026-01-01"
WORKING_FILE = """
    create schema marts; create schema publication; create schema definition; create schema intermediate;
    create table definition.reportability_floors as
        select '1' as definition_version, 'indicative' as reportability, 30 as minimum_responses;
    create table publication.nps_scores (segment text, branch text, channel text, definition_version text);
    create table marts.dim_periods as
        select 'trailing_365d' as period_grain, date '2026-01-01' as period_end;
    create table intermediate.int_survey_questions__offered as
        select 'qualtrics' as source, lower(survey_id) as survey_key, 'qid3' as question_key, 0 as scale_min,
            10 as scale_max, null::varchar as loaded_until
        from responses where other_score_text is not null group by all;
    create table marts.dim_employees as
        select lower(user_id) as employee_key, user_id as employee_id, name as employee_name from employees;
    create table marts.dim_accounts as
        select lower(account_id) as account_key, min(created_at)::timestamp as created_at,
            arg_max(branch_id, visible_at) as branch, arg_max(plan, visible_at) as plan,
            arg_max(owner_id, visible_at) as owner_id, arg_max(lifecycle_stage, visible_at) as stage
        from accounts group by all;
    create table marts.dim_account_versions as
        with moves as (
            select lower(account_id) as account_key, visible_at::timestamp as changed_at, old_value, new_value
            from account_history where field = 'Lifecycle_Stage__c'
        )
        select account_key, timestamp '1900-01-01' as valid_from,
            arg_min(old_value, changed_at) as lifecycle_stage
        from moves group by all
        union all
        select account_key, changed_at, new_value from moves
        union all
        select account_key, timestamp '1900-01-01', stage from marts.dim_accounts
        where account_key not in (select account_key from moves);
    create table marts.fct_survey_responses as
        with latest as (
            select * from responses where status = 0 and recorded_at < timestamptz '2026-01-01'
                and survey_id <> 'SV_Product0000001'
            qualify row_number() over (partition by response_id order by visible_at desc) = 1
        ),
        asked as (
            select *, 'QID1' as question_id, try_cast(score_text as double) as score from latest
            union all
            select *, 'QID3', try_cast(other_score_text as double) from latest
            where other_score_text is not null
        ),
        as_of as (
            select asked.*, accounts.account_key, accounts.branch, accounts.plan, accounts.owner_id,
                stages.lifecycle_stage
            from asked
            left join marts.dim_accounts as accounts on lower(trim(asked.account_id)) = accounts.account_key
            asof left join marts.dim_account_versions as stages
                on accounts.account_key = stages.account_key and asked.recorded_at >= stages.valid_from
        )
        select
            response_id || ':' || question_id as answer_key, 'qualtrics' as source, response_id, survey_id,
            question_id, score, score::integer as likelihood_score,
            question_id = 'QID1' and score in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) as is_counted,
            case when question_id = 'QID3' then 'unregistered_question' else 'counted' end as disposition,
            if(survey_id = 'SV_Relationship001', 'relationship', 'transactional') as survey_type,
            '1' as definition_version, recorded_at::timestamp as responded_at,
            recorded_at::date as response_date, account_key, response_id as person_key, employee_id, owner_id,
            coalesce(plan, '') as customer_value_tier, coalesce(branch, '') as branch,
            coalesce(lower(distribution_channel), '') as channel, lifecycle_stage,
            if(survey_id = 'SV_Relationship001', coalesce(lifecycle_stage, ''), survey_id) as journey_stage
        from as_of;
    create table marts.fct_answer_tickets as
        select answers.answer_key, case when count(tickets.ticket_id) = 0 then 'none'
            when count(tickets.ticket_id) <= 2 then '1-2' else '3 or more' end as tickets_90d_band
        from marts.fct_survey_responses as answers
        left join organizations on answers.account_key = lower(organizations.account_id)
        left join tickets on organizations.organization_id = tickets.organization_id
            and tickets.created_at between answers.responded_at - interval 90 days and answers.responded_at
        where answers.account_key is not null
        group by answers.answer_key;
"""


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(Size())


@pytest.fixture(scope="module")
def warehouse(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set timezone = 'UTC'")
        for name, table in world.tables().items():
            connection.register(name, table)
        connection.execute(WORKING_FILE)
    return path


def found(warehouse: Path, survey_type: str, band: str, days: int = 365) -> list[Cause]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return causes(connection, Asked(survey_type, "1", AS_OF, days), band)


def named(rows: list[Cause], *attributes: str) -> set[tuple[str, str]]:
    """Values of these attributes, else of all, with more of the band."""
    return {
        (row.attribute, row.attribute_value)
        for row in rows
        if row.verdict == "more" and (not attributes or row.attribute in attributes)
    }


def test_who_oversells_has_more_promoters_and_no_colleague_has(world: World, warehouse: Path) -> None:
    oversells = world.truth["overselling_employee"]
    rows = found(warehouse, "transactional", "promoter")
    assert named(rows, "employee", "owner") == {("employee", oversells), ("owner", oversells)}
    [row] = [row for row in rows if row[3:5] == ("employee", oversells)]
    assert row.share > 0.7 > 0.5 > row.other_share
    assert row.odds_ratio_low is not None
    assert row.odds_ratio_low > 2


def test_failed_onboarding_has_more_detractors_and_nobody_is_blamed_for_it(warehouse: Path) -> None:
    rows = found(warehouse, "transactional", "detractor", days=1_095)
    assert named(rows, "time_in_stage", "employee", "owner", "cohort", "tickets") >= {
        ("time_in_stage", "onboarding, over 90 days")
    }
    assert named(rows, "employee", "owner", "cohort", "tickets") == set()
    assert {each for _, each in named(rows, "time_in_stage")} <= {
        f"onboarding, {days}" for days in ("31 to 90 days", "over 90 days")
    }
    assert ("SV_Onboarding0001 QID3", "lowest third") in named(rows)
    assert any(row.verdict == "too few" and row.q_value is None for row in rows)


def test_answers_that_have_no_such_attribute_are_nobodys_others(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        asked = Asked("transactional", "1", AS_OF)
        [(served,)] = connection.execute(
            "select count(employee_id) from marts.fct_survey_responses where is_counted"
            " and survey_type = 'transactional' and response_date >= date '2025-01-01'"
        ).fetchall()
        [employees] = read(connection, "employee", asked)
        questions = read(connection, "questions", asked)
        assert [each.name for each in questions] == ["SV_Onboarding0001 QID3", "SV_Support0000001 QID3"]
        assert all(len(each.value) < len(employees.value) == served for each in questions)
        assert read(connection, "questions", asked._replace(survey_type="relationship")) == []


def test_the_questions_of_a_response_are_drivers(
    warehouse: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = drivers_view.Wanted("transactional", ("questions", "tickets"), ("branch",))
    drivers_view.run(warehouse, wanted, "json", Console())
    rows = {row["attribute"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == {"channel", "tickets", "SV_Onboarding0001 QID3", "SV_Support0000001 QID3"}
    assert rows["SV_Support0000001 QID3"]["share"] > rows["SV_Onboarding0001 QID3"]["low"] > 0
    assert rows["channel"]["low"] == 0
    monkeypatch.setattr(drivers_view, "MOST_ATTRIBUTES", 3)
    for wrong, said in (
        (drivers_view.Wanted(None, ("weather",)), 'no unpublished attribute "weather"'),
        (drivers_view.Wanted(None, (), ("weather",)), 'no dimension "weather"'),
        (wanted, "4 attributes are too many, 3 are taken together"),
    ):
        with pytest.raises(ConfigurationError, match=said):
            drivers_view.run(warehouse, wrong, "json", Console())


def test_the_command_names_persons_and_says_what_it_is(
    world: World, warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = Wanted("employee", "transactional", "promoter", 365)
    unpublished_causes_view.run(warehouse, wanted, "md", Console())
    shown = capsys.readouterr().out
    oversells = world.truth["overselling_employee"]
    [name] = [row["name"] for row in world.employees.to_pylist() if row["user_id"] == oversells]
    assert f"{name} ({oversells})" in shown
    assert "more promoters" in shown
    assert "a reason to ask and no verdict" in shown
    with pytest.raises(LookupError, match="no counted answer of these 365 days has an attribute questions"):
        unpublished_causes_view.run(
            warehouse, Wanted("questions", "relationship", "promoter", 365), "md", Console()
        )
    with pytest.raises(ConfigurationError, match="nps refresh"):
        unpublished_causes_view.run(warehouse.with_name("none"), wanted, "md", Console())
