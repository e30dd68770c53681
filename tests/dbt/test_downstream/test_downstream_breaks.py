"""Breaking the definition by hand: each break is stopped by a check that names it.

Every test changes one thing in a copy of the project and builds what depends on it, over answers that
built without complaint before. Does not belong here: the guard outside dbt (tests/expectations).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("downstream")]

BANDS = "definition/nps_score_bands.csv"
FACTS = "models/marts/nps/fct_survey_responses.sql"
DAILY = "models/marts/nps/fct_nps_daily.sql"
WINDOWS = "models/marts/nps/fct_nps_windows.sql"
DISPOSITIONS = "models/intermediate/nps/int_survey_answers__dispositioned.sql"
STATISTICS = "macros/nps_statistics.sql"
NO_UNIT_TESTS = ("--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Break:
    """What is changed in which file, what is built, and what must stop it."""

    path: str
    intact: str
    broken: str
    build: tuple[str, ...]
    named_by: str


def stopped_by(warehouse: Any, folder: Path, *breaks: Break) -> dict[str, str]:
    """Name → message of the nodes that failed when a copy of the project with `breaks` was built."""
    home, project = folder / "home", folder / "dbt_project"
    home.mkdir()
    shutil.copy(warehouse.path, home / warehouse.path.name)
    shutil.copytree(warehouse.project, project, ignore=shutil.ignore_patterns("target", "logs"))
    for each in breaks:
        file = project / each.path
        text = file.read_text("utf-8")
        assert text.count(each.intact) == 1, f"{each.path} no longer holds {each.intact!r} once"
        file.write_text(text.replace(each.intact, each.broken), "utf-8")
    built = replace(warehouse, home=home, project=project).dbt(
        "build", "--indirect-selection", "cautious", "--select", *breaks[0].build
    )
    assert not built.success
    assert built.exception is None, built.exception
    return {
        result.node.name: str(result.message)
        for result in built.result.results
        if result.status in ("error", "fail")
    }


BREAKS = {
    "six is a passive": Break(
        BANDS,
        "2023.1,6,detractor,-100",
        "2023.1,6,passive,0",
        ("nps_score_bands+",),
        "eleven_whole_scores_have_a_band_and_nothing_else_has",
    ),
    "nine is a passive": Break(
        BANDS,
        "2023.1,9,promoter,100",
        "2023.1,9,passive,0",
        ("nps_score_bands+",),
        "eleven_whole_scores_have_a_band_and_nothing_else_has",
    ),
    "a join multiplies answers": Break(
        FACTS,
        "as branches on answers.branch_key = branches.branch_key",
        "as branches on answers.branch_key is not null",
        ("fct_survey_responses+", *NO_UNIT_TESTS),
        "unique_fct_survey_responses_answer_key",
    ),
    "a join multiplies counts": Break(
        DAILY,
        "\nfrom answers\n",
        "\nfrom answers\ncross join (select 1 as copy union all select 2 as copy) as copies\n",
        ("fct_nps_daily+", "assert_daily_counts_are_the_counted_answers", *NO_UNIT_TESTS),
        "assert_daily_counts_are_the_counted_answers",
    ),
    "a day's fingerprint is one answer's": Break(
        DAILY,
        "sum(answer_fingerprint)",
        "max(answer_fingerprint)",
        ("fct_nps_daily+", "assert_daily_counts_are_the_counted_answers", *NO_UNIT_TESTS),
        "assert_daily_counts_are_the_counted_answers",
    ),
    "a segment loses a member": Break(
        WINDOWS,
        "slices on segmented_counts.slice_start = slices.slice_start\n",
        "slices on segmented_counts.slice_start = slices.slice_start and segmented_counts.plan <> 'pro'\n",
        ("fct_nps_windows+", *NO_UNIT_TESTS),
        "assert_segments_add_up_to_the_company",
    ),
    "no passives": Break(
        DAILY,
        "nps_band = 'passive'",
        "nps_band = 'neutral'",
        ("fct_nps_daily+", *NO_UNIT_TESTS),
        "assert_promoters_passives_and_detractors_add_up",
    ),
    "a filter in publication": Break(
        "models/publication/nps_responses.sql",
        "where is_counted",
        "where is_counted and likelihood_score > 0",
        ("nps_responses", "assert_published_equals_marts", *NO_UNIT_TESTS),
        "assert_published_equals_marts",
    ),
    "an answer leaves silently": Break(
        FACTS,
        "left join {{ ref('journey_stages') }}",
        "inner join {{ ref('journey_stages') }}",
        ("fct_survey_responses+", "assert_one_row_per_answer_after_every_join", *NO_UNIT_TESTS),
        "assert_one_row_per_answer_after_every_join",
    ),
    "an exclusion is not published": Break(
        "models/publication/response_dispositions.sql",
        "    select * from counted_by_month\n",
        "    select * from counted_by_month\n    where disposition <> 'unanswered'\n",
        ("response_dispositions", "assert_dispositions_add_up_to_the_answers_received", *NO_UNIT_TESTS),
        "assert_dispositions_add_up_to_the_answers_received",
    ),
    "the window includes its end": Break(
        DISPOSITIONS,
        "where next_responded_at < ",
        "where next_responded_at <= ",
        ("int_survey_answers__dispositioned+",),
        "within_the_quarantine_window_the_later_answer_wins",
    ),
    "another interval": Break(
        STATISTICS,
        "' + 3)'",
        "' + 4)'",
        ("assert_statistics_match_the_worked_numbers",),
        "assert_statistics_match_the_worked_numbers",
    ),
    "a floor one answer lower": Break(
        "definition/reportability_floors.csv",
        "indicative,30",
        "indicative,29",
        ("reportability_floors", "nps_scores"),
        "few_answers_are_suppressed_last",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_break_is_named(name: str, counted_warehouse: Any, tmp_path: Path) -> None:
    assert BREAKS[name].named_by in stopped_by(counted_warehouse, tmp_path, BREAKS[name])


def test_a_published_column_cannot_disappear(counted_warehouse: Any, tmp_path: Path) -> None:
    failed = stopped_by(
        counted_warehouse,
        tmp_path,
        Break(
            "models/publication/branch_scorecards.sql",
            "    latest.branch_name,\n",
            "",
            ("branch_scorecards", *NO_UNIT_TESTS),
            "branch_scorecards",
        ),
    )
    assert "enforced contract" in failed["branch_scorecards"]
    assert "branch_name" in failed["branch_scorecards"]
