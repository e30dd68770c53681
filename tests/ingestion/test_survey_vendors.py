"""Survey vendors whose surveys the company names: every response once, whatever happens meanwhile."""

import itertools
import json
import os
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from rich.console import Console

from demo.company.world import World
from demo.server import VendorServers
from demo.vendors import medallia, scripts, surveymonkey, typeform
from demo.vendors.faults import Script
from ingestion.errors import ConfigurationError, LoadError
from ingestion.http import parsed
from ingestion.load import build_source, load_source
from ingestion.lossless import compared
from ingestion.records import Batch
from ingestion.registry import source_spec
from ingestion.surveys.configured import CARRIED
from ingestion.surveys.typeform import Form, answers
from orchestration.cli import proving

from .conftest import NOW, Extracted, texts

Query = Callable[[str], list[tuple[Any, ...]]]
VENDORS = ("surveymonkey", "typeform")
#: A list of responses of each, the setting that names the surveys, and the one that names what links carry.
LISTED = {"surveymonkey": "/507000001/responses/bulk$", "typeform": "/Relationship001/responses$"}
SURVEYS = {"surveymonkey": "SURVEYS", "typeform": "FORMS", "medallia": "SURVEYS"}
CARRY = {"surveymonkey": "CUSTOM_VARIABLES", "typeform": "HIDDEN"}


def finished(world: World, status: tuple[int, ...] = (0,)) -> set[str]:
    """Who answered to the end, of those whom a vendor's own clock may date."""
    return {
        row["response_id"]
        for row in world.tables()["responses"].to_pylist()
        if row["is_finished"] and row["status"] in status and row["started_at"].replace(tzinfo=None) < NOW
    }


def tried_out(world: World, vendor: str) -> set[str]:
    """Previews and tests, which Typeform does not store."""
    return finished(world, (1, 2)) if vendor == "surveymonkey" else set()


def the_last_edit(world: World) -> tuple[str, datetime]:
    """A response that was edited, and when."""
    first: dict[str, datetime] = {}
    edits = [
        (row["visible_at"].replace(tzinfo=None), row["response_id"])
        for row in world.tables()["responses"].to_pylist()
        if first.setdefault(row["response_id"], row["visible_at"]) != row["visible_at"] and row["is_finished"]
    ]
    moment, response = max(edit for edit in edits if edit[0] < NOW)
    return response, moment


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_response_is_read_once_and_what_is_incomplete_is_no_answer(
    vendors: VendorServers,
    world: World,
    extract: Callable[[str, str], Extracted],
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
) -> None:
    monkeypatch.setenv(f"SOURCES__{vendor.upper()}__PAGE_SIZE", "7")
    rows, rejects = extract(vendor, "responses")
    incomplete = set(texts(extract(vendor, "partial_responses").rows, "response_id"))
    records = Counter(texts(rows, "record_id") + texts(rejects, "record_id"))
    answered = {record.split(":")[0] for record in records}
    assert set(records.values()) == {1}
    assert answered == finished(world) | tried_out(world, vendor)
    assert incomplete
    assert not incomplete & answered


@pytest.mark.long
@pytest.mark.parametrize("vendor", VENDORS)
def test_after_a_failure_edits_later_answers_and_other_names_everything_is_there(
    world: World,
    moving_vendors: VendorServers,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
) -> None:
    edited, moment = the_last_edit(world)
    moving_vendors.clock.move_to(moment - timedelta(seconds=1))
    moving_vendors.faults.script(scripts.refused("/responses", 503, after=6, times=3))
    with pytest.raises(LoadError, match="answered 503"):
        load_source(vendor)
    before = load_source(vendor)
    moving_vendors.clock.move_to(NOW)
    after, idle = load_source(vendor), load_source(vendor)
    assert min(before.rows["responses"], after.rows["responses"]) > 0
    assert set(idle.rows.values()) == {0}
    assert idle.received["responses"] < after.rows["responses"] / 2, "the cursor was not used"
    every = f"select count(*) from raw_{vendor}.responses where "
    # a submitted response of Typeform stays as it is
    versions = {"surveymonkey": 2, "typeform": 1}[vendor]
    asked = f"select count(distinct question_id) from raw_{vendor}.responses where response_id = '{edited}'"
    assert query(f"{every} response_id = '{edited}'") == [(versions * query(asked)[0][0],)]
    monkeypatch.setenv(f"SOURCES__{vendor.upper()}__{CARRY[vendor]}", '{"branch_id": "source"}')
    load_source(vendor)
    records = query(f"select count(distinct record_id) from raw_{vendor}.responses")
    assert query(f"{every} branch_id = 'link' and version_id like '%@1'") == records
    assert query(f"{every} branch_id = 'link' and version_id not like '%@1'") == [(0,)]


@pytest.mark.parametrize("vendor", SURVEYS)
def test_surveys_are_named_or_the_setting_is_asked_for(
    vendors: VendorServers, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    variable = f"SOURCES__{vendor}__{SURVEYS[vendor]}".upper()
    monkeypatch.setenv(variable, '{"s": ["q", 3]}')
    with pytest.raises(ConfigurationError, match=r"\.s` should be a question's id"):
        build_source(vendor)
    monkeypatch.delenv(variable)
    with pytest.raises(
        ConfigurationError, match=rf"{vendor}: the setting .*{SURVEYS[vendor].lower()}` is missing"
    ):
        build_source(vendor)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_question_that_is_not_there_is_named(
    vendors: VendorServers,
    extract: Callable[[str, str], Extracted],
    monkeypatch: pytest.MonkeyPatch,
    vendor: str,
) -> None:
    survey = LISTED[vendor].split("/")[1]
    monkeypatch.setenv(f"SOURCES__{vendor}__{SURVEYS[vendor]}".upper(), json.dumps({survey: "gone"}))
    rows, rejects = extract(vendor, "questions")
    assert rows.num_rows == 0
    assert rejects["reason"].to_pylist() == ["unreadable"]
    assert survey in texts(rejects, "detail")[0]


def test_a_list_that_shrinks_while_it_is_read_is_read_again(
    vendors: VendorServers, extract: Callable[[str, str], Extracted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes a response that was read: what was to be first on the next page is on this one."""
    monkeypatch.setenv("SOURCES__SURVEYMONKEY__PAGE_SIZE", "5")
    monkeypatch.setenv("SOURCES__SURVEYMONKEY__SURVEYS", '{"507000001": "50700000101"}')
    expected = set(texts(extract("surveymonkey", "responses").rows, "record_id"))

    def shifted(body: bytes) -> bytes:
        page = json.loads(body)
        page["data"], page["total"] = page["data"][1:], page["total"] - 1
        return json.dumps(page).encode()

    script = Script(LISTED["surveymonkey"], after=1, times=1, change=shifted)
    vendors.faults.script(script)
    assert set(texts(extract("surveymonkey", "responses").rows, "record_id")) == expected
    assert script.seen > len(expected) / 5 + 1, "the list was not read again"


@pytest.mark.parametrize("refused", [True, False], ids=["refused", "shrinking"])
def test_incomplete_responses_that_cannot_be_read_keep_no_answer_out(
    vendors: VendorServers,
    extract: Callable[[str, str], Extracted],
    monkeypatch: pytest.MonkeyPatch,
    refused: bool,
) -> None:
    """Somebody goes on with a response whenever the list is read, so that it is never read to its end."""
    monkeypatch.setenv("SOURCES__SURVEYMONKEY__SURVEYS", '{"507000001": "50700000101"}')
    answers = set(texts(extract("surveymonkey", "responses").rows, "record_id"))
    left = itertools.count(10**6, -1)

    def shrunk(body: bytes) -> bytes:
        page = json.loads(body) | {"total": next(left)}
        page["links"]["next"] = re.sub(r"\bpage=1\b", "page=2", page["links"]["self"])
        return json.dumps(page).encode()

    fault = Script(LISTED["surveymonkey"], times=None, change=shrunk)
    vendors.faults.script(scripts.refused(LISTED["surveymonkey"], 404) if refused else fault)
    rows, rejects = extract("surveymonkey", "partial_responses")
    told = ["partial"] if refused else ["partial", "overquota", "disqualified"]
    assert rejects["record_id"].to_pylist() == [f"507000001:{status}" for status in told]
    assert set(texts(rejects, "reason")) == {"unreadable"}
    assert ("answered 404" if refused else "lists fewer responses than before") in texts(rejects, "detail")[0]
    assert rows.num_rows == 0 if refused else rows.num_rows
    vendors.faults.forget()
    assert set(texts(extract("surveymonkey", "responses").rows, "record_id")) == answers


@pytest.mark.parametrize("vendor", [*SURVEYS, pytest.param("qualtrics", marks=pytest.mark.long)])
def test_what_raw_lacks_or_the_vendor_has_no_more_is_named(
    vendors: VendorServers, home: Path, vendor: str
) -> None:
    load_source(vendor)
    with duckdb.connect(str(home / "warehouse.duckdb")) as raw:
        source = source_spec(vendor)
        assert all(survey.is_whole and not survey.gone for survey in compared(source, raw))
        responses = f"raw_{vendor}.responses"
        [(survey, taken)] = raw.execute(f"select survey_id, response_id from {responses} limit 1").fetchall()
        raw.execute(f"delete from {responses} where response_id = '{taken}'")
        [found] = [each for each in compared(source, raw) if each.missing or each.gone]
        assert (found.survey_id, found.missing, found.gone) == (survey, (taken,), ())
        assert found.in_raw == found.at_vendor - 1
        other = f"* replace ('deleted' as response_id, '{survey}' as survey_id)"
        raw.execute(f"insert into {responses} select {other} from {responses} limit 2")
        [found] = [each for each in compared(source, raw) if each.missing or each.gone]
        assert (found.in_raw, found.missing, found.gone) == (found.at_vendor, (taken,), ("deleted",))


def test_what_qualtrics_counts_and_does_not_export_is_told(vendors: VendorServers) -> None:
    def one_more(body: bytes) -> bytes:
        survey = json.loads(body)
        survey["result"]["responseCounts"]["generated"] += 1
        return json.dumps(survey).encode()

    vendors.faults.script(Script("/API/v3/surveys/SV_Relationship001$", change=one_more))
    with duckdb.connect() as nothing:
        found = list(compared(source_spec("qualtrics"), nothing))
    assert [each.survey_id for each in found if each.listed != each.at_vendor] == ["SV_Relationship001"]
    assert [each.listed for each in found] == [len(each.missing) for each in found]


def test_the_comparison_is_shown_with_its_ids(
    vendors: VendorServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__SURVEYMONKEY__SURVEYS", '{"507000001": "50700000101"}')
    monkeypatch.setenv("SOURCES__TYPEFORM__FORMS", '{"Relationship001": "nps"}')
    for name in (*medallia.settings(vendors.base_url), *(name for name in os.environ if "QUALTRICS" in name)):
        monkeypatch.delenv(name)
    text = StringIO()
    shown = Console(file=text, width=100)
    load_source("typeform")
    assert not proving.write(shown), "nothing was loaded of the other vendor"
    load_source("surveymonkey")
    assert proving.write(shown)
    first, second = text.getvalue().split("not compared, without counts of their own: ")[:2]
    assert "surveymonkey 507000001: missing in raw, run `nps refresh`: R_" in first
    assert "missing in raw" not in second
    assert {"hubspot", "salesforce", "stripe"} <= set(second.splitlines()[0].split(", "))


def test_a_webhooks_form_response_is_the_answer_that_the_api_lists() -> None:
    field = {"id": "f1", "ref": "nps", "type": "opinion_scale"}
    response = {
        "token": "t1",
        "landed_at": "2026-01-01T10:00:00Z",
        "submitted_at": "2026-01-01T10:01:00Z",
        "hidden": {"account_id": "A-1", "event_at": "2025-12-31T00:00:00Z"},
        "answers": [
            {"type": "number", "number": 9, "field": field},
            {"type": "text", "text": "fine", "field": {}},
        ],
    }
    posted = {"form_id": "F", **response, "definition": {"fields": [field]}}
    listed = {"landing_id": "t1", "response_id": "t1", "response_type": "completed", **response}
    lines = [json.dumps(each).encode() for each in (posted, listed)]
    rows, rejects = answers(Batch(lines, (1, 2), ("here",) * 2, parsed), Form("F", ("nps", "f1"), CARRIED))
    assert rejects.num_rows == 0
    told = [
        {**row, "payload": "", "position": 0, "content_hash": "", "version_id": ""}
        for row in rows.to_pylist()
    ]
    assert told[0] == told[1]
    assert told[2] == told[3]
    assert (told[0]["record_id"], told[2]["record_id"]) == ("t1:nps", "t1:f1")
    assert (told[0]["score"], told[0]["comment"], told[0]["account_id"]) == (9.0, "fine", "A-1")


@pytest.mark.parametrize(
    ("module", "path", "params"),
    [
        (typeform, "typeform/forms/Relationship001/responses", {"page_size": 1001}),
        (typeform, "typeform/forms/Relationship001/responses", {"before": "x", "sort": "submitted_at,asc"}),
        (typeform, "typeform/forms/Relationship001/responses", {"before": "nobody"}),
        (typeform, "typeform/forms/Relationship001/responses", {"since": "yesterday"}),
        (surveymonkey, "surveymonkey/v3/surveys/507000001/responses/bulk", {"per_page": 101}),
        (surveymonkey, "surveymonkey/v3/surveys/507000001/responses/bulk", {"status": "done"}),
        (surveymonkey, "surveymonkey/v3/surveys/507000001/responses/bulk", {"since": "2026-01-01"}),
    ],
)
def test_the_emulators_refuse_what_the_vendors_refuse(
    vendors: VendorServers, module: Any, path: str, params: dict[str, Any]
) -> None:
    url, headers = f"{vendors.base_url}/{path}", {"Authorization": f"Bearer {module.TOKEN}"}
    assert httpx.get(url, headers=headers).status_code == 200
    assert httpx.get(url).json() == module.error(401)
    refused = httpx.get(url, params=params, headers=headers)
    assert refused.status_code == 400
    assert refused.json().keys() == module.error(400).keys()
