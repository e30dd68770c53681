"""From raw rows to the auditor's table: nothing received is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dbt.conftest import SIMULATED, failures

pytestmark = pytest.mark.xdist_group("downstream")

#: The models whose unit tests run here. `counted_warehouse` and `test_upstream_answers.py` have all others.
_MODELS = (
    *("marts.finance+", "intermediate.finance", "marts.audit", "intermediate.audit"),
    *("marts.support", "intermediate.support", "semantic", "int_survey_invitations__identified"),
)
UNIT_TESTED = tuple(f"resource_type:unit_test,{models}" for models in _MODELS)


@pytest.fixture(scope="module")
def landed(new_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two vendors, two loads, an edited answer, an exclusion of several kinds and two quarantined records; a
    file that was counted, of which a second reading withdrew an answer and a quarantine row."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("reconciliation"), SIMULATED)
    warehouse.create_raw()
    for number, score in enumerate((10, 9, 8, 6.5, None), start=1):
        warehouse.land(
            "files",
            "surveys_responses",
            f"f{number}",
            response_id=f"f{number}",
            survey_id="relationship",
            question_id="nps",
            score=score,
            responded_at=f"2025-06-0{number} 10:00:00+00",
        )
    for number, question in ((1, "QID1"), (2, "QID1"), (2, "QID3")):
        for load_id, score in (("1", 3), ("2", 7)) if number == 2 else (("1", 10),):
            warehouse.land(
                "qualtrics",
                "responses",
                f"r{number}:{question}",
                version_at=f"2025-12-0{load_id} 00:00:00+00",
                load_id=load_id,
                response_id=f"r{number}",
                survey_id="SV_Support0000001",
                question_id=question,
                score=score,
                status=0,
                contact_id=f"c{number}",
                recorded_at="2025-11-30 23:59:59+00",
                ended_at="2025-11-30 23:59:59+00",
            )
    quarantined = (("responses", "1"), ("responses", "2"), ("responses", "9"), ("invitations", "1"))
    with warehouse.connection() as opened:
        for table, load_id in quarantined:
            opened.execute(
                "insert into raw_qualtrics.quarantine by name select ? as table_name, 'wrong_type' as reason,"
                " 'score: ten' as detail, 'page 1' as origin, ? as original_hash, '{}' as original_text,"
                " 1 as position, ? as _dlt_load_id",
                [table, f"hash{load_id}", load_id],
            )
    warehouse.land(
        "files",
        "surveys_responses",
        "ghost",
        response_id="ghost",
        survey_id="relationship",
        question_id="nps",
        score=10,
        responded_at="2025-06-01 10:00:00+00",
        file_name="w.csv",
    )
    with warehouse.connection() as opened:
        opened.execute(
            """
            insert into raw_files.quarantine by name
            select 'surveys_responses' as table_name, 'wrong_type' as reason, 'score: ten' as detail,
                'w.csv' as origin, unnest(['h1', 'h2']) as original_hash, 'ten' as original_text,
                2 as position, '1' as _dlt_load_id;
            insert into raw_files.intake by name
            select 'surveys_responses' as table_name, 'w.csv' as file_name, *
            from (values (5, 1, 0, 2, 2, '1'), (5, 0, 5, 0, 0, '2'))
                as given(received, landed, known, repeated, quarantined, _dlt_load_id);
            insert into raw_files.withdrawals by name
            select 'surveys_responses' as table_name, record_id, version_id, '2' as _dlt_load_id
            from raw_files.surveys_responses where record_id = 'ghost'
            union all by name
            -- the second is of a load that did not end
            select 'surveys_responses' as table_name, 'w.csv' as origin, *
            from (values ('h1', '2'), ('h2', '9')) as given(original_hash, _dlt_load_id)
            """
        )
    warehouse.build("--exclude-resource-type", "unit_test")
    tested = warehouse.dbt("test", "--select", *UNIT_TESTED)
    assert tested.success, tested.exception or failures(tested)
    assert {each.node.resource_type for each in tested.result.results} >= {"unit_test"}
    return warehouse


def test_every_record_is_accounted_for_by_load(landed: Any) -> None:
    rows = landed.query(
        "select source, load_id, file_name, disposition, answers from marts.audit_reconciliation"
    )
    assert sorted(rows) == [
        ("files", "1", "a.csv", "counted", 3),
        ("files", "1", "a.csv", "non_integer", 1),
        ("files", "1", "a.csv", "unanswered", 1),
        ("files", "1", "w.csv", "quarantined", 1),
        ("files", "1", "w.csv", "repeated", 2),
        ("files", "1", "w.csv", "withdrawn", 2),
        ("files", "2", "w.csv", "already_known", 5),
        ("qualtrics", "1", "(none)", "counted", 1),
        ("qualtrics", "1", "(none)", "older_version", 2),
        ("qualtrics", "1", "(none)", "quarantined", 1),
        ("qualtrics", "2", "(none)", "counted", 1),
        ("qualtrics", "2", "(none)", "quarantined", 1),
        ("qualtrics", "2", "(none)", "unregistered_question", 1),
    ]


def test_what_is_withdrawn_is_no_answer(landed: Any) -> None:
    assert landed.query(
        "select count(*) from marts.fct_survey_responses where answer_key = 'files:ghost'"
    ) == [(0,)]


@pytest.mark.parametrize(
    "change", ["received = received + 1", "repeated = repeated - 1, received = received - 2"]
)
def test_a_file_whose_count_does_not_come_out_is_noticed(landed: Any, change: str) -> None:
    def counted(changed: str) -> None:
        with landed.connection() as opened:
            opened.execute(f"update raw_files.intake set {changed} where _dlt_load_id = '1'")

    counted(change)
    said = landed.tested("assert_received_is_counted_excluded_or_quarantined")
    counted("received = 5, repeated = 2")
    assert said == ["fail"]


def test_a_record_the_facts_do_not_know_is_noticed(landed: Any) -> None:
    landed.land("files", "surveys_responses", "late", response_id="late", survey_id="relationship")
    assert landed.tested("assert_received_is_counted_excluded_or_quarantined") == ["fail"]


def test_the_exclusions_are_published_beside_the_score(landed: Any) -> None:
    rows = landed.query("select disposition, survey_type, answers from publication.response_dispositions")
    assert ("unregistered_question", "(none)", 1) in rows
    assert ("non_integer", "relationship", 1) in rows
    assert sorted(row for row in rows if row[0] == "quarantined") == [
        ("quarantined", "(none)", 1),
        ("quarantined", "(none)", 2),
    ]
    assert landed.query(
        "select responses, promoters, reportability from publication.nps_scores "
        "where segment = 'company' and period_grain = 'all_time' order by survey_type"
    ) == [(3, None, "suppressed"), (2, None, "suppressed")]
