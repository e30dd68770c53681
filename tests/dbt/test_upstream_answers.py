"""From raw rows of every vendor to answers with identities, attributes and value; and the tests on the way.

The unit tests beside the models prove each step; here the steps meet: staging, unions, versions, odd ids.
"""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("upstream_answers")

SELECTED = (
    *("staging", "intermediate.crm", "intermediate.billing", "marts.core"),
    *("+dim_branch_hours", "+fct_survey_responses"),
)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, new_warehouse: Any) -> Any:
    """Two accounts of which one was merged into the other, their contacts, revenue and answers."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("company"))
    warehouse.create_raw()
    crm(warehouse)
    billing(warehouse)
    surveys(warehouse)
    warehouse.build("--select", *SELECTED)
    return warehouse


def crm(warehouse: Any) -> None:
    def land(table: str, record_id: str, **values: Any) -> None:
        warehouse.land("salesforce", table, record_id, version_at="2025-06-01 00:00:00+00", **values)

    for branch, region in (("BR-North", "North"), ("BR-South", "South")):
        land("branches", branch, branch_id=branch, name=f"{region} branch", region=region)
    land("accounts", "Win", account_id="Win", branch_id="BR-South", plan="pro", lifecycle_stage="adoption")
    merged = {"merged_into_id": " WIN\t", "is_deleted": True}
    land("accounts", "Lose", account_id="Lose", branch_id="BR-North", **merged)
    land("contacts", "Ann", contact_id="Ann", account_id="Lose", email="Ann@customer.example ")
    land("contacts", "Bob", contact_id="Bob", account_id="Win", email="bob@customer.example")
    land("contacts", "Bob2", contact_id="Bob2", account_id="Win", email="b@old.example", merged_into_id="BOB")
    land("contacts", "Long", contact_id="003M000000aBcDEIA0", email="b@x.example", merged_into_id="Bob")
    land("users", "U1", user_id="U1", name="Worker", email="Worker@home.example", is_active=True)
    for record, old, new in (("H1", "BR-North", "BR-South"), ("H2", "North branch", "South branch")):
        warehouse.land(  # a change of a lookup is recorded by id and by name
            "salesforce",
            "account_history",
            record,
            history_id=record,
            account_id="win",
            field="Branch__c",
            attribute_name="branch_id",
            old_value=old,
            new_value=new,
            changed_at="2025-03-01 00:00:00+00",
        )


def billing(warehouse: Any) -> None:
    invoice = {
        "status": "paid",
        "currency": "eur",
        "subtotal_minor": 120_000,
        "total_minor": 144_000,
        "issued_at": "2025-01-01 00:00:00+00",
        "lines": "120000/2025-01-01T00:00:00/2026-01-01T00:00:00",
    }
    for name, account in (("cus_a", "WIN"), ("cus_b", "lose")):
        warehouse.land("stripe", "customers", name, customer_id=name, account_id=account)
        warehouse.land(
            "stripe", "invoices", f"in_{name}", invoice_id=f"in_{name}", customer_id=name, **invoice
        )
    warehouse.land(
        "files",
        "billing_invoices",
        "F1",
        version_at="2025-01-15 00:00:00+00",
        invoice_id="F1",
        account_id="Win",
        issued_at="2025-01-15 00:00:00+00",
        status="paid",
        net_amount=100,
        currency="EUR",
        file_name="invoices.csv",
    )


def surveys(warehouse: Any) -> None:
    warehouse.land(
        "qualtrics",
        "invitations",
        "CGC_1",
        invitation_id="CGC_1",
        survey_id="SV",
        contact_id="Ann",
        email="ann@customer.example",
        status="SurveyFinished",
        sent_at="2025-02-01 00:00:00+00",
        channel="Email",
    )

    def answer(response: str, recorded_at: str, **values: Any) -> None:
        values = {"score": 9, "status": 0, "survey_id": "SV", "question_id": "QID1"} | values
        warehouse.land(
            "qualtrics",
            "responses",
            f"{response}:QID1",
            response_id=response,
            recorded_at=recorded_at,
            **values,
        )

    answer(
        "edited", "2025-02-28 23:59:59+00", score=3, account_id=" lOSE ", version_at="2025-02-28 00:00:00+00"
    )
    answer(
        "edited",
        "2025-02-28 23:59:59+00",
        score=8,
        account_id="\t lOSE\r\n",
        version_at="2025-03-05 00:00:00+00",
        load_id="2",
    )
    answer("edited", "2025-02-28 23:59:59+00", score=1, version_at="2025-04-01 00:00:00+00", load_id="9")
    answer("invited", "2025-03-01 00:00:00+00", invitation_id="cgc_1", distribution_channel=" Email")
    answer("merged_contact", "2025-03-02 00:00:00+00", contact_id="bob2", respondent_email="x@y.example")
    answer("staff", "2025-03-02 00:00:00+00", respondent_email="worker@HOME.example")
    answer("linked", "2025-03-02 00:00:00+00", contact_id=" 003M000000aBcDE\n")
    for status in (1, 17, 12, 4):
        answer(f"status {status}", "2025-03-02 00:00:00+00", status=status)
    answer("unanswered", "2025-03-02 00:00:00+00", score=None)
    warehouse.land(
        "files",
        "surveys_responses",
        "relationship:R1:nps",
        response_id="R1",
        survey_id="relationship",
        question_id="nps",
        score=10,
        responded_at="2025-03-02 12:00:00+02",
        account_id="WIN",
        branch_id="br-north",
        file_name="answers.csv",
    )


def answers(company: Any, columns: str, *where: str) -> list[tuple[Any, ...]]:
    condition = " and ".join(where) or "true"
    rows: list[tuple[Any, ...]] = company.query(
        f"select {columns} from intermediate.int_survey_answers__as_of where {condition} order by answer_key"
    )
    return rows


def test_every_answer_of_a_complete_load_is_there_once(company: Any) -> None:
    assert [key for (key,) in answers(company, "answer_key")] == [
        "files:relationship:R1:nps",
        "qualtrics:edited:QID1",
        "qualtrics:invited:QID1",
        "qualtrics:linked:QID1",
        "qualtrics:merged_contact:QID1",
        "qualtrics:staff:QID1",
        "qualtrics:status 12:QID1",
        "qualtrics:status 17:QID1",
        "qualtrics:status 1:QID1",
        "qualtrics:status 4:QID1",
        "qualtrics:unanswered:QID1",
    ]


def test_the_latest_version_of_a_complete_load_counts(company: Any) -> None:
    assert answers(company, "score, version_count, load_id", "response_id = 'edited'") == [(8.0, 2, "2")]


def test_attributes_change_exactly_at_the_recorded_moment(company: Any) -> None:
    columns = "branch_key, region, account_key"
    assert answers(company, columns, "response_id = 'edited'") == [("br-north", "North", "win")]
    assert answers(company, columns, "response_id = 'invited'") == [("br-south", "South", "win")]


def test_an_invitation_lends_its_contact_and_its_time(company: Any) -> None:
    row = answers(
        company, "contact_key, person_key, channel, cast(sent_at as varchar)", "response_id = 'invited'"
    )
    assert row == [("ann", "ann", "email", "2025-02-01 00:00:00")]


def test_a_merged_contact_is_its_survivor(company: Any) -> None:
    assert answers(company, "person_key, account_key", "response_id = 'merged_contact'") == [("bob", "win")]


def test_a_contact_is_the_same_by_both_forms_of_its_id(company: Any) -> None:
    assert answers(company, "person_key, account_key", "response_id = 'linked'") == [("bob", "win")]


def test_staff_previews_and_unanswered_are_marked_not_dropped(company: Any) -> None:
    assert answers(company, "is_staff", "response_id = 'staff'") == [(True,)]
    tests = dict(answers(company, "response_id, is_test", "response_id like 'status %'"))
    assert tests == {"status 1": True, "status 17": True, "status 12": True, "status 4": False}
    assert answers(company, "score", "response_id = 'unanswered'") == [(None,)]


def test_files_answers_in_utc_with_their_own_branch(company: Any) -> None:
    row = answers(company, "cast(responded_at as varchar), region, plan", "source = 'files'")
    assert row == [("2025-03-02 10:00:00", "North", "pro")]


def test_revenue_of_the_merged_account_counts_for_the_survivor(company: Any) -> None:
    """Two invoices of 1,200 a year, 59 days in, and one moment of 100."""
    [(amount,)] = answers(company, "trailing_revenue_amount", "response_id = 'invited'")
    assert float(amount) == pytest.approx(2 * 1200 * 59 / 365 + 100, abs=1e-3)


def test_core_dimensions_hold_survivors_without_addresses(company: Any) -> None:
    assert company.query("select account_key, merged_account_count from marts.dim_accounts") == [("win", 1)]
    assert company.query("select contact_key, length(email_hash) from marts.dim_contacts order by all") == [
        ("ann", 32),
        ("bob", 32),
    ]
    assert company.query("select branch_key, valid_to from marts.dim_account_versions where not is_current")


@pytest.mark.parametrize(
    ("broken_by", "mended_by", "test"),
    [
        (
            "insert into marts.dim_account_versions select * replace "
            "('twice' as account_version_key, valid_from + interval 1 day as valid_from) "
            "from marts.dim_account_versions where is_current",
            "delete from marts.dim_account_versions where account_version_key = 'twice'",
            "no_overlapping_periods_dim_account_versions_account_key",
        ),
        (
            "insert into raw_stripe.refunds "
            "(record_id, content_hash, version_id, payload, position, _dlt_load_id) "
            "values ('r', 'h', 'h', '', 1, '1'), ('r', 'h', 'h', '', 2, '1')",
            "delete from raw_stripe.refunds",
            "unique_combination_stg_stripe__refunds_record_id__version_id",
        ),
        (
            "insert into intermediate.int_contact_emails__resolved (email) values ('no@body.example')",
            "delete from intermediate.int_contact_emails__resolved where contact_key is null",
            "complete_int_contact_emails__resolved_email__contact_key",
        ),
        (
            "insert into marts.fct_survey_responses from marts.fct_survey_responses "
            "where response_id = 'staff'",
            None,
            "assert_one_row_per_answer_after_every_join",
        ),
        (
            "delete from marts.fct_survey_responses where response_id = 'staff'",
            None,
            "assert_one_row_per_answer_after_every_join",
        ),
    ],
)
def test_the_tests_see_what_they_are_for(
    company: Any, broken_by: str, mended_by: str | None, test: str
) -> None:
    with company.connection() as opened:
        opened.execute(broken_by)
    said = company.tested(test)
    if mended_by:
        with company.connection() as opened:
            opened.execute(mended_by)
    assert said == ["fail"]


@pytest.mark.long
def test_turning_a_vendor_on_or_off_needs_no_clean_parse(
    tmp_path_factory: pytest.TempPathFactory, new_warehouse: Any
) -> None:
    home = tmp_path_factory.mktemp("switch")
    for vendors in (("files",), ("files", "stripe"), ("files",)):
        nodes = new_warehouse(home, vendors).dbt("parse").result.nodes.values()
        staging = [node.fqn for node in nodes if node.resource_type == "model" and node.fqn[1] == "staging"]
        assert {folder for *_, folder, _ in staging} == {*vendors, "staging"}
