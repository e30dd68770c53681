"""An evidence pack proves its figures on any machine, and shows every change made to it by name."""

from __future__ import annotations

import csv
import io
import random
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication import evidence, ledger, manifest, pack, proof, selection, versions
from publication.evidence import EvidenceError, Table
from publication.figure import KEY
from publication.pack import PackError
from publication.publish import publish
from publication.selection import Question
from tests.publication.published_twice import AS_OF, collected, published_twice, version
from tests.publication.warehouse import fill, some

RECOUNTED = ("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_twice(tmp_path_factory.mktemp("home"))


def packed(home: Path, target: Path, question: Question | None) -> Path:
    """A pack whose recount says what is published: the recount itself is the other room's."""
    found = collected(home, question)
    recounted = Table((*KEY, *RECOUNTED), evidence.only(found.figures, (*KEY, *RECOUNTED)))
    rows = ledger.read(home / "ledger", manifest.read(version(home)).sequence)
    return pack.write(target, evidence.files(found, version(home), rows, recounted))[1]


BRANCH = Question(
    period="month", period_start=date(2025, 12, 1), segment="branch", members={"branch": "Lyon"}
)


@pytest.fixture(scope="module")
def whole(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(home, tmp_path_factory.mktemp("pack") / "evidence", BRANCH)


def test_a_figure_comes_with_everything_behind_it(home: Path) -> None:
    found = collected(home, BRANCH)
    [figure] = found.figures.records()
    assert found.answers is not None
    assert len(found.answers.rows) == figure["responses"]
    assert {row["branch"] for row in found.answers.records()} == {"B1"}
    published = found.answers.columns
    assert not {"person_key", "contact_key", "account_key", "comment", "answer_key"} & set(published)
    assert {row["element"] for row in found.definition.records()} == {"score_band"}
    assert found.lineage is not None
    assert sum(row["answers"] for row in found.lineage.records()) == figure["responses"]


def test_exclusions_are_those_of_the_same_survey_type_and_time(tmp_path: Path) -> None:
    answers = [
        answer.but(disposition="off_scale")
        if index == 3
        else answer.but(disposition="quarantine_window")
        if index in {40, 41}
        else answer
        for index, answer in enumerate(some())
    ]
    warehouse = fill(tmp_path / "warehouse.duckdb", answers, AS_OF)
    publish(warehouse, tmp_path / "published", AS_OF)
    found = collected(tmp_path, Question(period="month", period_start=date(2025, 12, 1)))
    assert found.exclusions is not None
    assert [(row["disposition"], row["answers"]) for row in found.exclusions.records()] == [
        ("quarantine_window", 2)
    ]


@pytest.mark.parametrize(
    "question",
    [
        BRANCH,
        Question(measure="current_state", segment="customer_value_tier"),
        Question(period="month", period_start=date(2025, 12, 1), segment="branch", members={"branch": "B3"}),
        Question(period="all_time"),
        None,
    ],
    ids=["a branch", "current state", "a suppressed figure", "the company", "everything"],
)
def test_a_pack_proves_its_figures_as_zip_and_as_folder(
    home: Path, tmp_path: Path, question: Question | None
) -> None:
    archive = packed(home, tmp_path / "evidence", question)
    as_zip, as_folder = proof.verify(archive), proof.verify(tmp_path / "evidence")
    assert as_zip == as_folder
    assert as_zip.missing == ()
    assert as_zip.head == manifest.read(version(home)).ledger_head
    assert len(as_zip.checks) == 5
    with zipfile.ZipFile(archive) as opened:
        assert {"documents/osi_document.json", "records/sql/nps_scores.sql", "records/guard/marts.json"} <= {
            *opened.namelist()
        }


def test_no_other_figures_counts_leave_with_a_pack(whole: Path) -> None:
    with zipfile.ZipFile(whole) as opened:
        chain = list(csv.DictReader(io.StringIO(opened.read("ledger/chain.csv").decode())))
        rows = list(csv.DictReader(io.StringIO(opened.read("ledger/rows.csv").decode())))
    assert {tuple(row) for row in chain} == {("position", "content_hash")}
    assert len(rows) == 1
    assert len(chain) > 1


def test_equal_evidence_is_an_equal_zip(home: Path, whole: Path, tmp_path: Path) -> None:
    assert packed(home, tmp_path / "again", BRANCH).read_bytes() == whole.read_bytes()


def test_the_pack_of_one_place_verifies_in_another(home: Path, whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    for number, as_of in ((60, date(2026, 1, 1)), (62, AS_OF)):
        answers = list(reversed(some(number)))
        publish(fill(other / "warehouse.duckdb", answers, as_of), other / "published", as_of)
    assert "has the same publication 2" in proof.verify(whole, other / "ledger").checks[-1]
    here, there = (manifest.read(version(place)) for place in (home, other))
    assert (here.tables, here.ledger, here.ledger_head) == (there.tables, there.ledger, there.ledger_head)
    for name in here.tables:
        file = f"parquet/{name}.parquet"
        assert (version(home) / file).read_bytes() == (version(other) / file).read_bytes()


def test_a_place_with_another_history_says_so(whole: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    warehouse = fill(other / "warehouse.duckdb", some(), AS_OF)
    publish(warehouse, other / "published", AS_OF)
    with pytest.raises(PackError, match="ends at publication 1, the pack belongs to 2"):
        proof.verify(whole, other / "ledger")
    publish(fill(other / "warehouse.duckdb", some(59), AS_OF), other / "published", AS_OF)
    with pytest.raises(PackError, match="differs in publication 2 for figure"):
        proof.verify(whole, other / "ledger")


def test_any_changed_byte_is_found(whole: Path, tmp_path: Path) -> None:
    good = whole.read_bytes()
    chosen = random.Random(3)
    changed = tmp_path / "changed.zip"
    places = [*range(0, 40), *range(len(good) - 200, len(good)), *chosen.choices(range(len(good)), k=150)]
    for place in places:
        flipped = good[place] ^ (1 << chosen.randrange(8))
        changed.write_bytes(good[:place] + bytes([flipped]) + good[place + 1 :])
        with pytest.raises(PackError):
            proof.verify(changed)


@pytest.mark.parametrize(
    "name",
    ["answers.csv", "figures.csv", "recount.csv", "ledger/chain.csv", "publication.json", "manifest.json"],
)
def test_one_changed_byte_is_named_with_its_file(whole: Path, tmp_path: Path, name: str) -> None:
    good = whole.read_bytes()
    with zipfile.ZipFile(whole) as opened:
        start = good.index(opened.read(name))
        middle = start + opened.getinfo(name).file_size // 2
    (tmp_path / "changed.zip").write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :])
    with pytest.raises(PackError, match=name):
        proof.verify(tmp_path / "changed.zip")


def forged(whole: Path, target: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    """A pack whose hashes are right again after a change of its files."""
    files = pack.open_checked(whole).files
    change(files)
    return pack.write(target, files)[1]


def edited(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], object]:
    def change(files: dict[str, bytes]) -> None:
        assert old in files[name], (name, old)
        files[name] = files[name].replace(old, new, 1)

    return change


def without_last_line(name: str) -> Callable[[dict[str, bytes]], object]:
    return lambda files: files.update({name: b"\n".join(files[name].split(b"\n")[:-2]) + b"\n"})


def without_line(name: str, at: int) -> Callable[[dict[str, bytes]], object]:
    def change(files: dict[str, bytes]) -> None:
        lines = files[name].splitlines(keepends=True)
        files[name] = b"".join([*lines[:at], *lines[at + 1 :]])

    return change


def first_row_says(name: str, column: str, value: str) -> Callable[[dict[str, bytes]], object]:
    def change(files: dict[str, bytes]) -> None:
        row = next(csv.DictReader(io.StringIO(files[name].decode())))
        files[name] = files[name].replace(row[column].encode(), value.encode(), 1)

    return change


FORGERIES: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a score with its band": (edited("answers.csv", b",detractor,-1,", b",promoter,1,"), "definition.csv"),
    "an answer less": (without_last_line("answers.csv"), "answers.csv.*counts"),
    "another answer": (edited("answers.csv", b",2025-12-", b",2025-11-"), "answers.csv.*counts"),
    "the definition": (edited("definition.csv", b"0-6", b"0-7"), "two bands for score 7"),
    "the ledger row": (edited("ledger/rows.csv", b",relationship,", b",transactional,"), "same figures"),
    "the chain": (without_last_line("ledger/chain.csv"), "chain.csv.*ends in"),
    "a link of the chain": (without_line("ledger/chain.csv", 2), "chain.csv.*lacks rows"),
    "the row's content": (first_row_says("ledger/rows.csv", "answers_fingerprint", "7"), "does not follow"),
    "the row's hash": (
        first_row_says("ledger/rows.csv", "row_hash", "0" * 64),
        "a hash that does not match its content",
    ),
    "the day": (edited("publication.json", b'"as_of": "2', b'"as_of": "1'), "does not follow"),
    "the head": (edited("publication.json", b'"ledger_head": "', b'"ledger_head": "0'), "ledger_head is 0"),
    "the recount left out": (without_last_line("recount.csv"), "was not recounted"),
    "no figures": (lambda files: files.pop("figures.csv"), "no figures.csv: the pack is incomplete"),
    "no text": (lambda files: files.update({"figures.csv": b"\xff"}), "figures.csv.*is not UTF-8"),
    "no table": (lambda files: files.update({"figures.csv": b'a\n"b'}), "figures.csv.*cannot be read"),
    "no publication": (lambda files: files.update({"publication.json": b"{"}), "publication.json.*be read"),
    "a column": (edited("answers.csv", b"nps_band", b"band_nps"), "not written by this project"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_pack_made_over_does_not_prove_its_figures(whole: Path, tmp_path: Path, name: str) -> None:
    change, said = FORGERIES[name]
    with pytest.raises(PackError, match=said):
        proof.verify(forged(whole, tmp_path / "forged", change))


def test_a_changed_score_or_interval_is_found(whole: Path, tmp_path: Path) -> None:
    files = pack.open_checked(whole).files
    [row] = csv.DictReader(io.StringIO(files["figures.csv"].decode()))
    low = row["nps_low"].encode()
    for name, said in (("figures.csv", "its counts give"), ("recount.csv", "published is")):
        for number in (b"1.5", b"nan"):
            target = tmp_path / f"{name[:-4]} {number.decode()}"
            with pytest.raises(PackError, match=said):
                proof.verify(forged(whole, target, edited(name, low, number)))


def test_what_is_no_pack_is_a_named_error(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(PackError, match="there is no pack"):
        proof.verify(tmp_path / "nowhere.zip")
    (tmp_path / "text.zip").write_text("not a zip")
    with pytest.raises(PackError, match=r"text\.zip is not a readable zip"):
        proof.verify(tmp_path / "text.zip")
    (tmp_path / "half.zip").write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(PackError, match=r"half\.zip is not a readable zip"):
        proof.verify(tmp_path / "half.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as other:
        other.writestr("a.txt", "a")
    with pytest.raises(PackError, match=r"has no manifest\.json"):
        proof.verify(tmp_path / "other.zip")


def test_a_missing_and_an_extra_file_are_named(whole: Path, tmp_path: Path) -> None:
    folder = whole.with_suffix("")
    for name, act in (
        ("lineage.csv", lambda path: path.unlink()),
        ("more/notes.txt", lambda path: (path.parent.mkdir(), path.write_text("x"))),
    ):
        copy = shutil.copytree(folder, tmp_path / name[:4])
        act(copy / name)
        with pytest.raises(PackError, match=name):
            proof.verify(copy)


def test_evidence_is_never_overwritten(home: Path, whole: Path) -> None:
    with pytest.raises(PackError, match="already exists"):
        packed(home, whole, BRANCH)


def test_answers_of_another_build_are_no_evidence(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    with duckdb.connect(tmp_path / "home" / "warehouse.duckdb") as connection:
        connection.execute(
            "update marts.fct_survey_responses set answer_fingerprint = answer_fingerprint + 1"
            " where branch = 'B1'"
        )
    with pytest.raises(EvidenceError, match="no longer holds the published answers"):
        collected(tmp_path / "home", BRANCH)


def test_without_the_working_file_there_is_no_evidence(home: Path) -> None:
    figures = selection.figures(version(home), home / "ledger", 2, BRANCH)
    with pytest.raises(EvidenceError, match="it does not exist, or a refresh is writing"):
        evidence.collect(home / "nowhere.duckdb", version(home), figures)


def test_an_earlier_publication_is_proved_by_the_ledger_and_says_what_it_lacks(
    home: Path, tmp_path: Path
) -> None:
    first = versions.settled(home / "published")[0]
    figures = selection.figures(first, home / "ledger", 1, None)
    found = evidence.collect(None, first, figures)
    files = evidence.files(found, first, ledger.read(home / "ledger", 1), None)
    proved = proof.verify(pack.write(tmp_path / "first", files)[1], home / "ledger")
    assert [sentence.split(":")[0] for sentence in proved.missing] == ["the answers", "the recount"]
    assert (proved.sequence, proved.figures) == (1, len(figures.rows))
