"""What is behind a figure of money: its accounts, their documents, and whether they are those of then."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication import manifest, money_evidence, versions
from publication.evidence import EvidenceError
from publication.hashing import LedgerError
from publication.money_evidence import MoneyEvidence
from publication.publish import publish
from publication.selection import FigureError
from tests.publication.money_warehouse import fill, windows

AS_OF = date(2026, 1, 2)
SHARE = {"segment": "company", "band": "passive"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    publish(fill(tmp_path / "warehouse.duckdb", windows(), AS_OF), tmp_path / "published", AS_OF)
    return tmp_path


def collected(home: Path, table: str = "revenue_coverage", **wanted: str) -> MoneyEvidence:
    version = versions.current(home / "published")
    assert version
    sequence = manifest.read(version).sequence
    return money_evidence.collect(
        home / "warehouse.duckdb", version, home / "ledger", sequence, table, wanted or SHARE
    )


def change(home: Path, statement: str) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as connection:
        connection.execute(statement)


def test_the_accounts_and_their_documents_are_shown(home: Path) -> None:
    found = collected(home)
    [figure] = found.figures.records()
    assert (figure["accounts"], figure["mrr"]) == (2, 20)
    assert found.accounts.rows == [("today", 2, 2, ["a3", "a4"])]
    assert (found.looks, found.lines) == (2, 4)
    assert found.documents.rows[:2] == [
        ("a3", AS_OF, 10, "stripe", "in_a3:0", 5),
        ("a3", AS_OF, 10, "stripe", "in_a3:1", 5),
    ]


def test_several_figures_are_chosen_by_part_of_the_key(home: Path) -> None:
    assert len(collected(home, segment="region", band="promoter").figures.rows) == 2
    assert len(collected(home, "band_transitions", from_band="silent").figures.rows) == 1


@pytest.mark.parametrize(
    ("table", "wanted", "error", "said"),
    [
        ("revenue", {}, ValueError, "choose one of association_placebo, band_transitions"),
        (
            "revenue_coverage",
            {"plan": "Pro"},
            ValueError,
            "not told by 'plan'; write --of with one of survey_type",
        ),
        (
            "revenue_coverage",
            {"band": "critic"},
            FigureError,
            "published: detractor, passive, promoter, silent",
        ),
    ],
)
def test_what_is_not_there_is_named_with_what_is(
    home: Path, table: str, wanted: dict[str, str], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        collected(home, table, **wanted)


def test_a_working_file_that_has_moved_on_is_refused(home: Path) -> None:
    change(home, "update marts.fct_account_outcomes set mrr_before = 11 where account_key = 'a3'")
    with pytest.raises(EvidenceError, match="no longer holds what is behind relationship company"):
        collected(home)


def test_documents_that_do_not_add_up_are_refused(home: Path) -> None:
    change(home, "delete from intermediate.int_revenue__recurring where document_id = 'in_a4:1'")
    with pytest.raises(
        EvidenceError, match=r"account a4 pays 10.000000 on 2026-01-02, .* are worth 5.000000"
    ):
        collected(home)
    change(home, "delete from intermediate.int_revenue__recurring where account_key = 'a4'")
    with pytest.raises(EvidenceError, match="are worth 0: `nps finance reconcile --account a4`"):
        collected(home)


def test_a_published_amount_that_the_ledger_does_not_have_is_refused(home: Path) -> None:
    version = versions.current(home / "published")
    assert version
    (version / "nps.duckdb").chmod(0o644)
    with duckdb.connect(version / "nps.duckdb") as connection:
        connection.execute("update revenue_coverage set mrr = mrr + 1 where mrr is not null")
    with pytest.raises(LedgerError, match=r"does not have the figure revenue_coverage .* as it is published"):
        collected(home)


def test_a_publication_from_before_money_was_in_the_ledger_says_so(home: Path) -> None:
    (home / "ledger" / "00000001.money.parquet").unlink()
    with pytest.raises(LedgerError, match="before money was in the ledger"):
        collected(home)


def test_a_missing_working_file_is_one_sentence(home: Path) -> None:
    (home / "warehouse.duckdb").unlink()
    with pytest.raises(EvidenceError, match="cannot be read: it does not exist, or a refresh is writing"):
        collected(home)
