"""What a vendor says is shown without our secrets, and without what a terminal would obey."""

import json
import re
from collections.abc import Callable

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import masking, warehouse
from ingestion.arrow import Rejects
from ingestion.errors import LoadError, RefusedError, SourceError
from ingestion.http import VendorClient
from ingestion.load import load_source

from .hostile import document, vendor

TOKEN = 'c4n"ary/töken-1f0e'
ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202e"
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")


@pytest.mark.parametrize(
    "repeated",
    [
        TOKEN,
        f"Bearer {TOKEN}",
        json.dumps({"sent": TOKEN}),
        json.dumps({"sent": TOKEN}, ensure_ascii=False),
        "c4n%22ary%2Ft%C3%B6ken-1f0e",
        "x" * 290 + TOKEN,  # at the cut of what is shown
    ],
)
def test_a_refusal_that_repeats_the_token_is_shown_without_it(repeated: str) -> None:
    body = f"{ESCAPES}{repeated} is no token".encode()
    headers = {"Authorization": f"Bearer {TOKEN}".encode().decode("latin-1"), "X-Version": "2024-06-20"}
    masking.remember("api_token", TOKEN)
    with vendor(document(body, status=401)) as there, pytest.raises(RefusedError) as failure:
        VendorClient("qualtrics", there.base_url, lambda: headers).get("/surveys")
    told = str(failure.value)
    assert "answered 401" in told
    assert not OBEYED.search(told)
    for part in ("c4n", "1f0e", "t\\u00f6ken"):
        assert part not in told.replace("***", "")
    assert "***" in told or len(repeated) > 300


def test_a_token_that_was_given_at_run_time_is_masked_too() -> None:
    """Salesforce gives one for each load, which no setting holds."""
    body = b"the session run-time-0451 of 2024-06-20 has expired"
    headers = {"Authorization": "Bearer run-time-0451", "X-Version": "2024-06-20"}
    with vendor(document(body, status=401)) as there, pytest.raises(SourceError) as failure:
        VendorClient("salesforce", there.base_url, lambda: headers).get("/query")
    assert "the session *** of 2024-06-20 has expired" in str(failure.value)


def test_every_secret_setting_that_is_read_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_SECRET", "s3cret-of-the-app")
    monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_ID", "the-app")
    for key in ("client_secret", "client_id"):
        warehouse.required_setting("salesforce", key)
    told = SourceError("salesforce", "/token", "says that s3cret-of-the-app of the-app is wrong", "renew it")
    assert str(told) == "salesforce: /token says that *** of the-app is wrong; renew it"


def test_the_detail_of_a_rejected_record_is_masked_and_its_text_kept(home: object) -> None:
    masking.remember("api_token", "of-quarantine-77")
    rejects = Rejects()
    text = '{"score": "of-quarantine-77 \x1b[2J"}'
    rejects.add("responses", "wrong_type", "score is 'of-quarantine-77' \x1b[2J", 1, "/export", text)
    [row] = rejects.table().to_pylist()
    assert row["detail"] == "score is '***' \ufffd[2J"
    assert row["original_text"] == text


def test_the_error_of_a_load_is_masked(
    monkeypatch: pytest.MonkeyPatch, query: Callable[[str], list[tuple[object, ...]]]
) -> None:
    """Whatever raised it: here the engine, which names a file."""
    masking.remember("api_token", "in-a-path-31")

    def fail(*_: object, **__: object) -> None:
        raise duckdb.IOException("cannot open in-a-path-31 \x1b[2J")

    monkeypatch.setattr("ingestion.files.source.delivered_files", fail)
    with pytest.raises(LoadError, match=r"cannot open \*\*\* \ufffd\[2J"):
        load_source("files")


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    told = masking.plain(text)
    assert not OBEYED.search(told)
    assert len(told) == len(text)
    assert [one for one in told if one.isalnum()] == [one for one in text if one.isalnum()]


def test_a_word_that_is_too_short_for_a_secret_hides_nothing() -> None:
    masking.remember("password", "no")
    assert masking.shown("no token") == "no token"
