"""What a mapping says of a file's shape: which rows, how many answers each, which ids, which files."""

from pathlib import Path

import pytest

from ingestion.files.chosen import chosen
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping, mapping_path
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.readers import open_reading
from tests.ingestion.one_file import HEADER, RESPONSES, TABLES, Rows, load


def ids(rows: Rows) -> list[str]:
    return [row["record_id"] for row in rows]


def mapped(folder: Path, text: str, name: str = "mapping.toml") -> Mapping:
    path = folder / name
    path.write_text(text)
    return read_mapping(path, RESPONSES)


def test_an_id_of_several_columns(tmp_path: Path) -> None:
    mapping = '[columns]\nresponse_id = ["store", " ticket "]\nbranch_id = "store"\n'
    rows, [reject] = load(
        tmp_path,
        "store,ticket,score,responded_at\nN, 1,9,2025-01-01\nS,1,2,2025-01-01\nS,NA,2,2025-01-01\n",
        mapping,
    )
    assert ids(rows) == ["relationship:N:1:nps", "relationship:S:1:nps"]
    assert [row["branch_id"] for row in rows] == ["N", "S"]
    assert reject["detail"] == 'column "store:ticket" (response_id) is required and has no value'


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ('["@file", "response_id"]', ["wave.1:7", "wave.1:8"]),
        ('["@file", "@row"]', ["wave.1:1", "wave.1:2"]),
        ('["response_id"]', ["7", "8"]),
        ('"@row"', ["wave.1.csv-1", "wave.1.csv-2"]),
        ('["@row"]', ["wave.1.csv-1", "wave.1.csv-2"]),
    ],
)
def test_words_that_are_parts_of_an_id(tmp_path: Path, parts: str, expected: list[str]) -> None:
    content = HEADER + "7,9,2025-01-01\n8,9,2025-01-01\n"
    rows, _ = load(tmp_path, content, f"[columns]\nresponse_id = {parts}", "wave.1.csv")
    assert [row["response_id"] for row in rows] == expected


def test_the_file_may_be_the_branch(tmp_path: Path) -> None:
    [row], _ = load(tmp_path, HEADER + "7,9,2025-01-01\n", '[columns]\nbranch_id = "@file"', "North.csv")
    assert row["branch_id"] == "North"


@pytest.mark.parametrize("name", ["answers.csv", "answers.jsonl"])
def test_a_header_that_is_mapped_is_not_also_another_column(tmp_path: Path, name: str) -> None:
    content = "survey_id,score,date,branch_id\nN1,9,2025-01-01,B1\n"
    if name.endswith("jsonl"):
        content = '{"survey_id": "N1", "score": 9, "date": "2025-01-01", "branch_id": "B1"}\n'
    mapping = (
        '[columns]\nresponse_id = "survey_id"\nresponded_at = "date"\ncomment = "branch_id"\n'
        '[defaults]\nbranch_id = "B2"\n'
    )
    [row], _ = load(tmp_path, content, mapping, name)
    assert row["record_id"] == "relationship:N1:nps"
    assert (row["comment"], row["branch_id"]) == ("B1", "B2")
    [row], _ = load(tmp_path, content, mapping.replace("[defaults]\nbranch_id", "[defaults]\nchannel"), name)
    assert row["branch_id"] is None


def test_a_part_of_an_id_of_several_columns_is_still_a_column(tmp_path: Path) -> None:
    mapping = '[columns]\nresponse_id = ["branch_id", "nr"]\n'
    [row], _ = load(tmp_path, "branch_id,nr,score,responded_at\nB1,7,9,2025-01-01\n", mapping)
    assert (row["response_id"], row["branch_id"]) == ("B1:7", "B1")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_several_scores_are_an_answer_each(tmp_path: Path, name: str) -> None:
    content = "id,s15,s16,responded_at,question_id\nA1,9,2,2025-01-01,x\nA2,,x,2025-01-01,x\n"
    if name.endswith("jsonl"):
        content = (
            '{"id": "A1", "s15": 9, "s16": 2, "responded_at": "2025-01-01"}\n'
            '{"id": "A2", "s15": "", "s16": "x", "responded_at": "2025-01-01"}\n'
        )
    mapping = '[columns]\nresponse_id = "id"\n[questions]\n2015 = "s15"\n2016 = "s16"\n'
    rows, [reject] = load(tmp_path, content, mapping, name)
    assert [(row["record_id"], row["score"], row["position"]) for row in rows] == [
        ("relationship:A1:2015", 9, 1),
        ("relationship:A1:2016", 2, 2),
        ("relationship:A2:2015", None, 3),
    ]
    assert (reject["record_id"], reject["position"]) == ("relationship:A2:2016", 2)
    assert 'column "s16" (score)' in reject["detail"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_rows_of_other_surveys_are_left_out_and_counted(tmp_path: Path, name: str) -> None:
    rows = [
        ("R1", " NPS ", "x"),
        ("R2", "csat", "x"),
        ("R3", "nps", "y"),
        ("R4", "", "x"),
        ("R5", "other", "X"),
    ]
    content = "response_id,score,responded_at,Survey,b/c\n" + "".join(
        f"{one},9,2025-01-01,{two},{three}\n" for one, two, three in rows
    )
    if name.endswith("jsonl"):
        content = "".join(
            f'{{"response_id": "{one}", "score": 9, "responded_at": "2025-01-01", '
            f'"Survey": "{two}", "b/c": "{three}"}}\n'
            for one, two, three in rows
        )
    broken = "no row\n"
    path = tmp_path / name
    text = '[rows]\nSurvey = ["Nps", "other"]\n"b/c" = "X"\n'
    loaded, rejects = load(tmp_path, content + broken, text, name)
    assert [row["response_id"] for row in loaded] == ["R1", "R5"]
    assert [row["position"] for row in loaded] == [1, 5]
    assert [reject["original_text"] for reject in rejects] == (["no row"] if name == "a.csv" else [])
    reading = open_reading(path, mapped(tmp_path, text))
    kept = sum(batch.num_rows for batch in reading.batches)
    assert kept + reading.left_out.count == 6
    assert reading.left_out.count == (3 if name == "a.csv" else 4)


def test_a_reading_without_a_filter_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER + "R1,9,2025-01-01\n")
    reading = open_reading(path, Mapping())
    assert chosen(path, reading, Mapping()) is reading


def test_lines_that_never_name_the_column_that_chooses_them_are_refused(tmp_path: Path) -> None:
    line = '{"response_id": "R1", "score": 9, "responded_at": "2025-01-01"}\n'
    with pytest.raises(FileNotUnderstoodError, match=r'no line has the column "Survy", which \[rows\] uses'):
        load(tmp_path, line, '[rows]\nSurvy = "nps"', "a.jsonl")
    load(tmp_path, line.replace("}", ', "Survy": null}'), '[rows]\nSurvy = "nps"', "a.jsonl")


def test_a_mapping_for_files_of_a_pattern(tmp_path: Path) -> None:
    for name, text in {
        "waves": 'files = ["wave-*.csv", "early.csv"]',
        "mapping": "header_row = 2",
        "wave-3": "header_row = 3",
        "stores": 'files = ["*-store.csv"]',
    }.items():
        mapped(tmp_path, text, f"{name}.toml")
    found = {
        name: mapping_path(tmp_path / f"{name}.csv")
        for name in ("wave-1", "early", "wave-3", "late", "x-store")
    }
    assert {name: path.name for name, path in found.items() if path} == {
        "wave-1": "waves.toml",
        "early": "waves.toml",
        "wave-3": "wave-3.toml",
        "late": "mapping.toml",
        "x-store": "stores.toml",
    }
    with pytest.raises(
        FileNotUnderstoodError, match=r"`files` of stores.toml and waves.toml match it; .* wave-1-store.toml"
    ):
        mapping_path(tmp_path / "wave-1-store.csv")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ('[defaults]\nresponse_id = "spring"', r'the same response_id.*response_id = "@row" there'),
        ('[columns]\nresponse_id = "@file"', r'would be the same in many rows.*\["@file", "@row"\]'),
        ('[columns]\nresponse_id = ["@sheet", "@file"]', "would be the same in many rows"),
        ('[columns]\nbranch_id = ["store", "@row"]', "only response_id can be"),
        ('[columns]\nscore = ["a", "b"]', "only an id can have several parts"),
        ("[columns]\nresponse_id = []", 'gives "response_id" no column'),
        ('[columns]\nscore = {a = "b"}', "write one text"),
        (
            '[questions]\nnps = "Q1"\n[columns]\nscore = "Q2"',
            r"both \[questions\] and \[columns\] define score",
        ),
        ('[questions]\nnps = "Q1"\n[defaults]\nquestion_id = "x"', r"\[defaults\] define question_id"),
        ('[questions]\na = "Q1"\nb = "Q1 "', 'takes two scores from "Q1"'),
        ('questions = "Q1"', "is not a section"),
        ("[rows]\nStatus = []", 'gives "Status" no values'),
        ('rows = "Status"', "is not a section"),
        ('files = "wave-*"', "such as files ="),
        ('files = ["2024/a.csv"]', "names of its folder"),
        ('sheets = "Q1"', r'sheets = "all"'),
        ('sheets = ["Q1", "Q1"]', "each once"),
        ('sheets = "all"\nsheet = "Q1"', "both sheet and sheets"),
        ('quotes = "no"', "write quotes = false"),
        ("delimiter = '\"'", "one character"),
    ],
)
def test_mappings_that_cannot_be(tmp_path: Path, mapping: str, message: str) -> None:
    with pytest.raises(FileNotUnderstoodError, match=message) as refused:
        mapped(tmp_path, mapping)
    assert "mapping.toml" in str(refused.value)


def test_no_table_has_a_constant_id_and_no_message_proposes_one(tmp_path: Path) -> None:
    for table in TABLES.values():
        path = tmp_path / "mapping.toml"
        path.write_text(f'[defaults]\n{table.own_id} = "x"')
        with pytest.raises(FileNotUnderstoodError, match=f'{table.own_id} = "@row" there'):
            read_mapping(path, table)
        path.unlink()
        with pytest.raises(FileNotUnderstoodError, match=f'{table.own_id} = "@row" makes an id') as refused:
            load(tmp_path, "a,b\n1,2\n", table=table)
        constants = str(refused.value).partition("constant for ")[2].partition(" under")[0]
        assert table.own_id not in constants.split(", ")


def test_scores_are_of_answers_only(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('[questions]\nnps = "Q1"')
    with pytest.raises(FileNotUnderstoodError, match="crm/accounts has no scores"):
        read_mapping(path, TABLES["crm_accounts"])


def test_a_column_that_the_mapping_uses_for_another_is_missing(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotUnderstoodError, match=r'"score" is missing \(the mapping uses "score" for something'
    ):
        load(tmp_path, HEADER, '[columns]\nresponse_id = "score"')
