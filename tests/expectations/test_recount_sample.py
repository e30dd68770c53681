"""A sample of persons is judged as in the whole: whoever they share invitations, contacts or e-mails with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import definition
from expectations.recount import answers, recount
from expectations.recount.sample import Sample
from expectations.recount.versions import RawRecords

AS_OF = date(2026, 5, 1)
SHARES = (0.1, 0.5)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "w.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute(
            """
            create schema raw_qualtrics; create schema raw_salesforce;
            create table raw_qualtrics._dlt_loads as select '1.0' as load_id, 0 as status;
            create table raw_salesforce._dlt_loads as select '1.0' as load_id, 0 as status;
            create table raw_qualtrics.responses (
                record_id varchar, version_at timestamptz, payload varchar, _dlt_load_id varchar,
                position bigint, survey_id varchar, question_id varchar, contact_id varchar,
                respondent_email varchar, invitation_id varchar
            );
            create table raw_qualtrics.invitations (
                record_id varchar, version_at timestamptz, payload varchar, _dlt_load_id varchar,
                position bigint, contact_id varchar, email varchar, survey_id varchar
            );
            create schema marts;
            create table marts.fct_account_standings (standing_date date);
            create table marts.fct_survey_responses (answer_key text, person_key text, disposition text);
            create table marts.fct_nps_daily (definition_version varchar);
            create table raw_salesforce.contacts (
                record_id varchar, version_at timestamptz, payload varchar, _dlt_load_id varchar,
                position bigint
            );
            """
        )
    return path


CONTACTS = ("C1", "C2", "003M000000aBcDEIA0", "C4")
contacts = st.sampled_from([None, "C1", "c2 ", "003M000000aBcDE", " 003m000000abcdeia0", "C4", "unknown"])
emails = st.sampled_from(
    [None, "A@x.example", "b@x.example ", "new@x.example", "Anonymous", "no-reply@x.example"]
)
some_answers = st.fixed_dictionaries(
    {
        "response": st.integers(1, 9),
        "day": st.integers(1, 118),
        "contact": contacts,
        "email": emails,
        "invitation": st.sampled_from([None, "I1", " i2", "I3", "nowhere", "0"]),
    }
)
some_invitations = st.lists(st.tuples(contacts, emails), min_size=3, max_size=3)
some_contacts = st.lists(st.tuples(emails, contacts), min_size=4, max_size=4)


def write(
    connection: duckdb.DuckDBPyConnection,
    given_answers: list[dict[str, Any]],
    invited: list[tuple[str | None, str | None]],
    known: list[tuple[str | None, str | None]],
) -> None:
    for table in ("raw_qualtrics.responses", "raw_qualtrics.invitations", "raw_salesforce.contacts"):
        connection.execute(f"delete from {table}")
    for position, each in enumerate(given_answers, start=1):
        values = {
            "recordedDate": f"2026-01-01T00:00:{each['day'] % 60:02}Z",
            "QID1": each["day"] % 11,
            "ContactId": each["contact"],
            "Email": each["email"],
            "InvitationId": each["invitation"],
        }
        connection.execute(
            "insert into raw_qualtrics.responses"
            " values (?, null, ?, '1.0', ?, 'SV_Relationship001', 'QID1', ?, ?, ?)",
            [
                f"R{each['response']}:QID1",
                orjson.dumps({"values": values}).decode(),
                position,
                *(each[name] for name in ("contact", "email", "invitation")),
            ],
        )
    for number, (contact, email) in enumerate(invited, start=1):
        sent = {"sentAt": "2025-12-01T00:00:00Z", "contactId": contact, "contact": {"email": email}}
        connection.execute(
            "insert into raw_qualtrics.invitations values (?, null, ?, '1.0', ?, ?, ?, 'SV_Relationship001')",
            [f"I{number}", orjson.dumps(sent).decode(), number, contact, email],
        )
    for number, (record, (email, master)) in enumerate(zip(CONTACTS, known, strict=True), start=1):
        held = {"Email": email, "MasterRecordId": master}
        connection.execute(
            "insert into raw_salesforce.contacts values (?, null, ?, '1.0', ?)",
            [record, orjson.dumps(held).decode(), number],
        )


@settings(max_examples=20, deadline=None)
@given(st.lists(some_answers, max_size=12), some_invitations, some_contacts)
def test_a_sample_is_a_part_of_the_whole(
    empty: Path,
    given_answers: list[dict[str, Any]],
    invited: list[tuple[str | None, str | None]],
    known: list[tuple[str | None, str | None]],
) -> None:
    with duckdb.connect(empty) as connection:
        connection.execute("begin")
        write(connection, given_answers, invited, known)
        inputs = (RawRecords(connection), definition.versions(), AS_OF)
        whole = answers.everything(*inputs, None, True)
        for share in SHARES:
            sample = Sample.of(share)
            some = answers.everything(*inputs, sample, True)
            assert set(some.answers) == {row for row in whole.answers if sample.holds(row.person)}
            assert set(some.invitations) <= set(whole.invitations)
        half, people = Sample.of(0.5), ("c1", "a@x.example")
        held = [connection.execute(f"select {half.condition('?')}", [person]).fetchone() for person in people]
        assert held == [(half.holds(person),) for person in people]
        connection.execute("rollback")


def test_another_version_of_the_definition_is_another_figure(whole_warehouse: Path) -> None:
    """Each answer under the version in force when it was given; a period with a change has a row for each."""
    first = definition.versions()[0]
    changed = date(2026, 3, 15)
    generous = {**first.bands, 8: "promoter"}
    both = [
        replace(first, valid_to=changed),
        replace(first, version="2026.1", valid_from=changed, bands=generous),
    ]
    figures = recount(whole_warehouse, date(2026, 5, 2), definitions=both).figures
    march = {
        key.definition_version: figures.numbers["responses"][place]
        for place, key in enumerate(figures.keys)
        if key.segment == "company"
        and key.period_grain == "month"
        and key.survey_type == "transactional"
        and key.period_start == date(2026, 3, 1)
    }
    assert set(march) == {"2023.1", "2026.1"}
    assert min(march.values()) > 30
