"""A pack proves figures of money on any machine; whatever is changed in it is refused by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from publication import ledger, manifest, money_evidence, money_pack, pack, proof, versions
from publication.acceptance import Acceptance
from publication.evidence import Table
from publication.money_evidence import MoneyEvidence
from publication.money_kinds import KINDS
from publication.money_sums import SUMS
from publication.pack import PackError
from publication.proving import Proof
from publication.publish import publish
from tests.publication.money_warehouse import Window, fill, windows

AS_OF = date(2026, 1, 2)
Files = dict[str, bytes]
Change = Callable[[Files], None]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two publications of one day: in between, a3 has come to pay more."""
    home = tmp_path_factory.mktemp("home")
    accepted = (Acceptance("quarantine", "a.csv", 3.0, 2.0, "Ann", "2026-01-02", "a known mistake"),)
    for seen in (windows(), [more(each) for each in windows()]):
        publish(
            fill(home / "warehouse.duckdb", seen, AS_OF, documents=["a3"]),
            home / "published",
            AS_OF,
            records={"sql/revenue_coverage.sql": b"select 1"},
            accepted=accepted,
        )
    return home


def more(window: Window) -> Window:
    return window.but(mrr_before=14) if window.account_key == "a3" else window


def collected(home: Path, table: str, wanted: dict[str, str]) -> MoneyEvidence:
    version = versions.current(home / "published")
    assert version
    return money_evidence.collect(home / "warehouse.duckdb", version, home / "ledger", 2, table, wanted)


def packed(home: Path, target: Path, table: str = "revenue_coverage", **wanted: str) -> Path:
    """A pack whose recount says what is published: the recount itself is the other room's."""
    version = versions.current(home / "published")
    assert version
    found = collected(home, table, wanted)
    money, scores = ledger.money(home / "ledger", 2), ledger.read(home / "ledger", 2)
    recounted = Table(found.figures.columns, found.figures.rows)
    return pack.write(target, money_pack.files(found, version, table, money, scores, recounted))[1]


@pytest.fixture(scope="module")
def whole(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(home, tmp_path_factory.mktemp("pack") / "money", segment="company", band="passive")


def verified(path: Path, books: Path | None = None) -> Proof:
    return proof.verify(path, books)


def test_a_pack_proves_its_figures_where_there_is_no_warehouse(home: Path, whole: Path) -> None:
    found = verified(whole, home / "ledger")
    version = versions.current(home / "published")
    assert version
    assert (found.figures, found.sequence, found.missing) == (1, 2, ())
    assert found.head == manifest.read(version).ledger_head
    said = " ".join(found.checks)
    for part in (
        *("1 figure is in a chain of", "2 rows behind", "2 looks follows from 4 lines of billing"),
        *("accepted by Ann", "the recount from the vendors' documents agrees", "same publication 2"),
        "was restated by publication 2: document (1 accounts)",
    ):
        assert part in said, part
    assert verified(whole.with_suffix("")) == verified(whole)


@pytest.mark.parametrize("table", ["revenue_association", "band_transitions", "revenue_coverage"])
def test_all_figures_of_a_table_are_proved_at_once(home: Path, tmp_path: Path, table: str) -> None:
    assert verified(packed(home, tmp_path / "all", table)).figures > 3


def test_every_table_says_what_follows_from_its_rows() -> None:
    assert SUMS.keys() == KINDS.keys()


def edited(name: str, old: str, new: str) -> Change:
    def change(files: Files) -> None:
        assert old.encode() in files[name], files[name][:400]
        files[name] = files[name].replace(old.encode(), new.encode(), 1)

    return change


def without_line(name: str, at: int) -> Change:
    def change(files: Files) -> None:
        lines = files[name].splitlines(keepends=True)
        del lines[at]
        files[name] = b"".join(lines)

    return change


def first_row_says(name: str, column: str, value: str) -> Change:
    def change(files: Files) -> None:
        rows = list(csv.DictReader(io.StringIO(files[name].decode(), newline="")))
        rows[0][column] = value
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        files[name] = text.getvalue().encode()

    return change


def row_and_print(files: Files) -> None:
    """A row that pays more, under the fingerprint it has: only the sum tells."""
    edited("behind.csv", ",14.000000,", ",15.000000,")(files)


FORGERIES: dict[str, tuple[Change, str]] = {
    "an amount": (first_row_says("figures.csv", "mrr", "25.000000"), r"figures.csv.*is not what ledger/rows"),
    "a figure less": (without_line("figures.csv", 1), "do not have the same figures"),
    "a row behind": (without_line("behind.csv", 1), "behind.csv.*match the ledger's fingerprint"),
    "what a row is": (first_row_says("behind.csv", "part", "before"), "match the ledger's fingerprint"),
    "what is paid": (row_and_print, "behind.csv.*shows mrr 24.000000, its rows give 25.000000"),
    "another's row": (first_row_says("behind.csv", "band", "promoter"), "match the ledger's fingerprint"),
    "a line of billing": (without_line("billed.csv", 1), r"billed.csv.*a3 pays 14.* are worth 7"),
    "when a line begins": (
        first_row_says("billed.csv", "recurring_from", "2026-01-02 00:00:00"),
        "account a3 pays",
    ),
    "the recount": (first_row_says("recount.csv", "mrr", "24.000001"), "recount.csv.*has mrr 24.000001"),
    "no number": (first_row_says("recount.csv", "mrr", "nan"), "recount.csv.*has mrr nan"),
    "the recount left out": (without_line("recount.csv", 1), "was not recounted"),
    "the ledger's amount": (edited("ledger/rows.csv", "24.000000", "25.000000"), "does not follow"),
    "the ledger's hash": (
        first_row_says("ledger/rows.csv", "row_hash", "0" * 64),
        "a hash that does not match",
    ),
    "a link of the chain": (without_line("ledger/chain.csv", 2), "chain.csv.*lacks rows"),
    "the end of the chain": (without_line("ledger/chain.csv", -1), "chain.csv.*ends in"),
    "the accepted limit": (edited("publication.json", "a known mistake", "no reason"), "different accepted"),
    "its place": (edited("ledger/chain.csv", ",accepted limit,", ",score,"), "different accepted limits"),
    "the head": (edited("publication.json", '"ledger_head": "', '"ledger_head": "0'), "ledger_head is 0"),
    "the restatement": (first_row_says("restated.csv", "published", "{}"), "to something else"),
    "another restatement": (first_row_says("restated.csv", "figure", "{}"), "names another figure"),
    "a column": (edited("behind.csv", "content", "contents"), "not written by this project"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_pack_made_over_does_not_prove_its_figures(whole: Path, tmp_path: Path, name: str) -> None:
    change, said = FORGERIES[name]
    files = dict(pack.open_checked(whole).files)
    change(files)
    with pytest.raises(PackError, match=said):
        verified(pack.write(tmp_path / "forged", files)[1])


@pytest.mark.parametrize("name", ["behind.csv", "billed.csv", "figures.csv", "restated.csv"])
def test_a_changed_byte_is_named_with_its_file(whole: Path, tmp_path: Path, name: str) -> None:
    good = whole.read_bytes()
    at = good.index(pack.open_checked(whole).files[name]) + 3
    (tmp_path / "changed.zip").write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
    with pytest.raises(PackError, match=name):
        verified(tmp_path / "changed.zip")


def test_a_place_with_another_history_says_so(whole: Path, tmp_path: Path) -> None:
    for seen in (windows(), windows()):
        publish(fill(tmp_path / "warehouse.duckdb", seen, AS_OF), tmp_path / "published", AS_OF)
    with pytest.raises(PackError, match="differs in publication 2 for revenue_coverage"):
        verified(whole, tmp_path / "ledger")
