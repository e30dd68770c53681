"""Which loads are read again: those that no guard has seen, of files that are still what was loaded."""

import shutil
from pathlib import Path

import duckdb
import pytest

from expectations.rereading import Reread, reread
from expectations.rereading.file_loads import unseen
from ingestion.load import load_source

ANSWERS = "id,score,responded_at\n" + "".join(f"R{at},{at % 11},2024-03-01T00:00:00Z\n" for at in range(40))
MAPPING = '[columns]\nresponse_id = "id"\n'


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose inbox has two files of answers and one of branches, loaded."""
    home = tmp_path_factory.mktemp("home")
    answers, branches = home / "inbox" / "surveys" / "responses", home / "inbox" / "crm" / "branches"
    answers.mkdir(parents=True)
    branches.mkdir(parents=True)
    (answers / "one.csv").write_text(ANSWERS)
    (answers / "one.toml").write_text(MAPPING)
    (answers / "two.csv").write_text("response_id,score,responded_at\nS1,ten,2024-03-01\nS2,9,2024-03-01\n")
    (branches / "all.csv").write_text("branch_id,name\nB1,North\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NPS_HOME", str(home))
        load_source("files")
    return home


@pytest.fixture
def home(loaded: Path, tmp_path: Path) -> Path:
    shutil.copytree(loaded / "inbox", tmp_path / "inbox")
    shutil.copy(loaded / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    return tmp_path


def again(home: Path, seen_through: dict[str, str] | None = None, large: int = 1000) -> Reread:
    return reread(home / "warehouse.duckdb", home / "inbox", seen_through or {}, large=large)


def told(found: Reread) -> list[str]:
    return [str(each) for differences in found.differences.values() for each in differences]


def test_each_load_is_read_again_once(home: Path) -> None:
    first = again(home)
    assert told(first) == []
    assert (first.files, first.rows) == (3, 43)
    second = again(home, first.seen_through)
    assert (second.files, second.rows, second.seen_through) == (0, 0, first.seen_through)


def test_a_mapping_of_the_company_folder_is_read_by_both_hands(
    loaded: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox, company = home / "inbox" / "surveys" / "responses", tmp_path / "company"
    mappings = company / "mappings" / "surveys" / "responses"
    mappings.mkdir(parents=True)
    (inbox / "one.toml").rename(mappings / "one.toml")
    (mappings / "three.toml").write_text('[columns]\nscore = "note"\n')
    (inbox / "three.csv").write_text("response_id,note,responded_at\nT1,7,2024-03-01\n")
    shutil.copytree(loaded / "dlt", home / "dlt")
    monkeypatch.setenv("NPS_HOME", str(home))
    monkeypatch.setenv("NPS_COMPANY", str(company))
    load_source("files")
    assert told(again(home)) == []
    with duckdb.connect(home / "warehouse.duckdb", read_only=True) as raw:
        read = "select file_name, landed from raw_files.intake where _dlt_load_id > (select min(_dlt_load_id)"
        assert raw.execute(f"{read} from raw_files.intake)").fetchall() == [("three.csv", 1)]


def test_a_source_that_is_turned_off_is_read_again_once_it_is_on(home: Path) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as raw:
        raw.execute("update raw_files.surveys_responses set score = 3 where response_id = 'S2'")
    off = reread(home / "warehouse.duckdb", home / "inbox", {}, sources=["stripe"])
    assert (off.rows, told(off), off.seen_through) == (0, [], {})
    on = reread(home / "warehouse.duckdb", home / "inbox", off.seen_through, sources=["stripe", "files"])
    assert told(on) == ["two.csv, row 2, column score: loaded 3.0, read again 9.0"]


def test_of_many_rows_a_share_is_read(home: Path) -> None:
    sampled = again(home, large=20)
    assert sampled.files == 3
    assert 5 < sampled.rows < 35
    assert told(sampled) == []


def test_a_difference_names_its_table(home: Path) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as raw:
        raw.execute("update raw_files.surveys_responses set score = 3 where response_id = 'S2'")
    found = again(home)
    assert told(found) == ["two.csv, row 2, column score: loaded 3.0, read again 9.0"]
    assert [str(each) for each in found.differences["files", "surveys_responses"]] == told(found)


def test_a_file_that_is_gone_or_has_changed_is_no_proof(home: Path) -> None:
    folder = home / "inbox" / "surveys" / "responses"
    (folder / "two.csv").unlink()
    (folder / "one.toml").write_text(MAPPING + "# as before\n")
    first, second = told(again(home))
    assert "one.csv: loaded 40 records, read again another file: it or its mapping has changed" in first
    assert "two.csv: loaded 2 records, read again nothing: the file is gone; put it back" in second


def test_only_the_latest_reading_of_a_file_is_read_again(home: Path) -> None:
    with duckdb.connect(home / "warehouse.duckdb") as raw:
        [[load_id]] = raw.execute("select distinct _dlt_load_id from raw_files.intake").fetchall()
        raw.execute(
            "insert into raw_files.intake select * replace ('9' as _dlt_load_id, 7 as received)"
            " from raw_files.intake where file_name = 'one.csv'"
        )
        assert {load.load_id for load in unseen(raw, "")} == {load_id}, "a load that never ended"
        raw.execute(
            "insert into raw_files._dlt_loads select * replace ('9' as load_id) from raw_files._dlt_loads"
        )
        assert {(load.file, load.load_id) for load in unseen(raw, load_id)} == {("one.csv", "9")}
        assert len(unseen(raw, "")) == 3


#: What somebody could put in the place of a token → where the second hand sees it.
UNHIDDEN = {
    "comment = 'So kind'": "column comment",
    "respondent_email = 'p1@x.example'": "column respondent_email",
    "comment = 't:' || repeat('0', 32)": "column comment",
    "payload = replace(payload, json_extract_string(payload, '$.comment'), 'x')": "column payload",
}


def test_what_is_hidden_is_read_again_as_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard knows the token key: another token, or the text itself, is a difference."""
    home = tmp_path / "home"
    answers = home / "inbox" / "surveys" / "responses"
    answers.mkdir(parents=True)
    (answers / "a.csv").write_text(
        "response_id,score,responded_at,comment,respondent_email,note\n"
        "R1,9,2024-03-01,So kind,P1@x.example,she will call us again\n"
        "R2,9,2024-03-01,N/A,,\n"
    )
    (answers / "b.jsonl").write_text(
        '{"response_id": "L1", "score": 7, "responded_at": "2024-03-01", "comment": "Slow \\u00fc",'
        ' "more": {"said": ["I will not come again"]}}\n'
    )
    monkeypatch.setenv("NPS_HOME", str(home))
    load_source("files")
    assert told(again(home)) == []
    loaded = home / "warehouse.duckdb"
    with duckdb.connect(loaded, read_only=True) as raw:
        payloads = str(raw.execute("select payload from raw_files.surveys_responses").fetchall())
    assert not [text for text in ("kind", "P1@", "call", "Slow", "come again") if text in payloads]
    for change, place in UNHIDDEN.items():
        shutil.copy(loaded, tmp_path / "changed.duckdb")
        with duckdb.connect(tmp_path / "changed.duckdb") as raw:
            raw.execute(f"update raw_files.surveys_responses set {change} where response_id = 'R1'")
        [difference] = told(reread(tmp_path / "changed.duckdb", home / "inbox", {}))
        assert place in difference
