"""What moves a cursor and what must not: no load passes over what a vendor still shows."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from demo.server import VendorServers
from demo.vendors import scripts
from demo.vendors.faults import Script
from ingestion.errors import ConfigurationError, LoadError
from ingestion.load import load_source
from ingestion.surveys.configured import own_names, reading_under
from ingestion.surveys.qualtrics_tables import EMBEDDED_DATA

from .conftest import Extracted

Query = Callable[[str], list[tuple[Any, ...]]]
Extract = Callable[[str, str], Extracted]

#: Source → its tables, and what dates their records in the future.
FUTURE: dict[str, tuple[tuple[str, ...], list[Script]]] = {
    "salesforce": (
        ("contacts",),
        [scripts.changed_type(r"/services/data", "SystemModstamp", "2999-01-01T00:00:00.000+0000")],
    ),
    "qualtrics": (
        ("responses", "invitations"),
        [
            scripts.changed_type(r"/file$", "values.lastModifiedDate", "2999-01-01T00:00:00Z"),
            scripts.changed_type(r"/distributions$", "sendDate", "2999-01-01T00:00:00Z"),
        ],
    ),
}


@pytest.mark.parametrize("source", FUTURE)
def test_a_moment_in_the_future_hides_nothing(
    moving_vendors: VendorServers,
    extract: Extract,
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
) -> None:
    class SimulatedTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "SimulatedTime":
            return cls.fromisoformat(moving_vendors.clock.now.isoformat())

    monkeypatch.setattr("ingestion.landing.datetime", SimulatedTime)
    tables, scripts = FUTURE[source]
    moving_vendors.faults.script(*scripts)
    load_source(source)
    moving_vendors.faults.scripts.clear()
    moving_vendors.clock.advance(30)
    report = load_source(source)
    for table in tables:
        shown = set(extract(source, table).rows["record_id"].to_pylist())
        held = {key for (key,) in query(f"select record_id from raw_{source}.{table}")}
        assert shown <= held
        assert report.rows[table], "nothing was to be found"


def test_a_question_that_is_scored_later_brings_its_earlier_answers(
    vendors: VendorServers, query: Query
) -> None:
    answers = (
        "select question_id, count(*) from raw_qualtrics.responses where survey_id = 'SV_Support0000001'"
    )
    by_question = f"{answers} group by 1 order by 1"

    def without_ease(definition: dict[str, Any]) -> None:
        definition["result"]["Questions"].pop("QID3", None)

    vendors.faults.script(scripts.changed_records(r"/survey-definitions/SV_Support0000001", without_ease))
    load_source("qualtrics")
    [(question, count)] = query(by_question)
    vendors.faults.scripts.clear()
    report = load_source("qualtrics")
    assert query(by_question) == [(question, count), ("QID3", count)]
    assert report.rows["responses"] == count, "what was known came again"


def test_answers_are_read_again_when_the_keys_of_embedded_data_change(
    vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever notices only later what their links call the account; and back again."""
    current = (
        "select account_id is not null, count(*) from ("
        "select *, row_number() over (partition by record_id order by version_at desc, _dlt_load_id desc)"
        " as place from raw_qualtrics.responses) where place = 1 group by all order by all"
    )
    versions = "select count(*), count(distinct record_id || version_id) from raw_qualtrics.responses"
    records = load_source("qualtrics").rows["responses"]
    as_usual = query(current)
    assert sum(count for _, count in as_usual) == records
    assert [known for known, _ in as_usual] == [False, True]

    for changed, (keys, found) in enumerate(
        [('{"account_id": "Kunde"}', [(False, records)]), ("{}", as_usual)], start=1
    ):
        monkeypatch.setenv("SOURCES__QUALTRICS__EMBEDDED_DATA", keys)
        assert load_source("qualtrics").rows["responses"] == records
        assert query(current) == found
        assert query(versions) == [((1 + changed) * records, (1 + changed) * records)]
        assert load_source("qualtrics").rows.get("responses", 0) == 0


def test_answers_are_read_again_when_the_choices_come_to_show_other_numbers(
    vendors: VendorServers, query: Query
) -> None:
    """What is exported then stands for another number: the same answers are versions of their own, once."""
    load_source("qualtrics")
    asked = " from raw_qualtrics.responses where survey_id = 'SV_Relationship001'"
    [(answers,)] = query(f"select count(*) {asked}")

    def recoded(definition: dict[str, Any]) -> None:
        question = definition["result"]["Questions"]["QID1"]
        question["Choices"] = {str(at): {"Display": str(100 + at)} for at in range(12)}
        question["RecodeValues"] = {str(at): str(at) for at in range(12)}

    vendors.faults.script(scripts.changed_records(r"/survey-definitions/SV_Relationship001$", recoded))
    assert load_source("qualtrics").rows["responses"] == answers
    assert query(f"select count(*), min(score) >= 100 {asked} and version_id like '%@1'") == [(answers, True)]
    assert load_source("qualtrics").rows.get("responses", 0) == 0


def test_a_survey_that_can_no_longer_be_read_is_named_and_the_others_go_on(
    vendors: VendorServers, query: Query
) -> None:
    load_source("qualtrics")
    said = "select record_id, reason, detail from raw_qualtrics.quarantine where table_name = 'surveys'"
    assert query(said) == []
    vendors.faults.script(
        scripts.refused("/surveys/SV_Support0000001/export-responses$", 403, times=None),
        scripts.refused("/survey-definitions/SV_Relationship001$", 404, times=None),
    )
    load_source("qualtrics")
    load_source("qualtrics")
    found = {record: (reason, detail) for record, reason, detail in query(said)}
    assert set(found) == {"SV_Support0000001", "SV_Relationship001"}
    assert all(
        reason == "unreadable" and "its answers up to 20" in detail for reason, detail in found.values()
    )
    assert "answered 403 when its responses were asked for" in found["SV_Support0000001"][1]


def test_a_refusal_of_every_survey_is_about_none_of_them(vendors: VendorServers) -> None:
    vendors.faults.script(scripts.refused("/export-responses$", 403, times=None))
    with pytest.raises(LoadError, match="403"):
        load_source("qualtrics")


def test_the_usual_keys_are_the_first_reading_whatever_was_loaded_before() -> None:
    changed = own_names("embedded_data", EMBEDDED_DATA, {"account_id": "Kunde"})
    state: dict[str, Any] = {"seen_through": {"SV_1 QID1": "2026-01-01T00:00:00+00:00"}}
    readings = [
        reading_under(keys, EMBEDDED_DATA, state, "embedded_data")
        for keys in (changed, changed, EMBEDDED_DATA, changed)
    ]
    assert readings == [1, 1, 2, 3]
    assert reading_under(EMBEDDED_DATA, EMBEDDED_DATA, {}, "embedded_data") == 0


def test_a_column_that_is_not_there_cannot_be_given_a_key(
    vendors: VendorServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__QUALTRICS__EMBEDDED_DATA", '{"acount_id": "Kunde"}')
    with pytest.raises(ConfigurationError, match=r"acount_id.*choose from invitation_id, account_id"):
        load_source("qualtrics")
