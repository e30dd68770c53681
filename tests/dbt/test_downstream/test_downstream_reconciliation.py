"""From raw rows to the auditor's table: nothing received is lost on the way."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("downstream")


@pytest.fixture(scope="module")
def landed(new_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Two vendors, two loads, an edited answer, an exclusion of several kinds and two quarantined records."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("reconciliation"), ("files", "qualtrics"))
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
    warehouse.build()
    return warehouse


def test_every_record_is_accounted_for_by_load(landed: Any) -> None:
    rows = landed.query("select source, load_id, disposition, answers from marts.audit_reconciliation")
    assert sorted(rows) == [
        ("files", "1", "counted", 3),
        ("files", "1", "non_integer", 1),
        ("files", "1", "unanswered", 1),
        ("qualtrics", "1", "counted", 1),
        ("qualtrics", "1", "older_version", 2),
        ("qualtrics", "1", "quarantined", 1),
        ("qualtrics", "2", "counted", 1),
        ("qualtrics", "2", "quarantined", 1),
        ("qualtrics", "2", "unregistered_question", 1),
    ]


def test_a_record_the_facts_do_not_know_is_noticed(landed: Any) -> None:
    landed.land("files", "surveys_responses", "late", response_id="late", survey_id="relationship")
    checked = landed.dbt("test", "--select", "assert_received_is_counted_excluded_or_quarantined")
    assert not checked.success
    assert [result.status for result in checked.result.results] == ["fail"]


def test_the_exclusions_are_published_beside_the_score(landed: Any) -> None:
    rows = landed.query("select disposition, survey_type, answers from publication.response_dispositions")
    assert ("unregistered_question", "(none)", 1) in rows
    assert ("non_integer", "relationship", 1) in rows
    assert ("quarantined", "(none)", 2) in rows
    assert landed.query(
        "select responses, promoters, reportability from publication.nps_scores "
        "where segment = 'company' and period_grain = 'all_time' order by survey_type"
    ) == [(3, None, "suppressed"), (2, None, "suppressed")]
