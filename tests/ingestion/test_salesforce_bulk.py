"""Salesforce's Bulk API: the same rows as REST gives, whatever goes wrong on the way."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from dlt.extract.exceptions import ResourceExtractionError

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import salesforce_objects
from demo.vendors.faults import Script
from demo.vendors.limits import Limits
from ingestion.crm import salesforce_bulk
from ingestion.errors import SourceError
from ingestion.load import load_source

from .conftest import NOW, Extracted, configure, texts
from .test_vendor_faults import cause

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]
Extract = Callable[[str, str], Extracted]

#: What a text may hold, and what CSV knows no type for.
FIELDS = {
    "Industry": """case hash(account_id) % 5
        when 0 then null when 1 then 'a, "b"' || chr(13) || chr(10) || 'ü🙂' when 2 then 'true'
        when 3 then ' 007 ' else '"' end""",
    "Employees__c": """case hash(account_id) % 3 when 0 then null when 1 then 1e7
        else hash(account_id) % 99 / 8.0 end""",
    "Seats__c": "cast(hash(account_id) % 50 as integer)",
    "Long__c": "case hash(account_id) % 20 when 0 then repeat('x', 140000) end",
}
TYPES = {"Employees__c": "double", "Seats__c": "int", "Long__c": "textarea"}


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[VendorServers]:
    with serve(world, NOW, limits=Limits(salesforce_page=150, salesforce_bulk_page=25)) as servers:
        yield servers


@pytest.fixture
def org(server: VendorServers, monkeypatch: pytest.MonkeyPatch) -> VendorServers:
    """An org whose accounts have fields of the company's own; everything is read by jobs."""
    server.faults.forget()
    server.clock.move_to(NOW)
    configure(server, monkeypatch)
    for field, sql in FIELDS.items():
        monkeypatch.setitem(salesforce_objects.OBJECTS["Account"].fields, field, sql)
    for field, kind in TYPES.items():
        monkeypatch.setitem(salesforce_objects.TYPES, field, kind)
    monkeypatch.setenv("SOURCES__SALESFORCE__FURTHER_FIELDS", ",".join([*TYPES, "Industry"]))
    monkeypatch.setenv("SOURCES__SALESFORCE__BULK_FROM_RECORDS", "0")
    return server


def raw(query: Query) -> dict[str, list[tuple[Any, ...]]]:
    """All that raw has, without the load and the place in it."""
    tables = ("accounts", "account_history", "contacts", "users", "branches", "quarantine")
    kept = "select * exclude (_dlt_load_id, position) from raw_salesforce"
    return {table: query(f"{kept}.{table} order by all") for table in tables}


def load_by(
    home: Path, patch: pytest.MonkeyPatch, records: str, query: Query
) -> dict[str, list[tuple[Any, ...]]]:
    patch.setenv("SOURCES__SALESFORCE__BULK_FROM_RECORDS", records)
    patch.setenv("NPS_HOME", str(home / records))
    load_source("salesforce")
    return raw(query)


def test_raw_is_the_same_byte_for_byte(
    org: VendorServers, home: Path, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = Script(r"/jobs/query/[^/]+/results$", times=None, change=lambda body: body)
    org.faults.script(jobs)
    by_rest = load_by(home, monkeypatch, "inf", query)
    assert not jobs.seen
    by_bulk = load_by(home, monkeypatch, "0", query)
    assert jobs.seen > len(by_rest)  # several pages of some
    assert by_bulk == by_rest
    assert all(by_rest[table] for table in by_rest if table != "quarantine")
    # The next load reads the last hour by REST, and finds nothing that it does not know.
    monkeypatch.setenv("SOURCES__SALESFORCE__BULK_FROM_RECORDS", "inf")
    assert not any(load_source("salesforce").rows.values())


def test_only_what_is_large_is_a_job(
    org: VendorServers, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    """History has values of any type, which a CSV does not tell apart."""
    created = Script(r"/jobs/query$", times=None, change=lambda body: body)
    org.faults.script(created)
    count = extract("salesforce", "accounts").rows.num_rows
    extract("salesforce", "account_history")
    assert created.seen == 1
    monkeypatch.setenv("SOURCES__SALESFORCE__BULK_FROM_RECORDS", str(count + 1))
    assert extract("salesforce", "accounts").rows.num_rows == count
    assert created.seen == 1


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        ("boolean", "TRUE", b'"TRUE"'),
        ("double", "1.0E7", b"1.0E7"),
        ("double", "NaN", b'"NaN"'),
        ("currency", "-0.50", b"-0.50"),
        ("int", "007", b'"007"'),
        ("datetime", "2026-01-31T10:11:12.000Z", b'"2026-01-31T10:11:12.000+0000"'),
        ("datetime", "yesterday", b'"yesterday"'),
        ("date", "2026-01-31", b'"2026-01-31"'),
        ("string", "2026-01-31T10:11:12.000Z", b'"2026-01-31T10:11:12.000Z"'),
        *((kind, "", b"null") for kind in ("boolean", "int", "datetime", "string")),
    ],
)
def test_what_does_not_fit_its_type_stays_a_text(kind: str, text: str, written: bytes) -> None:
    """The typing of all vendors then finds it, as it does in REST's answer."""
    assert salesforce_bulk.WRITTEN[kind](text) == written


def told(**members: Any) -> Callable[[bytes], bytes]:
    return lambda body: orjson.dumps(orjson.loads(body) | members)


JOB, RESULTS = r"/jobs/query/[^/]+$", r"/results$"


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        (Script(JOB, change=told(state="Failed", errorMessage="too large")), "the job is Failed: too large"),
        pytest.param(
            Script(JOB, change=told(state="Aborted")),
            "the job is Aborted: without a reason",
            marks=pytest.mark.long,
        ),
        (Script(JOB, after=1, change=told(numberRecordsProcessed=9_999)), "of a job that has 9999"),
        pytest.param(Script(JOB, change=lambda _body: b"[]"), "without `state`", marks=pytest.mark.long),
        pytest.param(Script(r"/jobs/query$", status=403), "answered 403", marks=pytest.mark.long),
        pytest.param(
            Script(r"/describe$", change=lambda _body: b"{}"), "without `fields`", marks=pytest.mark.long
        ),
        (Script(RESULTS, times=None, change=lambda body: body[:-1]), "a CSV document that ends early"),
        (Script(RESULTS, times=None, change=lambda body: body.rpartition(b'"001')[0]), "ends early"),
        (Script(RESULTS, times=None, change=lambda body: body + b'"001'), "ends early"),
        pytest.param(
            Script(RESULTS, times=None, change=lambda body: body.replace(b'"Id"', b'"Ix"')),
            "ends early",
            marks=pytest.mark.long,
        ),
        pytest.param(
            Script(RESULTS, times=None, change=lambda body: body + b'"a"\n'),
            "ends early",
            marks=pytest.mark.long,
        ),
        (Script(RESULTS, times=None, forget=frozenset({"locator"})), "a second time"),
    ],
)
def test_what_stays_wrong_is_a_clear_error(
    org: VendorServers, extract: Extract, script: Script, complaint: str
) -> None:
    script.seen = 0
    org.faults.script(script)
    with pytest.raises(ResourceExtractionError) as failure:
        extract("salesforce", "accounts")
    error = cause(failure.value)
    assert isinstance(error, SourceError)
    assert complaint in str(error)


@pytest.mark.parametrize(
    "fault", [*(pytest.param(each, marks=pytest.mark.long) for each in ("failed", "cut_off")), "malformed"]
)
def test_what_passes_changes_nothing(org: VendorServers, extract: Extract, fault: Any) -> None:
    payloads = sorted(texts(extract("salesforce", "accounts").rows, "payload"))
    org.faults.each = fault
    assert sorted(texts(extract("salesforce", "accounts").rows, "payload")) == payloads
    assert org.faults.injected[fault]


def test_a_job_that_never_ends_is_ended_by_the_loads_deadline(
    org: VendorServers, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    org.faults.script(Script(JOB, times=None, change=told(state="InProgress")))
    monkeypatch.setenv("SOURCES__SALESFORCE__LOAD_HOURS", str(1 / 3600))
    with pytest.raises(ResourceExtractionError) as failure:
        extract("salesforce", "accounts")
    assert "`load_hours` is" in str(cause(failure.value))


def test_a_page_larger_than_a_document_may_be_is_refused(
    org: VendorServers, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__SALESFORCE__DOCUMENT_MEGABYTES", "0.01")
    monkeypatch.setenv("SOURCES__SALESFORCE__FURTHER_FIELDS", "Long__c")
    with pytest.raises(ResourceExtractionError) as failure:
        extract("salesforce", "accounts")
    assert "`document_megabytes` is 0.01" in str(cause(failure.value))


@pytest.mark.long
def test_a_load_that_dies_begins_a_new_job(org: VendorServers, query: Query) -> None:
    """Nothing of it is kept, so nothing of its job is needed."""
    org.faults.script(Script(RESULTS, after=1, status=400))
    with pytest.raises(Exception, match="answered 400"):
        load_source("salesforce")
    counts = load_source("salesforce").rows
    assert counts["accounts"] == query("select count(*) from raw_salesforce.accounts")[0][0] > 0
