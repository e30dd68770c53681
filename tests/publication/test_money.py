"""Figures of money are in the ledger, and those that change say why."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publication import ledger, manifest, money, money_ledger, versions
from publication.hashing import LedgerError
from publication.publish import PublishReport, publish
from tests.publication.money_warehouse import Window, fill, windows
from tests.publication.warehouse import fill as fill_answers
from tests.publication.warehouse import some

AS_OF = date(2026, 1, 2)
LATER = date(2026, 1, 3)
FILE = money_ledger.file_name(1)
WINDOW = {"window_end": "2026-01-02", "horizon_days": "90"}


def publish_in(home: Path, seen: list[Window], as_of: date = AS_OF, **others: Any) -> PublishReport:
    return publish(fill(home / "warehouse.duckdb", seen, as_of, **others), home / "published", as_of)


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("money") / "home"
    home.mkdir()
    publish_in(home, windows())
    return home


@pytest.fixture
def home(published_once: Path, tmp_path: Path) -> Path:
    shutil.copytree(published_once, tmp_path / "home", symlinks=True)
    return tmp_path / "home"


def restated(home: Path) -> set[tuple[Any, ...]]:
    """Table, band, region, cause and accounts of every restated figure."""
    with duckdb.connect(home / "published" / "current" / "nps.duckdb", read_only=True) as reader:
        return set(
            reader.execute(
                "select table_name, coalesce(figure ->> 'band', figure ->> 'from_band'),"
                " figure ->> 'region', cause, accounts from revenue_restatements"
            ).fetchall()
        )


def test_every_published_figure_of_money_is_a_row_as_published(home: Path) -> None:
    rows = pq.read_table(home / "ledger" / FILE).to_pylist()
    with duckdb.connect(home / "published" / "current" / "nps.duckdb", read_only=True) as reader:
        counts = {
            table: reader.execute(f"select count(*) from {table}").fetchall()[0][0]
            for table in ("band_transitions", "revenue_association", "revenue_coverage")
        }
    assert {table: sum(row["table_name"] == table for row in rows) for table in counts} == counts
    one = next(
        row
        for row in rows
        if row["table_name"] == "revenue_coverage" and json.loads(row["figure"])["band"] == "silent"
    )
    assert json.loads(one["published"]) == {"accounts": "1", "mrr": None}, "a suppressed value is in it"
    assert len({row["fingerprint"] for row in rows if row["table_name"] == "revenue_coverage"}) > 4


def test_the_chain_of_both_files_can_be_followed_with_nothing_but_hashlib_and_json(home: Path) -> None:
    previous = "0" * 64
    for name in (FILE, ledger.file_name(1)):
        for row in pq.read_table(home / "ledger" / name).to_pylist():
            assert row["previous_hash"] == previous
            if name == FILE:
                texts = [str(row[column]) for column in money_ledger.CONTENT]
                content = json.dumps(texts, separators=(",", ":"), ensure_ascii=False)
                digest = hashlib.sha256(content.encode()).hexdigest()
                assert row["row_hash"] == hashlib.sha256((previous + digest).encode()).hexdigest()
            previous = row["row_hash"]
    chain = ledger.verify(home / "ledger")
    current = versions.current(home / "published")
    assert current
    said = manifest.read(current)
    assert (chain.head, said.ledger_head, said.ledger) == (previous, previous, chain.files)
    assert [*chain.files] == [FILE, ledger.file_name(1)]


def rewritten(file: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    file.chmod(0o644)
    pq.write_table(change(pq.read_table(file)), file)


def more_revenue(rows: pa.Table) -> pa.Table:
    texts = [str(text).replace('"mrr":"20', '"mrr":"90') for text in rows.column("published").to_pylist()]
    return rows.set_column(rows.column_names.index("published"), "published", pa.array(texts))


def cut_off(file: Path) -> None:
    file.chmod(0o644)
    file.write_bytes(b"PAR1")


BREAKS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a changed amount": (lambda file: rewritten(file, more_revenue), "chain breaks in .*money.*revenue_cov"),
    "a row taken out": (
        lambda file: rewritten(file, lambda rows: rows.slice(0, rows.num_rows - 1)),
        "chain breaks in .*00000001.parquet",
    ),
    "a column less": (
        lambda file: rewritten(file, lambda rows: rows.drop_columns(["fingerprint"])),
        "money.parquet has the columns",
    ),
    "the file gone": (lambda file: file.unlink(), "chain breaks in .*00000001.parquet"),
    "cut off": (cut_off, "cannot be read"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_change_to_money_breaks_the_chain(home: Path, name: str) -> None:
    act, said = BREAKS[name]
    act(home / "ledger" / FILE)
    with pytest.raises(LedgerError, match=said):
        ledger.verify(home / "ledger")
    with pytest.raises(LedgerError, match=r"money\.parquet"):
        publish_in(home, windows(), LATER)


def test_money_whose_scores_were_not_written_is_no_publication(home: Path) -> None:
    orphan = home / "ledger" / money_ledger.file_name(2)
    shutil.copy(home / "ledger" / FILE, orphan)
    assert ledger.verify(home / "ledger").sequence == 1
    report = publish_in(home, windows(), LATER)
    assert (report.sequence, ledger.verify(home / "ledger").sequence) == (2, 2)
    assert set(pq.read_table(orphan).column("sequence").to_pylist()) == {2}


def test_another_day_is_another_figure(home: Path) -> None:
    publish_in(home, [each.but(mrr_before=99) for each in windows()], LATER)
    assert restated(home) == set()


def changed(place: int, **changes: object) -> list[Window]:
    """The windows with those of one account changed."""
    return [each.but(**changes) if each.account_key == f"a{place}" else each for each in windows()]


def test_a_late_document_restates_what_its_account_is_behind(home: Path) -> None:
    report = publish_in(home, changed(3, mrr_before=25), documents=["a3"])
    assert report.changed
    assert restated(home) == {
        ("band_transitions", "passive", None, "document", 1),
        *(
            (table, "passive", region, "document", 1)
            for table in ("revenue_association", "revenue_coverage")
            for region in ("(all)", "North")
        ),
    }
    with duckdb.connect(report.path / "nps.duckdb", read_only=True) as reader:
        [(was, is_)] = reader.execute(
            "select previously ->> 'mrr', published ->> 'mrr' from revenue_restatements"
            " where table_name = 'revenue_coverage' and (figure ->> 'region') = '(all)'"
        ).fetchall()
    assert (was, is_) == ("20.000000", "35.000000")


def test_where_an_account_has_gone_the_cause_is_that_of_where_it_went(home: Path) -> None:
    publish_in(home, changed(1, band="detractor"), documents=["a1"])
    found = {row[1:] for row in restated(home) if row[0] == "revenue_association"}
    assert found == {
        ("detractor", "(all)", "document", 1),
        ("detractor", "North", "document", 1),
        ("promoter", "(all)", "document", 0),
        ("promoter", "North", "document", 0),
    }


def test_a_change_that_nothing_explains_is_undetermined(home: Path) -> None:
    publish_in(home, changed(3, mrr_before=25))
    assert {row[3:] for row in restated(home)} == {("undetermined", 0)}


def test_a_record_that_is_no_document_is_named_without_an_account(home: Path) -> None:
    publish_in(home, changed(3, mrr_before=25), documents=["void"])
    assert {row[3:] for row in restated(home)} == {("document", 0)}


def test_another_definition_is_the_cause_of_what_nothing_else_explains(home: Path) -> None:
    warehouse = fill(home / "warehouse.duckdb", changed(3, mrr_before=25), AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute("update publication.metric_definitions set value_text = '8-10'")
    publish(warehouse, home / "published", AS_OF)
    assert {row[3:] for row in restated(home)} == {("definition", 0)}


def test_a_hidden_change_is_a_restatement_too(home: Path) -> None:
    """What the one silent account pays is not shown, but the rows behind it are not the same."""
    publish_in(home, changed(7, mrr_before=11), documents=["a7"])
    assert ("revenue_coverage", "silent", "(all)", "document", 1) in restated(home)


def test_what_is_only_hidden_now_is_no_restatement(home: Path) -> None:
    warehouse = fill(home / "warehouse.duckdb", windows(), AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "update publication.revenue_association set churn_rate = null, verdict = 'withheld'"
        )
    publish(warehouse, home / "published", AS_OF)
    assert restated(home) == set()


def test_an_answers_cause_is_the_moneys(home: Path) -> None:
    """One more of a1's answers counts, which had been loaded before."""
    publish_in(home, changed(1, band="passive"), answers=61)
    assert ("revenue_association", "passive", "North", "superseded", 1) in restated(home)


def test_a_ledger_from_before_has_no_money_and_goes_on(tmp_path: Path) -> None:
    publish(fill_answers(tmp_path / "warehouse.duckdb", some(), AS_OF), tmp_path / "published", AS_OF)
    assert not (tmp_path / "ledger" / FILE).exists()
    publish_in(tmp_path, windows())
    assert ledger.verify(tmp_path / "ledger").sequence == 2
    assert (tmp_path / "ledger" / money_ledger.file_name(2)).exists()
    assert restated(tmp_path) == set()


@pytest.mark.parametrize(
    ("table", "figure", "then", "now", "is_same"),
    [
        ("weighted_scores", {"period_end": "2026-01-01"}, AS_OF, LATER, True),
        ("weighted_scores", {"period_end": "2026-01-02"}, AS_OF, LATER, False),
        ("weighted_scores", {"period_end": "2026-01-02"}, AS_OF, AS_OF, True),
        ("weighted_scores", {"period_end": "2027-01-01"}, AS_OF, LATER, False),
        ("band_transitions", WINDOW, AS_OF, LATER, False),
        ("band_transitions", WINDOW, AS_OF, date(2026, 4, 2), True),
        ("revenue_at_risk", {}, AS_OF, LATER, False),
        ("churn_curves", {}, AS_OF, AS_OF, True),
        ("earned_growth", {"period_end": "2026-01-01"}, AS_OF, LATER, True),
        ("earned_growth", {"period_end": "2026-01-03"}, AS_OF, LATER, False),
    ],
)
def test_which_figures_are_the_same_at_two_as_ofs(
    table: str, figure: dict[str, str], then: date, now: date, is_same: bool
) -> None:
    assert money.KINDS[table].is_same(figure, then, now) is is_same
