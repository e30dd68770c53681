"""Every wrong figure of money is seen: the marts as the recount has them, broken one by one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.recount.coding import rows_as_table
from expectations.recount.finance import (
    Answered,
    Associated,
    Balance,
    Counted,
    Money,
    Month,
    Outcome,
    associations,
    cells_of,
    compare,
    compare_published,
    growth,
    months,
    placebo,
    silence,
    survival,
    today,
    weighting,
)
from expectations.recount.finance.growth import Growth
from expectations.recount.finance.placebo import Placebo
from expectations.recount.finance.silence import Silence
from expectations.recount.finance.survival import Survival
from expectations.recount.finance.today import Covered
from expectations.recount.finance.weighting import Weighted
from tests.expectations.test_recount_association import window
from tests.expectations.test_recount_months import at, entry

AMOUNTS = ("invoiced", "recognised", "deferred")
GROWTH = ["mrr_before", "mrr_after", "retained_mrr", "earned_mrr", "other_mrr"]
PAID = ["mrr_before", "mrr_after"]
MOVES = ("opening", "new", "reactivation", "expansion", "contraction", "churned")


@pytest.fixture
def money() -> Money:
    ledger = {("a", True): [entry(1_200, "2025-01-15", "2026-01-15"), entry(200, "2025-03-01", "2025-04-01")]}
    end = at("2025-06-01")
    seen = [window(f"p{i}", "promoter", i < 5) for i in range(40)]
    seen += [window(f"d{i}", "detractor", i < 20, after=90 + i) for i in range(35)]
    shown = associations(cells_of(seen), 5)
    counted = [*published(), Counted(Placebo, placebo.placebos(seen, 5), placebo.built(), 4)]
    return Money(
        months.months(ledger, end),
        months.balances(ledger, end),
        seen,
        shown,
        published=counted,
        answered=told(),
    )


def told() -> list[Answered]:
    """An answer with its outcome, and one of which nobody knows the account."""
    first, then = at("2025-01-10"), at("2025-04-10")
    known = ("r", "promoter", first, then, True, True, 100_000_000, 120_000_000, 20_000_000, False)
    unknown = ("r", "passive", first, then, True, False, 0, None, None, None)
    return [Answered("k1", "a", 90, *known), Answered("k2", "Unassigned", 90, *unknown)]


def published() -> list[Counted]:
    place = ("r", "account", date(2026, 1, 1), "company", "(all)", "(all)", "1", date(2025, 1, 1))
    score = Weighted(*place, 9, 9, 1.5, 0.5, 1.0, 2.0, 0.5, "indicative")
    counts, sums = (9, 5, 5, 0, 0), (100_000_000, 130_000_000, 85_000_000, 25_000_000, 20_000_000)
    shares = (0.85, 0.25, 0.1, 0.1, 0.3, 1 / 3, 1.0)
    year = Growth(date(2025, 1, 1), date(2024, 1, 1), *counts, *sums, *shares)
    step = Survival("r", "promoter", 90, 9, 1, 0, 0.9, 0.8, 0.95)
    heard = Silence(
        "r", date(2026, 1, 1), "1", date(2025, 1, 1), 40, 9, 1.5, 1.25, 20.5, -18.5, 0.5, "indicative"
    )
    whole, tenure = ("r", "company", "(all)", "(all)", "(all)"), ("r", "tenure", "(all)", "new", "(all)")
    pays = [
        Covered(*whole, "silent", 9, 0.5, 900_000_000, 0.25, "none"),
        Covered(*tenure, "silent", 6, 0.5, None, None, "suppressed_for_others"),
    ]
    return [
        Counted(Covered, pays, today.built(Covered), 6),
        Counted(Weighted, [score], weighting.built(), 7),
        Counted(Survival, [step], survival.built(), 3),
        Counted(Growth, [year], growth.built(), 1),
        Counted(Silence, [heard], silence.built(), 3),
    ]


def money_of(columns: list[str], suffix: str = "") -> str:
    return ", ".join(f"cast({name} / 1000000.0 as decimal(18, 6)) as {name}{suffix}" for name in columns)


@pytest.fixture
def path(tmp_path: Path, money: Money) -> Path:
    """The tables as they would be built."""
    sums = f"{money_of([*AMOUNTS], '_amount')}, {money_of([*MOVES], '_mrr')}, {money_of(['mrr'])}"
    shown = {each.kind: each.rows for each in money.published}
    tables = {
        "marts.fct_account_months": (
            Month,
            money.months,
            f"account as account_key, month as month_start, true as is_known_account, {sums}",
        ),
        "marts.audit_revenue_reconciliation": (
            Balance,
            money.balances,
            "account as account_key, documents, true as is_known_account, "
            + money_of(["billed", "recognised", "deferred"], "_amount"),
        ),
        "marts.fct_account_outcomes": (
            Outcome,
            money.outcomes,
            f"* exclude (account, mrr_before, mrr_after), account as account_key, {money_of(PAID)}",
        ),
        "marts.fct_response_outcomes": (
            Answered,
            money.answered,
            "answer as answer_key, account as account_key, horizon_days, survey_type, band, is_complete,"
            " is_active, is_churned, make_timestamp(index_at) as index_at,"
            f" make_timestamp(window_end) as window_end, {money_of([*PAID, 'expansion_mrr'])}",
        ),
        "publication.revenue_association": (
            Associated,
            money.associations,
            f"* exclude (mrr_before), {money_of(['mrr_before'])}",
        ),
        "publication.revenue_coverage": (Covered, shown[Covered], f"* exclude (mrr), {money_of(['mrr'])}"),
        "publication.weighted_scores": (Weighted, shown[Weighted], "*"),
        "publication.churn_curves": (Survival, shown[Survival], "*"),
        "publication.earned_growth": (
            Growth,
            shown[Growth],
            f"* exclude ({', '.join(GROWTH)}), {money_of(GROWTH)}",
        ),
        "publication.non_response": (Silence, shown[Silence], "*"),
        "publication.association_placebo": (Placebo, shown[Placebo], "*"),
    }
    file = tmp_path / "w.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute("create schema marts; create schema publication")
        for table, (kind, rows, columns) in tables.items():
            connection.register("rows", rows_as_table(kind, rows))
            connection.execute(f"create table {table} as select {columns} from rows")
    return file


def test_what_is_built_as_it_is_recounted_agrees(money: Money, path: Path) -> None:
    assert len(money.associations) == 8
    assert compare(money, path) == []


MONTHS, AUDIT = "marts.fct_account_months", "marts.audit_revenue_reconciliation"
OUTCOMES, SHOWN = "marts.fct_account_outcomes", "publication.revenue_association"
ANSWERED = "marts.fct_response_outcomes"
GROWN = "publication.earned_growth"
PLACEBO = "publication.association_placebo"
COVERED, HIDDEN = "publication.revenue_coverage", "where suppression = 'suppressed_for_others'"


@pytest.mark.many
@pytest.mark.parametrize(
    ("broken", "column"),
    [
        (f"update {MONTHS} set mrr = mrr + 0.000001 where month_start = '2025-03-01'", "mrr"),
        (f"update {MONTHS} set new_mrr = 0, reactivation_mrr = new_mrr", "new"),
        (f"delete from {MONTHS} where month_start = '2025-02-01'", "row"),
        (f"insert into {MONTHS} select * from {MONTHS}", "row"),
        (f"update {AUDIT} set deferred_amount = deferred_amount + 0.01", "deferred"),
        (f"update {AUDIT} set documents = 1", "documents"),
        (f"update {OUTCOMES} set band = 'silent' where account_key = 'p7'", "band"),
        (f"update {OUTCOMES} set mrr_after = mrr_after + 0.000001 where account_key = 'p7'", "mrr_after"),
        (f"update {OUTCOMES} set is_complete = false where account_key = 'p7'", "is_complete"),
        (f"delete from {OUTCOMES} where account_key = 'p7'", "row"),
        (f"update {ANSWERED} set is_churned = true where answer_key = 'k1'", "is_churned"),
        (f"update {ANSWERED} set index_at = index_at - interval 1 microsecond", "index_at"),
        (f"delete from {ANSWERED} where account_key = 'Unassigned'", "row"),
        (f"update {SHOWN} set risk_ratio = risk_ratio + 0.00000001", "risk_ratio"),
        (f"update {SHOWN} set risk_ratio_high = 1.00000001 * risk_ratio_high", "risk_ratio_high"),
        (f"update {SHOWN} set churn_low = 0", "churn_low"),
        (f"update {SHOWN} set verdict = 'associated' where band = 'promoter'", "verdict"),
        (f"update {SHOWN} set mrr_before = mrr_before * 2", "mrr_before"),
        (f"delete from {SHOWN} where band = 'detractor' and segment = 'company'", "row"),
        (f"update {COVERED} set mrr = 100 {HIDDEN}", "mrr"),
        (f"update {COVERED} set mrr_share = 0.5 {HIDDEN}", "mrr_share"),
        (f"update {COVERED} set suppression = 'none'", "suppression"),
        ("update publication.weighted_scores set nps = nps + 0.00000001", "nps"),
        ("update publication.weighted_scores set coverage = null", "coverage"),
        ("update publication.churn_curves set survival_high = 1", "survival_high"),
        (f"update {GROWN} set earned_growth = total_growth", "earned_growth"),
        (f"update {GROWN} set earned_mrr = earned_mrr + other_mrr, other_mrr = 0", "earned_mrr"),
        (f"update {GROWN} set unknown_accounts = 1", "unknown_accounts"),
        (f"delete from {GROWN}", "row"),
        (f"update {PLACEBO} set verdict = 'does not warn' where band = 'promoter'", "verdict"),
        (f"update {PLACEBO} set lost = lost + 1", "lost"),
        (f"update {PLACEBO} set stratified_risk_ratio = 1", "stratified_risk_ratio"),
        ("update publication.non_response set nps_if_alike = 1.26", "nps_if_alike"),
        ("update publication.non_response set silent = 0", "silent"),
        ("delete from publication.non_response", "row"),
        (f"delete from {PLACEBO} where band = 'detractor'", "row"),
    ],
)
def test_a_wrong_figure_of_money_is_seen(money: Money, path: Path, broken: str, column: str) -> None:
    with duckdb.connect(path) as connection:
        connection.execute(broken)
    assert column in {difference.column for difference in compare(money, path)}


def test_one_published_table_is_compared_by_itself(money: Money, path: Path) -> None:
    assert compare_published(money, "weighted_scores", path) == []
    with duckdb.connect(path) as connection:
        connection.execute("update publication.weighted_scores set accounts = accounts + 1")
    assert {each.column for each in compare_published(money, "weighted_scores", path)} == {"accounts"}
    assert compare_published(money, "churn_curves", path) == []


def test_a_ratio_of_few_accounts_is_compared_by_its_size(money: Money, path: Path) -> None:
    """The last digits of 300,000 are no difference; a billionth of it is."""
    large = [each._replace(risk_ratio_high=305284.6151344949) for each in money.associations]
    money = replace(money, associations=large)
    for value, found in (("305284.61513448023", 0), ("305284.6160", 8)):
        with duckdb.connect(path) as connection:
            connection.execute(f"update {SHOWN} set risk_ratio_high = {value}")
        assert len(compare(money, path)) == found
