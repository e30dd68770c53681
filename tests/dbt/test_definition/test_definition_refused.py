"""A definition that is none is refused by a test that names what is wrong, before any figure is calculated.

Each mistake is made in the seeds' tables and all compiled tests of the seeds are run on it, which takes
milliseconds. That a failing test stops every model is read from dbt's graph, and seen in a build.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("definition")

#: Built from the definition without judging anything by it.
ONLY_TOLD = {"int_approvals__last", "dim_metric_definitions", "metric_definitions", "dim_journey_stages"}
GATE = "int_nps_definitions__in_force"
OF_A_VERSION = (
    "nps_score_bands",
    "nps_quarantine_windows",
    "customer_value_tiers",
    "reportability_floors",
    "journey_stages",
    "publication_limits",
)
SEEDS = {*OF_A_VERSION, "nps_definitions", "nps_questions", "answer_dispositions"}


def refused_by(company: Any, mistake: str) -> set[str]:
    """Names of the tests that fail once `mistake` is made; nothing is kept of it."""
    with company.warehouse.connection() as opened:
        opened.execute("set schema = 'definition'")
        opened.execute("begin")
        for statement in mistake.split(";"):
            opened.execute(statement)
        failing = {
            name for name in checks_of_seeds(company) if opened.execute(company.tests[name]).fetchall()
        }
        opened.execute("rollback")
    return failing


def checks_of_seeds(company: Any) -> dict[str, set[str]]:
    """Name → all that it reads, of every test that reads a seed of the definition."""
    seeds = {f"seed.nps_warehouse.{seed}" for seed in SEEDS}
    return {
        node["name"]: set(node["depends_on"]["nodes"])
        for node in company.manifest["nodes"].values()
        if node["resource_type"] == "test" and set(node["depends_on"]["nodes"]) & seeds
    }


def test_two_versions_are_a_definition(company: Any) -> None:
    assert refused_by(company, "select 1") == set()


MISTAKES = {
    "a question on a scale of 1 to 10": (
        "update nps_questions set scale_min = 1 where source = 'files'",
        "assert_registered_questions_offer_0_to_10",
    ),
    "a question on a scale of 0 to 5": (
        "update nps_questions set scale_max = 5 where source = 'files'",
        "assert_registered_questions_offer_0_to_10",
    ),
    "a question without a scale": (
        "update nps_questions set scale_max = null where source = 'files'",
        "assert_registered_questions_offer_0_to_10",
    ),
    "two versions in force on one day": (
        "update nps_definitions set valid_to = '2025-07-02' where valid_to is not null",
        "assert_periods_of_validity_do_not_overlap",
    ),
    "two versions without an end": (
        "update nps_definitions set valid_to = null",
        "assert_periods_of_validity_do_not_overlap",
    ),
    "a version that ends before it begins": (
        "update nps_definitions set valid_to = '1999-01-01'",
        "assert_periods_of_validity_do_not_overlap",
    ),
    "a question registered twice under another spelling": (
        "insert into nps_questions select * replace (' NPS ' as question_id) from nps_questions "
        "where source = 'files'",
        "assert_periods_of_validity_do_not_overlap",
    ),
    "a survey of two types": (
        "insert into nps_questions select * replace ('QID9' as question_id, 'transactional' as survey_type) "
        "from nps_questions where source = 'files'",
        "assert_a_survey_is_of_one_kind",
    ),
    "a survey of two stages": (
        "insert into nps_questions select * replace ('QID9' as question_id, 'renewal' as journey_stage) "
        "from nps_questions where source = 'files'",
        "assert_a_survey_is_of_one_kind",
    ),
    "a day without a version": (
        "update nps_definitions set valid_to = '2025-06-30' where valid_to is not null",
        "assert_definitions_follow_each_other_without_a_gap",
    ),
    "a last version that ends": (
        "update nps_definitions set valid_to = '2030-01-01' where valid_to is null",
        "assert_definitions_follow_each_other_without_a_gap",
    ),
    "the same version twice": (
        "insert into nps_definitions select * from nps_definitions",
        "unique_nps_definitions_definition_version",
    ),
    "a band table with a gap": (
        "delete from nps_score_bands where score = 5",
        "assert_the_scale_has_eleven_scores_without_a_gap",
    ),
    "eleven bands from 1 to 11": (
        "update nps_score_bands set score = score + 1",
        "assert_the_scale_has_eleven_scores_without_a_gap",
    ),
    "eleven bands, one score twice": (
        "update nps_score_bands set score = 6 where score = 5",
        "assert_the_scale_has_eleven_scores_without_a_gap",
    ),
    "bands of a version that nobody decided": (
        "insert into nps_score_bands select * replace ('2099.1' as definition_version) from nps_score_bands",
        "relationships_nps_score_bands_definition_version__definition_version__ref_nps_definitions_",
    ),
    "a weight that is not its band's": (
        "update nps_score_bands set nps_weight = 50 where score = 9",
        "assert_weights_agree_with_bands",
    ),
    "a promoter below a passive": (
        "update nps_score_bands set nps_band = 'promoter', nps_weight = 100 where score = 2",
        "assert_weights_agree_with_bands",
    ),
    "a band of another name": (
        "update nps_score_bands set nps_band = 'fan' where score = 10",
        "accepted_values_nps_score_bands_nps_band__promoter__passive__detractor",
    ),
    "no passives": (
        "update nps_score_bands set nps_band = 'promoter', nps_weight = 100 where score in (7, 8)",
        "assert_every_definition_version_is_whole",
    ),
    "tiers out of order": (
        "update customer_value_tiers set minimum_amount = "
        "case customer_value_tier when 'key' then 5000 when 'core' then 25000 else minimum_amount end",
        "assert_tiers_and_floors_are_ordered",
    ),
    "two tiers with one minimum": (
        "update customer_value_tiers set minimum_amount = 25000 where customer_value_tier = 'core'",
        "assert_tiers_and_floors_are_ordered",
    ),
    "two tiers in one place": (
        "update customer_value_tiers set tier_order = 3 where customer_value_tier = 'core'",
        "assert_tiers_and_floors_are_ordered",
    ),
    "no tier from 0": (
        "delete from customer_value_tiers where customer_value_tier = 'starter'",
        "assert_tiers_and_floors_are_ordered",
    ),
    "a tier twice": (
        "insert into customer_value_tiers select * replace (99 as tier_order, 500000 as minimum_amount) "
        "from customer_value_tiers where customer_value_tier = 'key'",
        "unique_combination_customer_value_tiers_definition_version__customer_value_tier",
    ),
    "floors out of order": (
        "update reportability_floors set minimum_responses = 3 where reportability = 'indicative'",
        "assert_tiers_and_floors_are_ordered",
    ),
    "a floor is missing": (
        "delete from reportability_floors where reportability = 'reportable'",
        "assert_every_definition_version_is_whole",
    ),
    "no window for a survey type of the registry": (
        "update nps_questions set survey_type = 'competitive_benchmark' where source = 'files'",
        "assert_every_definition_version_is_whole",
    ),
    "a window twice": (
        "insert into nps_quarantine_windows select * replace (30 as window_days) from nps_quarantine_windows",
        "unique_combination_nps_quarantine_windows_definition_version__survey_type",
    ),
    "a window of less than nothing": (
        "update nps_quarantine_windows set window_days = -1",
        "assert_no_quarantine_window_is_negative",
    ),
    "a limit is missing": (
        "delete from publication_limits where applies_to = 'load'",
        "assert_every_definition_version_is_whole",
    ),
    "a limit twice": (
        "insert into publication_limits select * replace (9 as maximum) from publication_limits",
        "unique_combination_publication_limits_definition_version__limit_name__applies_to",
    ),
    "a limit that nothing exceeds": (
        "update publication_limits set maximum = 100 where unit = 'percent'",
        "assert_publication_limits_can_be_kept",
    ),
    "a limit below nothing": (
        "update publication_limits set maximum = -1 where limit_name = 'stale_source'",
        "assert_publication_limits_can_be_kept",
    ),
    "a question about a stage that is not governed": (
        "update nps_questions set journey_stage = 'divorce' where journey_stage = 'renewal'",
        "assert_every_definition_version_is_whole",
    ),
    "a disposition twice in the order": (
        "update answer_dispositions set precedence = 2 where disposition = 'erased'",
        "unique_answer_dispositions_precedence",
    ),
} | {
    f"a second version without {seed}": (
        f"delete from {seed} where definition_version = '2025.2'",
        "assert_every_definition_version_is_whole",
    )
    for seed in OF_A_VERSION
}
MISTAKES |= {
    f"{seed} without {column}: {blank!r}": (
        f"update {seed} set {column} = {blank}",
        "assert_no_governed_value_is_missing",
    )
    for seed, column in (
        ("nps_definitions", "reason"),
        ("nps_questions", "approved_by"),
        ("nps_questions", "reason"),
    )
    for blank in ("null", "''", "'  '")
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_named(company: Any, mistake: str) -> None:
    statements, named_by = MISTAKES[mistake]
    assert named_by in refused_by(company, statements)


def ancestors(manifest: dict[str, Any], node: str) -> set[str]:
    found: set[str] = set()
    left = [node]
    while left:
        parents = set(manifest["parent_map"][left.pop()]) - found
        found |= parents
        left += parents
    return found


def test_what_fails_stops_every_model_that_judges(company: Any) -> None:
    """dbt runs a test before a model exactly if all that the test reads lies upstream of the model."""
    tests, gate = checks_of_seeds(company), f"model.nps_warehouse.{GATE}"
    assert {named_by for _, named_by in MISTAKES.values()} <= tests.keys()
    before_the_gate = ancestors(company.manifest, gate)
    assert [name for name, read in tests.items() if not read <= before_the_gate] == []
    seeds = {f"seed.nps_warehouse.{seed}" for seed in SEEDS}
    upstream = {
        node["name"]: ancestors(company.manifest, key)
        for key, node in company.manifest["nodes"].items()
        if node["resource_type"] == "model" and key != gate
    }
    ungated = {name for name, reads in upstream.items() if reads & seeds and gate not in reads}
    assert ungated == ONLY_TOLD


def test_nothing_is_calculated_once_a_test_has_failed(company: Any, tmp_path: Path) -> None:
    """A version without a reason: the table of answers, emptied before, stays empty."""
    for name in ("warehouse.duckdb", "target"):
        source = company.warehouse.home / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    warehouse = replace(company.warehouse, home=tmp_path)
    with warehouse.connection() as opened:
        opened.execute("delete from marts.fct_survey_responses")
    seed = warehouse.project / "definition" / "nps_definitions.csv"
    whole = seed.read_text("utf-8")
    seed.write_text(whole.replace("Six is not a detractor here", ""), "utf-8")
    try:
        built = warehouse.dbt(
            "build", "--select", "resource_type:seed", f"{GATE}+", "--exclude-resource-type", "unit_test"
        )
    finally:
        seed.write_text(whole, "utf-8")
    assert not built.success
    failed = [each.node.name for each in built.result.results if each.status in ("error", "fail")]
    assert failed == ["assert_no_governed_value_is_missing"]
    models = {each.status for each in built.result.results if each.node.resource_type == "model"}
    assert models == {"skipped"}
    assert warehouse.query("select count(*) from marts.fct_survey_responses") == [(0,)]
