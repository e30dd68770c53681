"""The recount as a check: what it is given, and what it says when figures differ."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from expectations import rereading
from expectations.raw_tables import ANSWER_TABLES, RAW_TABLES
from expectations.recount import Difference, FigureKey, Figures, Recount
from ingestion import registry
from orchestration import environment
from orchestration.defs import guard
from semantics import agreement

Names = dict[str, object]
YEAR = (date(2026, 1, 1), date(2027, 1, 1))
FIGURE = FigureKey(
    "relationship", "in_period", "year", *YEAR, "branch", ("(all)", "(all)", "B1", *("(all)",) * 3), "1"
)


def recount_as_check(monkeypatch: pytest.MonkeyPatch, differences: list[Difference]) -> dict[str, object]:
    """Run the check with a recount that notes what it is given."""
    given: dict[str, object] = {}

    def recount(warehouse: Path, as_of: date, names: dict[str, Names], sources: list[str]) -> Recount:
        given.update(warehouse=warehouse, as_of=as_of, names=names, sources=sources)
        return Recount(as_of, [], [], [], [], Figures.none(), {("files", "counted"): 3})

    monkeypatch.setattr("orchestration.defs.guard.recount.recount", recount)
    monkeypatch.setattr("orchestration.defs.guard.recount.compare", lambda *_: differences)
    given["result"] = guard.recounted()
    return given


#: Vendors of which the company names nothing.
UNNAMED: dict[str, dict[str, dict[str, str]]] = {
    "hubspot": {"fields": {}, "objects": {}},
    "medallia": {"fields": {}, "surveys": {}},
    "billing_database": {"tables": {}},
    "surveymonkey": {"custom_variables": {}, "surveys": {}},
    "typeform": {"forms": {}, "hidden": {}},
}


def test_the_recount_reads_vendors_fields_under_the_configured_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_AS_OF", "2026-05-01")
    monkeypatch.setenv("SOURCES__QUALTRICS__EMBEDDED_DATA", '{"event_at": "VisitedAt"}')
    monkeypatch.setenv("SOURCES__SALESFORCE__FIELDS", '{"accounts": {"plan": "Tier__c"}}')
    given = recount_as_check(monkeypatch, [])
    assert given["names"] == {
        "qualtrics": {"embedded_data": {"event_at": "VisitedAt"}},
        "salesforce": {"fields": {"accounts": {"plan": "Tier__c"}}, "objects": {}},
        **UNNAMED,
    }
    assert given["as_of"] == date(2026, 5, 1)
    assert given["warehouse"] == environment.home().warehouse


def test_without_configuration_the_usual_names_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recount_as_check(monkeypatch, [])["names"] == {
        "qualtrics": {"embedded_data": {}},
        "salesforce": {"fields": {}, "objects": {}},
        **UNNAMED,
    }


def test_a_vendor_that_is_turned_off_is_not_recounted(monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in {"BASE_URL": "https://x.example", "API_TOKEN": "t"}.items():
        monkeypatch.setenv(f"SOURCES__QUALTRICS__{key}", value)
    assert recount_as_check(monkeypatch, [])["sources"] == ["qualtrics", "files"]
    monkeypatch.delenv("SOURCES__QUALTRICS__API_TOKEN")
    monkeypatch.delenv("SOURCES__QUALTRICS__BASE_URL")
    assert recount_as_check(monkeypatch, [])["sources"] == ["files"]


def test_a_difference_stops_the_publication_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    result = recount_as_check(monkeypatch, [Difference(FIGURE, "promoters", 3, 4)])["result"]
    assert isinstance(result, dg.AssetCheckResult)
    assert not result.passed
    assert (
        "promoters of relationship in_period year 2026-01-01 2027-01-01 branch B1 1: recounted 3, built 4"
        in str(result.description)
    )


def test_the_guard_expects_the_tables_that_are_loaded_and_no_others() -> None:
    assert {source.name: set(source.tables) for source in registry.SOURCES} == {
        vendor: set(tables) for vendor, tables in RAW_TABLES.items()
    }
    assert ANSWER_TABLES.keys() == {
        source.name for source in registry.SOURCES if "surveys" in source.families
    }


@pytest.mark.parametrize("differing", [0, 2])
def test_a_cell_the_semantic_layer_disagrees_on_stops_the_publication_and_is_told(
    monkeypatch: pytest.MonkeyPatch, differing: int
) -> None:
    difference = agreement.Difference("in_period year branch 2024-01-01 relationship 1 B1", "nps", 12.5, 13.0)
    found = agreement.Agreement(40, differing, (difference,) * differing, is_partial=False)
    monkeypatch.setattr(agreement, "compare", lambda *_, **__: found)
    result = guard.semantic_layer_agrees()
    assert isinstance(result, dg.AssetCheckResult)
    assert result.passed is (differing == 0)
    told = "nps of in_period year branch 2024-01-01 relationship 1 B1: MetricFlow 12.5, published 13.0"
    assert str(result.description) == ("; ".join([told, told]) if differing else "40 cells agree")


def test_the_semantic_layer_is_asked_before_anything_is_published() -> None:
    [spec] = guard.semantic_layer_agrees.check_specs
    assert spec.blocking
    assert spec.asset_key == guard.asset_key("publication.nps_scores")


def read_again(monkeypatch: pytest.MonkeyPatch, found: rereading.Reread) -> dict[str, dg.AssetCheckResult]:
    """Run the check with a second reading of the sources that are on, which finds this."""

    def reread(*_: object, sources: list[str]) -> rereading.Reread:
        assert sources == ["files"]
        return found

    monkeypatch.setattr(rereading, "reread", reread)
    environment.home().path.mkdir(parents=True, exist_ok=True)
    [checks] = [
        check
        for check in guard.defs().asset_checks or []
        if isinstance(check, dg.AssetChecksDefinition) and check.node_def.name == "guard_intake"
    ]
    results = list(checks.node_def.compute_fn.decorated_fn())  # type: ignore[attr-defined]
    return {result.asset_key.to_user_string(): result for result in results}


def test_a_value_that_is_read_otherwise_again_fails_its_table_and_is_read_again_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = rereading.Reread(files=1, rows=2, seen_through={"files": "17"})
    found.differences["files", "crm_accounts"].append(
        rereading.Difference("crm_accounts", "a.csv, row 2, column name", "Ann", "Bob")
    )
    results = read_again(monkeypatch, found)
    failed = [table for table, result in results.items() if not result.passed]
    assert failed == ["raw_files/crm_accounts"]
    assert (
        results["raw_files/crm_accounts"].description
        == "a.csv, row 2, column name: loaded Ann, read again Bob"
    )
    assert guard._seen_through(environment.home().read_again) == {}


def test_a_load_that_is_read_alike_twice_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    results = read_again(monkeypatch, rereading.Reread(seen_through={"files": "17"}))
    assert len(results) == len(RAW_TABLES["files"])
    assert all(result.passed for result in results.values())
    assert guard._seen_through(environment.home().read_again) == {"files": "17"}


def test_what_was_read_of_a_vendor_is_not_forgotten_while_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    environment.home().path.mkdir(parents=True, exist_ok=True)
    environment.home().read_again.write_text('{"stripe": "12", "files": "16"}')
    read_again(monkeypatch, rereading.Reread(seen_through={"files": "17"}))
    assert guard._seen_through(environment.home().read_again) == {"stripe": "12", "files": "17"}
