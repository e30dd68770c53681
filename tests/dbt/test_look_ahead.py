"""No look-ahead: accounts that are alike until they answer are alike as of then, whatever comes later.

Of each pair one stays as it was. Of the other everything moves afterwards: branch, plan, stage, what it pays,
what is given back, who is merged into it, what it says. Which moves and when is drawn. Belongs here: answers
and looks as of a moment. Does not belong here: how each attribute is dated (the unit tests of the models).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from tests.mutation.catalogue.finance import MUTATIONS

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("look_ahead")]

PAIRS = 12
FIRST = date(2024, 1, 1)
BRANCHES = {"BR-North": "North", "BR-South": "South", "BR-West": "West"}
MOVES = ("branch_id", "plan", "lifecycle_stage", "paying", "giving back", "merging", "answering")
FIELDS = {"branch_id": "Branch__c", "plan": "Plan__c", "lifecycle_stage": "Lifecycle_Stage__c"}
PAST = {"plan": "basic", "lifecycle_stage": "adoption"}
LATER = {"branch_id": "BR-West", "plan": "pro", "lifecycle_stage": "renewal"}
ANSWER = (
    "account_key, survey_type, nps_band, customer_value_tier, journey_stage, branch, region, plan,"
    " trailing_revenue_amount"
)
WINDOW = "horizon_days, band, index_at, is_active, mrr_before"
LOOK = (
    "account_key, survey_type, horizon_days, index_date, band, customer_value_tier, tenure, region,"
    " mrr_before"
)


class Pair(NamedTuple):
    """When both have answered, when one of them begins to change, and how."""

    number: int
    answered: date
    moved: date
    moves: tuple[str, ...]
    branch: str
    yearly: int

    @property
    def accounts(self) -> tuple[str, str]:
        return f"still{self.number}", f"moving{self.number}"


def pairs() -> Iterator[Pair]:
    chance = random.Random(20)
    for number in range(PAIRS):
        answered = date(2025, 1, 10) + timedelta(chance.randrange(200))
        moves = MOVES if number == 0 else tuple(chance.sample(MOVES, chance.randint(1, len(MOVES))))
        moved = answered + timedelta(chance.choice([1, 2, 30, 80]))
        yearly = chance.choice([1_200, 6_000, 30_000])
        yield Pair(number, answered, moved, moves, chance.choice(["BR-North", "BR-South"]), yearly)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, new_warehouse: Any) -> Any:
    warehouse = new_warehouse(tmp_path_factory.mktemp("look_ahead"))
    warehouse.create_raw()
    for branch, region in BRANCHES.items():
        warehouse.land("salesforce", "branches", branch, branch_id=branch, name=branch, region=region)
    for pair in pairs():
        still, moving = pair.accounts
        until_then(warehouse, pair, still, {})
        until_then(warehouse, pair, moving, LATER)
        afterwards(warehouse, pair, moving)
    warehouse.build(
        "--select", "+fct_response_outcomes", "+fct_account_outcomes", "--exclude-resource-type", "unit_test"
    )
    return warehouse


def until_then(warehouse: Any, pair: Pair, account: str, later: dict[str, str]) -> None:
    """What both have in common; the vendor shows what an account is today, and its history what it was."""
    values = {"branch_id": pair.branch, **PAST}
    today = values | {name: value for name, value in later.items() if name in pair.moves}
    warehouse.land(
        "salesforce", "accounts", account, account_id=account, version_at="2026-01-01 00:00:00+00", **today
    )
    warehouse.land("stripe", "customers", f"c-{account}", customer_id=f"c-{account}", account_id=account)
    for year in (2024, 2025):
        invoice(warehouse, account, f"{year}", date(year, 1, 1), date(year + 1, 1, 1), pair.yearly)
    answer(warehouse, account, "R1", pair.answered, 10)


def afterwards(warehouse: Any, pair: Pair, account: str) -> None:
    """What only one of them does."""
    for name in set(FIELDS) & set(pair.moves):
        warehouse.land(
            "salesforce",
            "account_history",
            f"{account}-{name}",
            history_id=f"{account}-{name}",
            account_id=account,
            field=FIELDS[name],
            attribute_name=name,
            old_value={"branch_id": pair.branch, **PAST}[name],
            new_value=LATER[name],
            changed_at=moment(pair.moved),
        )
    if "paying" in pair.moves:
        invoice(warehouse, account, "more", pair.moved, pair.moved + timedelta(30), 900_000)
    if "giving back" in pair.moves:
        warehouse.land(
            "stripe",
            "refunds",
            f"re-{account}",
            refund_id=f"re-{account}",
            customer_id=f"c-{account}",
            invoice_id=f"{account}-2025",
            status="succeeded",
            currency="eur",
            amount_minor=pair.yearly * 100,
            created_at=moment(pair.moved),
        )
    if "merging" in pair.moves:
        other = f"merged-{account}"
        warehouse.land(
            "salesforce",
            "accounts",
            other,
            account_id=other,
            branch_id="BR-West",
            plan="pro",
            merged_into_id=account,
            is_deleted=True,
            created_at=moment(pair.moved),
            version_at=moment(pair.moved),
        )
        warehouse.land("stripe", "customers", f"c-{other}", customer_id=f"c-{other}", account_id=other)
        invoice(warehouse, other, "more", pair.moved, pair.moved + timedelta(60), 500_000)
    if "answering" in pair.moves:
        answer(warehouse, account, "R2", pair.moved, 0)


def invoice(warehouse: Any, account: str, name: str, start: date, end: date, amount: int) -> None:
    warehouse.land(
        "stripe",
        "invoices",
        f"{account}-{name}",
        invoice_id=f"{account}-{name}",
        customer_id=f"c-{account}",
        status="paid",
        currency="eur",
        subtotal_minor=amount * 100,
        total_minor=amount * 100,
        issued_at=moment(start),
        lines=f"{amount * 100}/{start}T00:00:00/{end}T00:00:00",
    )


def answer(warehouse: Any, account: str, name: str, day: date, score: int) -> None:
    warehouse.land(
        "files",
        "surveys_responses",
        f"relationship:{account}-{name}:nps",
        response_id=f"{account}-{name}",
        survey_id="relationship",
        question_id="nps",
        score=score,
        responded_at=f"{day} 12:00:00+00",
        account_id=account,
        file_name="answers.csv",
    )


def moment(day: date) -> str:
    return f"{day} 15:00:00+00"


def as_of(company: Any, pair: Pair, account: str) -> tuple[list[Any], list[Any]]:
    """The answer, how its windows open, and every look until the account began to change; without the
    account's name."""
    answers = company.query(
        f"select {ANSWER}, {WINDOW} from marts.fct_survey_responses"
        f" inner join marts.fct_response_outcomes using (answer_key, account_key, survey_type)"
        f" where response_id = '{account}-R1' and is_counted order by horizon_days"
    )
    looks = company.query(
        f"select {LOOK} from marts.fct_account_outcomes"
        f" where account_key = '{account}' and index_date <= date '{pair.moved}' order by all"
    )
    assert {row[0] for row in (*answers, *looks)} == {account}
    return [row[1:] for row in answers], [row[1:] for row in looks]


def apart(company: Any) -> int:
    """In how many pairs one look at least is not alike."""
    return sum(
        as_of(company, pair, pair.accounts[0])[1] != as_of(company, pair, pair.accounts[1])[1]
        for pair in pairs()
    )


@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: str(pair.number))
def test_nothing_as_of_the_answer_knows_what_came_later(company: Any, pair: Pair) -> None:
    still, moving = (as_of(company, pair, account) for account in pair.accounts)
    assert len(still[0]) == 3
    assert still == moving


@pytest.mark.parametrize("name", ["latest_attributes_of_outcomes", "window_opens_before_the_answer"])
def test_looking_ahead_is_seen(company: Any, name: str) -> None:
    """The mistakes of the catalogue, made in what dbt compiled."""
    [edit] = next(each for each in MUTATIONS if each.name == name).edits
    [compiled] = (company.home / "target" / "compiled").rglob("fct_account_outcomes.sql")
    with company.connection() as opened:
        opened.execute("create or replace table kept as from marts.fct_account_outcomes")
        opened.execute(
            f"create or replace table marts.fct_account_outcomes as {edit.applied(compiled.read_text())}"
        )
    assert apart(company) > 1
    with company.connection() as opened:
        opened.execute("create or replace table marts.fct_account_outcomes as from kept; drop table kept")
    assert apart(company) == 0


def test_what_came_later_is_seen_later(company: Any) -> None:
    """Else the test above could not fail: at as-of, nothing of the first pair is alike any more."""
    first = next(pairs())
    seen = [
        company.query(
            "select branch_key, plan, lifecycle_stage from marts.dim_account_versions"
            f" where account_key = '{account}' and is_current"
        )
        for account in first.accounts
    ]
    assert seen == [[(first.branch.lower(), "basic", "adoption")], [("br-west", "pro", "renewal")]]
    revenue = "select sum(monthly_amount) from intermediate.int_revenue__recurring where account_key = '{}'"
    assert company.query(revenue.format(first.accounts[0])) != company.query(
        revenue.format(first.accounts[1])
    )
