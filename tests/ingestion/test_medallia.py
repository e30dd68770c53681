"""Medallia: every response once, errors inside of good answers, fields that a role does not see."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from dlt.extract.exceptions import ResourceExtractionError

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import medallia, scripts
from demo.vendors.faults import Script
from demo.vendors.limits import Limits
from ingestion.errors import ConfigurationError, LoadError, RefusedError, SourceError
from ingestion.load import build_source, load_source

from .conftest import NOW, Extracted, texts
from .test_survey_vendors import finished, the_last_edit
from .test_vendor_faults import cause

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Extract = Callable[[str, str], Extracted]
Query = Callable[[str], list[tuple[Any, ...]]]
QUERY = r"/data/v0/query$"


def numbers(world: World) -> dict[str, str]:
    """Response → the number that Medallia gives it."""
    found: dict[str, str] = {}
    for at, row in enumerate(world.tables()["responses"].to_pylist()):
        found.setdefault(row["response_id"], str(700_000_001 + at))
    return found


def with_errors(*messages: str) -> Callable[[bytes], bytes]:
    """An answer with status 200 that has errors beside its data."""
    errors = [{"message": message} for message in messages]
    return lambda body: json.dumps({**json.loads(body), "errors": errors}).encode()


def ask(servers: VendorServers, *queries: str) -> httpx.Response:
    """What the emulator says to the last of these queries of one who may ask."""
    form = {"grant_type": "client_credentials"}
    with httpx.Client(base_url=f"{servers.base_url}/medallia") as client:
        token = client.post(medallia.TOKEN_PATH, auth=medallia.CLIENT, data=form).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        return [client.post("/data/v0/query", json={"query": each}, headers=headers) for each in queries][-1]


def test_every_response_is_read_once_with_the_number_people_saw(
    vendors: VendorServers, world: World, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MEDALLIA__PAGE_SIZE", "7")
    rows, rejects = extract("medallia", "responses")
    assert rejects.num_rows == 0
    records = texts(rows, "record_id")
    assert len(set(records)) == len(records)
    number = numbers(world)
    asked = {number[response] for response in finished(world)}
    assert set(texts(rows, "response_id")) == asked
    last = {row["response_id"]: row for row in world.tables()["responses"].to_pylist()}
    told = {number[response]: row for response, row in last.items()}
    own = rows.select([n for n in rows.column_names if n != "payload"]).to_pylist()
    recommended = [row for row in own if row["question_id"] == "q_recommend"]
    for row in recommended:
        said = told[row["response_id"]]
        given = said["score_text"] if said["score_text"] in {str(score) for score in range(11)} else None
        assert row["score"] == (None if given is None else float(given))
        assert (row["comment"], row["account_id"], row["respondent_email"], row["responded_at"]) == (
            said["comment"],
            said["account_id"],
            said["email"],
            said["recorded_at"].replace(microsecond=0),
        )


def test_a_token_that_expires_and_a_limit_that_is_reached_lose_nothing(
    vendors: VendorServers, world: World, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MEDALLIA__SURVEYS", '{"1": "q_recommend"}')
    monkeypatch.setenv("SOURCES__MEDALLIA__PAGE_SIZE", "9")
    expected = extract("medallia", "responses")
    with serve(world, NOW, limits=Limits(medallia_token_calls=2, medallia_requests=1)) as servers:
        for name in ("BASE_URL", "TOKEN_URL"):
            variable = f"SOURCES__MEDALLIA__{name}"
            monkeypatch.setenv(variable, medallia.settings(servers.base_url)[variable])
        refused = ask(servers, "{ rateLimit { cost } }", "{ rateLimit { cost } }")
        assert (refused.status_code, refused.headers["X-RateLimit-Reset"]) == (429, "1")
        assert extract("medallia", "responses") == expected


def test_errors_inside_of_a_good_answer_are_asked_again_and_then_told(
    vendors: VendorServers, extract: Extract
) -> None:
    expected = extract("medallia", "responses")
    passing = Script(QUERY, after=2, times=2, change=with_errors("Internal error", "Internal error"))
    vendors.faults.script(passing)
    assert extract("medallia", "responses") == expected
    assert passing.seen > 4
    vendors.faults.scripts.clear()
    vendors.faults.script(Script(QUERY, after=2, times=None, change=with_errors("Internal error", "Oh")))
    with pytest.raises(ResourceExtractionError) as failure:
        extract("medallia", "responses")
    error = cause(failure.value)
    assert isinstance(error, SourceError)
    assert not isinstance(error, RefusedError)
    assert "/data/v0/query answered with errors: Internal error; Oh; run again" in str(error)


def test_a_query_that_costs_too_much_is_not_asked_again(vendors: VendorServers, extract: Extract) -> None:
    script = Script(QUERY, times=None, change=with_errors("Query cost 3000001 exceeds the limit"))
    vendors.faults.script(script)
    with pytest.raises(ResourceExtractionError, match=r"set a lower `page_size` \(now 1000\)"):
        extract("medallia", "responses")
    assert script.seen == 1


@pytest.mark.parametrize("hidden", ["q_recommend", "e_account_id_txt"])
def test_a_field_hidden_from_the_role_is_named_and_is_no_missing_answer(
    vendors: VendorServers, world: World, extract: Extract, monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    with serve(world, NOW, limits=Limits(medallia_hidden=frozenset({hidden}))) as servers:
        for name, value in medallia.settings(servers.base_url).items():
            monkeypatch.setenv(name, value)
        shown = ask(
            servers,
            f'{{ feedback(first: 5) {{ nodes {{ f: fieldData(fieldId: "{hidden}") {{ values }} }} }} }}',
        )
        assert {each["f"] for each in shown.json()["data"]["feedback"]["nodes"]} == {None}
        for table in ("questions", "responses"):
            with pytest.raises(
                ResourceExtractionError,
                match=rf"{hidden}: no such field, or hidden from the role.*give the role",
            ):
                extract("medallia", table)


def test_fields_that_are_not_there_or_of_no_use_are_named(
    vendors: VendorServers, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(setting: str, value: Any) -> str:
        with monkeypatch.context() as patched:
            patched.setenv(f"SOURCES__MEDALLIA__{setting}", json.dumps(value))
            with pytest.raises((ResourceExtractionError, ConfigurationError)) as failure:
                extract("medallia", "responses")
            return str(failure.value)

    assert "q_gone: no such field" in refused("SURVEYS", {"1": "q_gone"})
    assert "'q gone' is no id of a field" in refused("SURVEYS", {"1": "q gone"})
    assert "should be a DATETIME that can be filtered by; q_ease is INT" in refused(
        "FIELDS", {**medallia.NAMES, "version_at": "q_ease"}
    )
    assert "e_email is EMAIL, filterable: false" in refused(
        "FIELDS", {**medallia.NAMES, "survey_id": "e_email"}
    )
    assert "should be the id of a field" in refused("FIELDS", {**medallia.NAMES, "responded_at": ""})
    assert "set `sources.medallia.fields.survey_id`" in refused("FIELDS", {})


def test_a_field_whose_options_are_no_numbers_is_named_and_not_read(
    vendors: VendorServers, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ranges(body: bytes) -> bytes:
        return body.replace(b'"name":"4"', b'"name":"4-5"')

    vendors.faults.script(Script(QUERY, times=None, change=ranges))
    rows, rejects = extract("medallia", "questions")
    assert texts(rows, "question_id") == ["q_ease"]
    assert set(texts(rejects, "reason")) == {"unreadable"}
    assert "q_recommend of survey 1 has options that are no whole numbers" in texts(rejects, "detail")[0]
    assert set(texts(extract("medallia", "responses").rows, "question_id")) == {"q_ease"}


def test_a_list_that_shrinks_while_it_is_read_is_read_again(
    vendors: VendorServers, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MEDALLIA__PAGE_SIZE", "5")
    monkeypatch.setenv("SOURCES__MEDALLIA__SURVEYS", '{"1": "q_recommend"}')
    expected = set(texts(extract("medallia", "responses").rows, "record_id"))

    def shifted(body: bytes) -> bytes:
        page = json.loads(body)
        found = page["data"]["feedback"]
        found["nodes"], found["totalCount"] = found["nodes"][1:], found["totalCount"] - 1
        return json.dumps(page).encode()

    script = Script(QUERY, after=2, times=1, change=shifted)
    vendors.faults.script(script)
    assert set(texts(extract("medallia", "responses").rows, "record_id")) == expected
    assert script.seen > len(expected) / 5 + 2, "the list was not read again"


def test_another_type_goes_to_quarantine_and_a_new_member_stays_in_the_payload(
    vendors: VendorServers, extract: Extract
) -> None:
    expected = extract("medallia", "responses").rows.num_rows
    vendors.faults.script(scripts.changed_type(QUERY, "q_recommend", {"values": [9]}))
    rows, rejects = extract("medallia", "responses")
    assert rows.num_rows + rejects.num_rows == expected
    assert set(texts(rejects, "reason")) == {"wrong_type"}
    assert '"values":[9]' in texts(rejects, "original_text")[0]
    vendors.faults.scripts.clear()
    vendors.faults.script(scripts.new_field(QUERY, "colour", "red"))
    rows, rejects = extract("medallia", "responses")
    assert (rows.num_rows, rejects.num_rows) == (expected, 0)
    assert all('"colour":"red"' in payload for payload in texts(rows, "payload"))


@pytest.mark.long
def test_after_a_failure_edits_later_answers_and_other_names_everything_is_there(
    world: World, moving_vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited, moment = the_last_edit(world)
    moving_vendors.clock.move_to(moment - timedelta(seconds=1))
    moving_vendors.faults.script(scripts.refused(QUERY, 503, after=4, times=3))
    with pytest.raises(LoadError, match="answered 503"):
        load_source("medallia")
    before = load_source("medallia")
    moving_vendors.clock.move_to(NOW)
    after, idle = load_source("medallia"), load_source("medallia")
    assert min(before.rows["responses"], after.rows["responses"]) > 0
    assert set(idle.rows.values()) == {0}
    assert idle.received["responses"] < after.rows["responses"] / 2, "the cursor was not used"
    every = "select count(*) from raw_medallia.responses where "
    [(versions,)] = query(f"{every} response_id = '{numbers(world)[edited]}' and question_id = 'q_recommend'")
    assert versions == 2
    names = {**medallia.NAMES, "branch_id": "e_device_id_txt"}
    monkeypatch.setenv("SOURCES__MEDALLIA__FIELDS", json.dumps(names))
    load_source("medallia")
    [(other,)] = query(f"{every} version_id like '%@2' and branch_id is not distinct from device_id")
    assert [(other,)] == query("select count(distinct record_id) from raw_medallia.responses")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ feedback { nodes { id } } }", "argument 'first'"),
        ("{ feedback(first: 1, limit: 2) { nodes { id } } }", "Unknown argument 'limit'"),
        ("{ feedback(first: 1001) { nodes { id } } }", "1 to 1000"),
        ("{ feedback(first: 1) { nodes { score } } }", "Cannot query field 'score'"),
        ('{ feedback(first: 1, after: "eA==") { nodes { id } } }', "Invalid cursor"),
        ('{ feedback(first: 1) { nodes { fieldData(fieldId: "x") { values } } } }', "Invalid field id: x"),
        (
            '{ feedback(first: 1, filter: {fieldIds: "e_email", in: ["x"]}) { nodes { id } } }',
            "not filterable",
        ),
        ("{ feedback(first: 1", "Syntax Error"),
    ],
)
def test_the_emulator_refuses_what_is_no_query(vendors: VendorServers, query: str, said: str) -> None:
    answer = ask(vendors, query)
    assert answer.status_code == 200
    assert said in answer.json()["errors"][0]["message"]


def test_two_surveys_need_a_field_that_tells_them_apart(
    vendors: VendorServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MEDALLIA__FIELDS", "{}")
    with pytest.raises(ConfigurationError, match=r"names 7 surveys; set `sources.medallia.fields.survey_id`"):
        build_source("medallia")
