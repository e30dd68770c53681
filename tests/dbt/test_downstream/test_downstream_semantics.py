"""MetricFlow over thousands of wild answers: what people ask for agrees, and each break is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semantics import agreement
from semantics.errors import NothingBuiltError, QuestionError, UnknownNameError
from tests.dbt.test_downstream.semantic_layer import Layer

pytestmark = pytest.mark.xdist_group("downstream")


@pytest.fixture(scope="module")
def layer(counted_warehouse: Any) -> Layer:
    counted_warehouse.build(
        "--select", "dim_dates", "path:models/semantic", "--exclude-resource-type", "unit_test"
    )
    return Layer(counted_warehouse.path, counted_warehouse.home / "target")


@pytest.fixture(scope="module")
def by_branch(layer: Layer, tmp_path_factory: pytest.TempPathFactory) -> Layer:
    """The same with the figures of one segment only: what is broken in a test is compared again."""
    others = "where segment <> 'branch'"
    return layer.changed(
        tmp_path_factory.mktemp("by_branch"),
        f"delete from publication.nps_scores {others}",
        f"delete from marts.fct_nps_cells {others}",
    )


#: Of the cells of single dimensions those that a refresh asks for.
ASKED = """
    segment = 'company' or period_grain = 'month'
    or (period_grain = 'trailing_365d' and period_end in ('2026-01-01', '2025-12-01'))
"""


@pytest.mark.parametrize(("everything", "asked"), [(None, ASKED), (True, "true")])
def test_what_is_asked_for_agrees(layer: Layer, everything: bool | None, asked: str) -> None:
    found = layer.agreement(everything)
    assert found.differences == ()
    assert found.differing == 0
    [(published,)] = layer.rows(
        f"select count(*) from publication.nps_scores where segment not like '%*%' and ({asked})"
    )
    assert found.cells == published > 500
    measures = layer.rows("select distinct measure, period_grain from publication.nps_scores")
    assert len(measures) == 7


def test_an_answer_that_changed_its_band_is_named_in_every_cell_it_is_in(
    by_branch: Layer, tmp_path: Path
) -> None:
    [(key, branch, month)] = by_branch.rows(
        "select answer_key, branch, date_trunc('month', response_date)::date from marts.fct_survey_responses"
        " where nps_band = 'promoter' and branch = 'B1' order by 1 limit 1"
    )
    changed = f"update marts.fct_survey_responses set nps_band = 'detractor' where answer_key = '{key}'"
    found = by_branch.changed(tmp_path, changed).agreement(everything=True)
    assert found.differing > 5, "month, quarter, year, all time and windows"
    named = [d for d in found.differences if d.figure.startswith(f"in_period month branch {month}")]
    assert {d.column for d in named} >= {"promoters", "detractors"}
    assert all(branch in d.figure for d in named)


def test_a_metric_that_says_something_else_is_named(by_branch: Layer, tmp_path: Path) -> None:
    def without_detractors(metric: dict[str, Any]) -> None:
        metric["type_params"]["expr"] = "100 * cast(promoters - 0 * detractors as double) / responses"

    found = by_branch.with_metric(tmp_path, "nps", without_detractors).agreement(everything=True)
    assert {difference.column for difference in found.differences} == {"nps"}
    [(shown,)] = by_branch.rows(
        "select count(*) from publication.nps_scores where measure = 'in_period' and detractors > 0"
        " and period_grain in ('month', 'quarter', 'year', 'all_time') and nps is not null"
    )
    assert found.differing == shown > 0


def test_a_filter_on_a_metric_is_named(by_branch: Layer, tmp_path: Path) -> None:
    def only_b1(metric: dict[str, Any]) -> None:
        template = "{{ Dimension('answer__branch') }} = 'B1'"
        metric["filter"] = {"where_filters": [{"where_sql_template": template}]}

    found = by_branch.with_metric(tmp_path, "responses_trailing_90d", only_b1).agreement(everything=True)
    assert found.differing > 0
    assert {d.figure.split()[1] for d in found.differences} == {"trailing_90d"}
    assert "responses" in {difference.column for difference in found.differences}


@pytest.mark.parametrize("table", ["publication.nps_scores", "marts.fct_nps_cells"])
def test_a_cell_that_is_not_published_is_named(by_branch: Layer, tmp_path: Path, table: str) -> None:
    cell = "measure = 'current_state' and branch = 'B1' and period_end = '2025-07-01'"
    found = by_branch.changed(tmp_path, f"delete from {table} where {cell}").agreement(everything=True)
    assert found.differing == 2, "a cell of each survey type"
    assert {d.figure for d in found.differences} == {
        f"current_state trailing_365d branch 2025-07-01 {survey_type} 2023.1 B1"
        for survey_type in ("relationship", "transactional")
    }


def test_a_published_cell_that_nobody_answered_is_named(by_branch: Layer, tmp_path: Path) -> None:
    invented = (
        "insert into publication.nps_scores by name select * replace ('B9' as branch)"
        " from publication.nps_scores where measure = 'in_period' and period_grain = 'year' and branch = 'B1'"
        " and period_start = '2024-01-01' and survey_type = 'relationship'"
    )
    found = by_branch.changed(tmp_path, invented).agreement(everything=True)
    assert found.differing == 1
    [figure] = {difference.figure for difference in found.differences}
    assert figure == "in_period year branch 2024-01-01 relationship 2023.1 B9"
    assert {difference.asked for difference in found.differences} == {None}


def test_a_figure_that_ought_to_be_suppressed_is_named(by_branch: Layer, tmp_path: Path) -> None:
    found = by_branch.changed(
        tmp_path, "update publication.nps_scores set nps = 12 where reportability = 'interval_only'"
    ).agreement(everything=True)
    assert found.differing > 0
    assert {(d.column, d.asked, d.published) for d in found.differences} == {("nps", None, 12.0)}


@pytest.mark.long
def test_of_a_large_warehouse_the_newest_days_are_asked_for_unless_all_are(
    layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = layer.agreement(everything=True)
    monkeypatch.setattr(agreement, "LARGE", 100)
    newest = layer.agreement()
    assert newest.is_partial
    assert not everything.is_partial
    [(cells,)] = layer.rows(
        f"select count(*) from publication.nps_scores where segment not like '%*%' and ({ASKED})"
        " and (period_grain not like 'trailing%' or period_end in ('2026-01-01', '2025-12-01'))"
    )
    assert newest.cells == cells < everything.cells
    monkeypatch.setenv("NPS_RECOUNT", "all")
    assert layer.agreement() == everything


def test_an_answer_is_what_is_published(layer: Layer) -> None:
    asked = layer.ask("responses", "promoters", "nps", by=("branch", "journey_stage"), grain="month")
    assert asked.columns == (
        *("month", "survey_type", "definition_version", "branch", "journey_stage"),
        *("responses", "promoters", "nps"),
    )
    published = layer.rows(
        "select period_start::varchar, survey_type, definition_version, branch, journey_stage, responses,"
        " promoters, nps from publication.nps_scores where measure = 'in_period' and period_grain = 'month'"
        " and segment = 'branch*journey_stage' order by all"
    )
    assert [row[:7] for row in asked.rows] == [row[:7] for row in published]
    assert [row[7] for row in asked.rows] == pytest.approx([row[7] for row in published], nan_ok=True)
    assert any(row[6] is None for row in asked.rows), "nothing was suppressed"
    assert any(row[6] is not None and row[7] is None for row in asked.rows), "no interval without a score"
    others = [row[6] for row in asked.rows if row[5] >= 5 and row[6] is None]
    assert others, "nothing was hidden for others"


def test_a_filter_or_another_build_leaves_no_published_cell(layer: Layer, tmp_path: Path) -> None:
    asked = layer.ask("responses", "nps", "promoters", by=("branch",))
    assert any(row[-1] is not None for row in asked.rows)
    halves = layer.ask("responses", "nps", "promoters", by=("branch",), where="date >= '2025-01-01'")
    whole = {row[:3]: row[3] for row in asked.rows}
    parts = [row for row in halves.rows if row[3] < whole[row[:3]]]
    assert parts
    assert {row[4:] for row in parts} == {(None, None)}
    one = "answer_key = (select min(answer_key) from marts.fct_survey_responses where is_counted)"
    later = layer.changed(tmp_path, f"update marts.fct_survey_responses set is_counted = false where {one}")
    assert sum(row[-1] is not None for row in later.ask("responses", "nps", "promoters").rows) < sum(
        row[-1] is not None for row in layer.ask("responses", "nps", "promoters").rows
    )


def test_a_score_is_the_published_one(layer: Layer, tmp_path: Path) -> None:
    changed = layer.changed(tmp_path, "update publication.nps_scores set nps = 7 where nps is not null")
    assert {row[-1] for row in changed.ask("nps", grain="year").rows} <= {7.0, None}
    assert {row[-1] for row in changed.ask("nps_trailing_365d", "nps_current_state").rows} == {7.0}


def test_a_state_is_asked_for_at_the_end_of_each_period(layer: Layer) -> None:
    asked = layer.ask("nps_current_state", "responses_trailing_90d", grain="quarter")
    published = dict(
        layer.rows(
            "select (period_end::varchar, survey_type), nps from publication.nps_scores"
            " where measure = 'current_state' and segment = 'company'"
        )
    )
    row = dict(zip(asked.columns, asked.rows[-2], strict=True))
    assert (row["quarter"], row["survey_type"]) == ("2025-10-01", "relationship")
    assert row["nps_current_state"] == pytest.approx(published["2026-01-01", "relationship"])
    without_grain = layer.ask("nps_current_state")
    assert without_grain.rows[0][-1] == pytest.approx(row["nps_current_state"])


def test_a_filter_is_written_in_plain_names(layer: Layer) -> None:
    [row] = layer.ask(
        "responses",
        where="branch in ('B1', 'branch') and survey_type = 'relationship' and date >= '2025-01-01'",
    ).rows
    [(expected,)] = layer.rows(
        "select count(*) from marts.fct_survey_responses where is_counted and branch = 'B1'"
        " and survey_type = 'relationship' and response_date >= '2025-01-01'"
    )
    assert row == ("relationship", "2023.1", expected)


def test_revenue_weighs_the_answers_of_those_who_pay(layer: Layer) -> None:
    asked = layer.ask("revenue_weighted_nps", by=("plan",))
    expected = layer.rows(
        "select survey_type, definition_version, plan, sum(nps_weight * trailing_revenue_amount)"
        " / sum(trailing_revenue_amount) from marts.fct_survey_responses"
        " where is_counted and trailing_revenue_amount > 0 group by all order by all"
    )
    assert [row[:3] for row in asked.rows] == [row[:3] for row in expected]
    assert [row[3] for row in asked.rows] == pytest.approx([row[3] for row in expected])


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"metrics": ("npx",)}, "no metric 'npx'; choose from answered_invitations, "),
        ({"metrics": ("nps",), "by": ("shop",)}, "no dimension 'shop'; choose from survey_type, "),
        ({"metrics": ("nps", "revenue_coverage"), "by": ("channel",)}, "no dimension 'channel'"),
        ({"metrics": ("nps",), "grain": "fortnight"}, "no grain 'fortnight'; choose from day, week, "),
        ({"metrics": ("nps",), "grain": "week"}, "nps is published by month, quarter, year and for all time"),
        ({"metrics": ("nps",), "by": ("region", "plan")}, "nothing is published by plan and region; choose "),
    ],
)
def test_what_is_not_known_or_not_published_is_answered_with_what_is(
    layer: Layer, question: dict[str, Any], said: str
) -> None:
    with pytest.raises((UnknownNameError, QuestionError), match=said):
        layer.ask(*question.pop("metrics"), **question)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("branch = '{{ 1 }}'", "not one SQL condition"),
        ("branch = 'B1'; drop table x", "not one SQL condition"),
        ("brunch = 'B1'", 'Referenced column "brunch" not found'),
        ("branch = ", "syntax error"),
    ],
)
def test_a_filter_that_cannot_be_read_says_so(layer: Layer, where: str, said: str) -> None:
    with pytest.raises(QuestionError, match=said):
        layer.ask("nps", where=where)


def test_without_a_working_file_nothing_is_answered(layer: Layer, tmp_path: Path) -> None:
    with pytest.raises(NothingBuiltError, match=r"there is no working file .* run `nps refresh`"):
        Layer(tmp_path / "warehouse.duckdb", layer.target).ask("nps")
    with pytest.raises(NothingBuiltError, match="there are no metrics in"):
        Layer(layer.warehouse, tmp_path).ask("nps")
