"""A survey that cannot be read is passed over and named; the others go on. A backfill is whole or fails."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from demo.server import VendorServers
from demo.vendors import scripts
from expectations import runner
from ingestion import backfill, warehouse
from ingestion.errors import LoadError, RefusedError, SourceError
from ingestion.load import load_source
from ingestion.surveys.unreadable import Unreadable

from .conftest import Extracted, texts

Query = Callable[[str], list[tuple[Any, ...]]]

#: Where a vendor has one of several surveys, what is asked of it, and what it calls that.
ASKED = [
    ("surveymonkey", "507000001", r"/507000001/responses/bulk$", "responses"),
    ("surveymonkey", "507000001", r"/507000001/details$", "details"),
    ("typeform", "Relationship001", r"/forms/Relationship001/responses$", "responses"),
    ("typeform", "Relationship001", r"/forms/Relationship001$", "fields"),
]


def named(query: Query, vendor: str, what: str) -> list[tuple[Any, ...]]:
    found = f"select record_id, reason, detail from raw_{vendor}.quarantine where table_name = 'surveys'"
    return query(f"{found} and detail like '% when its {what} were asked for%'")


@pytest.mark.parametrize(("vendor", "survey", "path", "what"), ASKED[::2])
def test_the_others_are_read_and_it_is_named(
    vendors: VendorServers,
    extract: Callable[[str, str], Extracted],
    vendor: str,
    survey: str,
    path: str,
    what: str,
) -> None:
    vendors.faults.script(scripts.refused(path, 404, times=None))
    rows, rejects = extract(vendor, what)
    assert survey not in texts(rows, "survey_id")
    assert rows.num_rows
    assert (survey, "surveys", "unreadable") in zip(
        *(rejects[column].to_pylist() for column in ("record_id", "table_name", "reason")), strict=True
    )


@pytest.mark.long
@pytest.mark.parametrize(("vendor", "survey", "path", "what"), ASKED)
def test_the_others_go_on_and_it_is_read_from_where_it_was(
    moving_vendors: VendorServers, query: Query, vendor: str, survey: str, path: str, what: str
) -> None:
    moving_vendors.faults.script(scripts.refused(path, 404, times=None))
    report = load_source(vendor)
    counted = f"select count(*) filter (survey_id = '{survey}'), count(*) from raw_{vendor}.responses"
    [(of_it, every)] = query(counted)
    assert (of_it, every > 0) == (0, True)
    [(record, reason, detail)] = named(query, vendor, what)
    assert (record, reason) == (survey, "unreadable")
    assert f"survey {survey} answered 404 when its {what} were asked for" in detail
    assert f"leave it out: [{vendor}] in definition/left_out.toml, with a reason" in detail
    [(of_survey, read_through, problem)] = report.passed_over
    assert (of_survey, read_through) == (survey, None), "nothing was ever read of it"
    assert "answered 404" in problem
    judged = runner.run("raw", warehouse.working_file(), (vendor,))
    assert [each.name for each in judged.failed if f"raw_{vendor}" in each.table] == []

    moving_vendors.faults.forget()
    assert load_source(vendor).passed_over == []
    [(of_it, every_one)] = query(counted)
    assert of_it == every_one - every > 0, "its answers from the beginning, and no other again"

    moving_vendors.faults.script(scripts.refused(path, 403, times=None))
    [(of_survey, read_through, _)] = load_source(vendor).passed_over
    assert (of_survey, str(read_through)[:3]) == (survey, "202")
    assert len(named(query, vendor, what)) == 2, "it is reported once more"
    load_source(vendor)
    assert len(named(query, vendor, what)) == 2, "and once only, while nothing changes"


@pytest.mark.long
@pytest.mark.parametrize(("vendor", "path"), [(vendor, path) for vendor, _, path, _ in ASKED[::2]])
def test_a_list_that_breaks_off_keeps_its_cursor(
    moving_vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch, vendor: str, path: str
) -> None:
    """What came before is kept, and the next load asks for all of it again."""
    monkeypatch.setenv(f"SOURCES__{vendor.upper()}__PAGE_SIZE", "5")
    moving_vendors.faults.script(scripts.refused(path, 404, after=1, times=None))
    load_source(vendor)
    moving_vendors.faults.forget()
    before = query(f"select count(*) from raw_{vendor}.responses")
    load_source(vendor)
    records = f"select count(*), count(distinct (record_id, version_id)) from raw_{vendor}.responses"
    [(rows, versions)] = query(records)
    assert rows == versions > before[0][0] > 0
    monkeypatch.setenv("NPS_HOME", str(warehouse.working_file().parent / "undisturbed"))
    load_source(vendor)
    assert query(records) == [(rows, versions)]


@pytest.mark.long
@pytest.mark.parametrize("vendor", ["surveymonkey", "typeform"])
def test_a_refusal_of_every_survey_is_about_none_of_them(vendors: VendorServers, vendor: str) -> None:
    vendors.faults.script(scripts.refused("/responses", 403, times=None))
    with pytest.raises(LoadError, match="answered 403"):
        load_source(vendor)


@pytest.mark.long
@pytest.mark.parametrize(
    ("vendor", "path"),
    [(vendor, path) for vendor, _, path, _ in ASKED]
    + [
        ("qualtrics", r"/surveys/SV_Support0000001/export-responses$"),
        ("qualtrics", r"/survey-definitions/SV_Support0000001$"),
    ],
)
def test_a_month_is_done_only_with_all_its_surveys(vendors: VendorServers, vendor: str, path: str) -> None:
    span = backfill.planned(vendor, date(2025, 6, 1), date(2025, 7, 1))
    vendors.faults.script(scripts.refused(path, 404, times=None))
    with pytest.raises(LoadError, match=rf"survey \w+ cannot be read .*\[{vendor}\] in definition/left_out"):
        list(backfill.backfill(vendor, span))
    vendors.faults.forget()
    [month] = backfill.backfill(vendor, span)
    assert month.report is not None, "it was called done"


def test_what_is_wrong_with_all_surveys_is_about_none() -> None:
    error = SourceError("typeform", "https://x/forms/abc", "answered 503: no", "run again", 503)
    with pytest.raises(SourceError) as failed, Unreadable("typeform", "/forms/{}").reading("abc"):
        raise error
    assert failed.value is error


@pytest.mark.parametrize("status", [403, 404])
def test_the_only_survey_names_the_way_out_and_one_of_several_does_not(status: int) -> None:
    error = SourceError("typeform", "https://x/forms/abc", f"answered {status}: no", "ask", status)
    unread = Unreadable("typeform", "/forms/{}")
    with unread.reading("abc"):
        raise error
    unread.unless_all(2)
    with pytest.raises(RefusedError) as only:
        unread.unless_all(1)
    assert str(only.value).startswith("typeform: survey abc cannot be read (https://x/forms/abc answered ")
    assert str(only.value).endswith("leave it out: [typeform] in definition/left_out.toml, with a reason")
    with unread.reading("def"):
        raise error
    with pytest.raises(SourceError) as every:
        unread.unless_all(2)
    assert every.value is error
