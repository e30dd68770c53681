"""Real HTTP, and what stays wrong on it: each ends in a clear error.

Does not belong here: faults that pass, which `tests/faults/` has for every vendor.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from dlt.extract.exceptions import ResourceExtractionError

from demo.server import VendorServers
from demo.vendors import scripts
from demo.vendors.faults import Script
from ingestion.errors import ConfigurationError, RefusedError, SourceError
from ingestion.http import VendorClient
from ingestion.load import build_source

from .conftest import Extracted

Extract = Callable[[str, str], Extracted]

#: source, table, a path its reading must pass
ENDPOINTS = [
    ("salesforce", "accounts", r"/queryAll"),
    ("stripe", "invoices", r"/v1/invoices"),
    ("stripe", "customers", r"/v1/events"),
    ("chargebee", "invoices", r"/api/v2/invoices$"),
    ("qualtrics", "surveys", r"/API/v3/surveys$"),
    ("qualtrics", "responses", r"/export-responses$"),
    ("qualtrics", "responses", r"/file$"),
    ("qualtrics", "invitations", r"/history$"),
    ("surveymonkey", "responses", r"/responses/bulk$"),
    ("typeform", "responses", r"/forms/.*/responses$"),
    ("hubspot", "account_history", r"/objects/companies$"),
    ("medallia", "responses", r"/data/v0/query$"),
    ("zendesk", "tickets", r"/incremental/tickets/cursor$"),
    ("zendesk", "ticket_events", r"/incremental/ticket_events$"),
]
#: Those of them that are JSON documents.
PAGES = [each for each in ENDPOINTS if each[2] not in (r"/export-responses$", r"/file$")]


def cause(error: BaseException) -> BaseException:
    while error.__cause__ is not None and not isinstance(error, SourceError):
        error = error.__cause__
    return error


def cut_in_half(path: str, times: int | None) -> Script:
    return Script(path, times=times, change=lambda body: body[: len(body) // 2])


@pytest.mark.parametrize(("source", "table", "path"), ENDPOINTS)
def test_a_lasting_failure_is_a_clear_error(
    vendors: VendorServers, extract: Extract, source: str, table: str, path: str
) -> None:
    vendors.faults.script(scripts.refused(path, 500, times=None))
    with pytest.raises(ResourceExtractionError) as failure:
        extract(source, table)
    error = cause(failure.value)
    assert isinstance(error, SourceError)
    assert str(error).startswith(f"{source}: {vendors.base_url}/")
    assert "answered 500" in str(error)
    assert not isinstance(error, RefusedError)
    assert "run again" in str(error)


@pytest.mark.parametrize(("source", "table", "path"), PAGES)
def test_a_page_that_stays_truncated_is_a_clear_error(
    vendors: VendorServers, extract: Extract, source: str, table: str, path: str
) -> None:
    vendors.faults.script(cut_in_half(path, times=None))
    with pytest.raises(ResourceExtractionError) as failure:
        extract(source, table)
    assert "ends early or is malformed" in str(cause(failure.value))


def test_a_zip_that_stays_truncated_is_a_clear_error(vendors: VendorServers, extract: Extract) -> None:
    vendors.faults.rate_truncated = 1.0
    vendors.faults._spared = NeverSpared()
    try:
        with pytest.raises(ResourceExtractionError) as failure:
            extract("qualtrics", "responses")
    finally:
        vendors.faults.rate_truncated = 0.0
        vendors.faults._spared = set()
    assert "ends early" in str(cause(failure.value)) or "could not be reached" in str(cause(failure.value))


class NeverSpared(set[str]):
    """Lets the same request fail again and again."""

    def __contains__(self, _request: object) -> bool:
        return False


def test_an_expired_salesforce_token_is_renewed(vendors: VendorServers, extract: Extract) -> None:
    expected = extract("salesforce", "accounts")
    vendors.faults.script(scripts.refused(r"/queryAll", 401))
    assert extract("salesforce", "accounts") == expected


@pytest.mark.parametrize(
    ("source", "table", "path"),
    [
        ("salesforce", "accounts", r"/queryAll"),
        ("stripe", "invoices", r"/v1/"),
        ("chargebee", "credit_notes", r"/api/v2/credit_notes$"),
        ("qualtrics", "responses", r"/API/v3"),
        ("surveymonkey", "responses", r"/v3/surveys"),
        ("typeform", "responses", r"/forms"),
        ("medallia", "responses", r"/data/v0/query"),
        ("zendesk", "requesters", r"/incremental/users"),
    ],
)
def test_a_refused_credential_is_a_clear_error(
    vendors: VendorServers, extract: Extract, source: str, table: str, path: str
) -> None:
    vendors.faults.script(scripts.refused(path, 401, times=None))
    with pytest.raises(ResourceExtractionError) as failure:
        extract(source, table)
    assert "answered 401" in str(cause(failure.value))
    assert isinstance(cause(failure.value), RefusedError), "asking again would not help"
    assert "credentials" in str(cause(failure.value))


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("qualtrics", "api_token"),
        ("qualtrics", "base_url"),
        ("salesforce", "client_secret"),
        ("stripe", "api_key"),
        ("chargebee", "api_key"),
        ("typeform", "access_token"),
        ("medallia", "client_secret"),
        ("zendesk", "base_url"),
    ],
)
def test_a_missing_setting_is_named(
    vendors: VendorServers, monkeypatch: pytest.MonkeyPatch, source: str, key: str
) -> None:
    variable = f"SOURCES__{source}__{key}".upper()
    monkeypatch.delenv(variable)
    with pytest.raises(ConfigurationError, match=rf"sources\.{source}\.{key}.*{variable}"):
        build_source(source)


def test_credentials_do_not_follow_a_redirect() -> None:
    asked: list[str] = []

    class Moved(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {self.headers['X-API-TOKEN']}")
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")  # type: ignore[attr-defined]
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Moved) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = VendorClient(
            "qualtrics", f"http://127.0.0.1:{server.server_port}", lambda: {"X-API-TOKEN": "secret"}
        )
        with pytest.raises(SourceError, match=r"answered 302.*credentials are not sent to another host"):
            client.get("/surveys")
        server.shutdown()
    assert asked == ["/surveys secret"]
