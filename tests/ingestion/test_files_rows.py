"""What becomes of the rows of a CSV: typed, or quarantined with reason and original text."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.ingestion.one_file import HEADER, TABLES, load


def test_a_row_is_typed_and_kept_as_it_came(tmp_path: Path) -> None:
    [row], rejects = load(tmp_path, HEADER + "R1, 9 ,2024-03-01T10:00:00+02:00\n")
    assert rejects == []
    assert row["record_id"] == "relationship:R1:nps"
    assert row["payload"] == '{"response_id":"R1","score":" 9 ","responded_at":"2024-03-01T10:00:00+02:00"}'
    assert (row["score"], row["responded_at"]) == (9.0, datetime(2024, 3, 1, 8, tzinfo=UTC))
    assert (row["version_id"], row["version_at"]) == (row["content_hash"], None)
    assert (row["position"], row["file_name"]) == (1, "answers.csv")


@pytest.mark.parametrize("text", ["6.5", "42", "-1", "1e1"])
def test_numbers_off_the_scale_land_in_raw(tmp_path: Path, text: str) -> None:
    [row], rejects = load(tmp_path, HEADER + f"R1,{text},2024-03-01\n")
    assert (row["score"], rejects) == (float(text), [])


@pytest.mark.parametrize("text", ["", "NA", "N/A", "NULL", "null", "-", " NA "])
def test_null_tokens_are_an_unanswered_score(tmp_path: Path, text: str) -> None:
    [row], rejects = load(tmp_path, HEADER + f"R1,{text},2024-03-01\n")
    assert (row["score"], rejects) == (None, [])
    assert json.loads(row["payload"])["score"] == text


def test_words_count_as_the_mapping_says_and_not_otherwise(tmp_path: Path) -> None:
    answers = ["Extremely likely - 10", " Not at all likely - 0", "9", "NA", "likely"]
    content = HEADER + "".join(f"R{at},{text},2024-03-01\n" for at, text in enumerate(answers))
    words = '[scores]\n"Extremely likely - 10 " = 10\n"Not at all likely - 0" = 0\n'
    rows, [reject] = load(tmp_path, content, words)
    assert [row["score"] for row in rows] == [10, 0, 9, None]
    assert json.loads(rows[0]["payload"])["score"] == "Extremely likely - 10"
    assert json.loads(reject["original_text"])["score"] == "likely"


@pytest.mark.parametrize("text", ["ten", "nan", "inf", "1e999", "1_0", "9,5x", "0x9", "9 9"])
def test_a_score_that_is_no_number_is_quarantined(tmp_path: Path, text: str) -> None:
    rows, [reject] = load(tmp_path, HEADER + f'R0,1,2024-03-01\nR1,"{text}",2024-03-01\n')
    assert len(rows) == 1
    assert (reject["reason"], reject["position"], reject["origin"]) == ("wrong_type", 2, "answers.csv")
    assert reject["detail"].startswith(f'column "score": "{text}" is not a number; map it under')
    assert json.loads(reject["original_text"])["score"] == text
    assert reject["record_id"] == "relationship:R1:nps"


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-30",
        "epoch",
        "infinity",
        "1709287200",
        "2024-03-01 13:30 PM",
        "2024-01-01 25:00",
        "9999-01-01",
    ],
)
def test_a_moment_that_is_none_is_quarantined(tmp_path: Path, text: str) -> None:
    rows, [reject] = load(tmp_path, HEADER + f"R1,9,{text}\n")
    assert (rows, reject["reason"]) == ([], "bad_timestamp")
    assert text in reject["detail"]


@pytest.mark.parametrize(
    ("text", "mapping", "expected"),
    [
        ("2024-03-01", "", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024-03-01 10:30", "", datetime(2024, 3, 1, 10, 30, tzinfo=UTC)),
        ("2024-03-01T10:30Z", "", datetime(2024, 3, 1, 10, 30, tzinfo=UTC)),
        ("2024-03-01T10:30+02", "", datetime(2024, 3, 1, 8, 30, tzinfo=UTC)),
        ("2024-03-01T10:30:15.25 +0200", "", datetime(2024, 3, 1, 8, 30, 15, 250000, tzinfo=UTC)),
        ("01/03/2024 10:30", 'date_order = "dmy"', datetime(2024, 3, 1, 10, 30, tzinfo=UTC)),
        ("1.3.2024", 'date_order = "dmy"', datetime(2024, 3, 1, tzinfo=UTC)),
        ("03-01-2024 10:30:00", 'date_order = "mdy"', datetime(2024, 3, 1, 10, 30, tzinfo=UTC)),
        ("2024/03/01 12:30:15 AM", "", datetime(2024, 3, 1, 0, 30, 15, tzinfo=UTC)),
        ("3/1/2024 2:30 PM", 'date_order = "mdy"', datetime(2024, 3, 1, 14, 30, tzinfo=UTC)),
        ("2024-07-01 2:30 pm", 'timezone = "Europe/Paris"', datetime(2024, 7, 1, 12, 30, tzinfo=UTC)),
        ("2024-07-01 10:00", 'timezone = "Europe/Paris"', datetime(2024, 7, 1, 8, tzinfo=UTC)),
        ("2024-01-01 10:00", 'timezone = "Europe/Paris"', datetime(2024, 1, 1, 9, tzinfo=UTC)),
        ("2024-07-01 10:00Z", 'timezone = "Europe/Paris"', datetime(2024, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_moments_follow_the_mapping(tmp_path: Path, text: str, mapping: str, expected: datetime) -> None:
    [row], _ = load(tmp_path, HEADER + f"R1,9,{text}\n", mapping)
    assert row["responded_at"] == expected


def test_a_spreadsheets_day_number_is_called_by_its_name(tmp_path: Path) -> None:
    _, [reject] = load(tmp_path, HEADER + "R1,9,45356.5\n")
    assert reject["detail"].endswith(
        "(iso); if it is a spreadsheet's day number, format the column as a date"
    )


def test_dates_amounts_and_booleans(tmp_path: Path) -> None:
    [row], _ = load(
        tmp_path,
        "branch_id;name;opened_on;closed_on\nB1;North;02/01/2020;NA\n",
        'delimiter = ";"\ndate_order = "dmy"',
        table=TABLES["crm_branches"],
    )
    assert (row["opened_on"], row["closed_on"]) == (date(2020, 1, 2), None)
    rows, rejects = load(
        tmp_path,
        "subscription_id;account_id;status;started_at;mrr_amount;currency;updated_at\n"
        + "".join(
            f"S{at};A;active;2020-01-01;{text};EUR;2024-01-01\n" for at, text in enumerate(["12,5", "1.234"])
        ),
        'delimiter = ";"\ndecimal = ","',
        table=TABLES["billing_subscriptions"],
    )
    assert [row["mrr_amount"] for row in rows] == [Decimal("12.5000")]
    assert rows[0]["version_at"] == datetime(2024, 1, 1, tzinfo=UTC)
    assert [reject["reason"] for reject in rejects] == ["wrong_type"]
    flags = ["true", "No", "1", "maybe"]
    rows, rejects = load(
        tmp_path,
        "account_id;updated_at;is_deleted\n" + "".join(f"{flag};2024-01-01;{flag}\n" for flag in flags),
        table=TABLES["crm_accounts"],
    )
    assert [row["is_deleted"] for row in rows] == [True, False, True]
    assert [reject["record_id"] for reject in rejects] == ["maybe"]


def test_the_kinds_of_movements(tmp_path: Path) -> None:
    kinds = ["New", "churn", "", "upsell", "Neugeschäft"]
    rows, rejects = load(
        tmp_path,
        "movement_id,account_id,moved_at,kind,mrr_amount,currency\n"
        + "".join(f"M{at},A,2025-01-01,{kind},-12.5,EUR\n" for at, kind in enumerate(kinds)),
        '[statuses]\n"Neugeschäft" = "new"\n',
        table=TABLES["billing_movements"],
    )
    assert [row["kind"] for row in rows] == ["New", "churn", None, "new"]
    assert rows[0]["moved_at"] == datetime(2025, 1, 1, tzinfo=UTC)
    assert [(reject["reason"], reject["detail"]) for reject in rejects] == [
        (
            "unknown_status",
            'column "kind": "upsell" is not a known kind; map it under [statuses] to a known word, such as'
            ' "expansion" or "churn"',
        )
    ]


def test_what_is_told_of_a_row_is_its_first_problem(tmp_path: Path) -> None:
    _, rejects = load(
        tmp_path,
        "movement_id,account_id,moved_at,kind,mrr_amount,currency\nM1,A,soon,upsell,1,EUR\n"
        "M2,A,2025-01-01,upsell,,EUR\n",
        table=TABLES["billing_movements"],
    )
    reasons = [reject["reason"] for reject in rejects]
    told = [reject["detail"].partition(":")[0].partition(" is ")[0] for reject in rejects]
    assert list(zip(reasons, told, strict=True)) == [
        ("bad_timestamp", 'column "moved_at"'),
        ("missing_required", 'column "mrr_amount"'),
    ]


def test_a_required_value_that_is_missing(tmp_path: Path) -> None:
    rows, rejects = load(tmp_path, HEADER + ",9,2024-03-01\nR2,9,NA\n")
    assert rows == []
    assert [reject["reason"] for reject in rejects] == ["missing_required"] * 2
    assert rejects[1]["detail"] == 'column "responded_at" is required and has no value'


def test_rows_of_another_shape_keep_their_number_and_text(tmp_path: Path) -> None:
    good = '"R{}","7","2024-03-01"\n'
    text = HEADER + good.format(1) + "a,b\n\n" + good.format("2\n2") + "x,1,2024-03-01,d\n" + good.format(5)
    rows, rejects = load(tmp_path, text)
    assert [(row["response_id"], row["position"]) for row in rows] == [("R1", 1), ("R2\n2", 3), ("R5", 5)]
    assert [(reject["position"], reject["original_text"]) for reject in rejects] == [
        (2, "a,b"),
        (4, "x,1,2024-03-01,d"),
    ]
    assert {reject["reason"] for reject in rejects} == {"bad_row_shape"}


@pytest.mark.parametrize(
    ("header_end", "row_end", "odd"),
    [(",", ",", "R2,8,2024-03-02"), (",", "", "R2,8,2024-03-02,"), ("", ",", "R2,8,2024-03-02")],
)
def test_a_delimiter_at_the_end_is_no_column(tmp_path: Path, header_end: str, row_end: str, odd: str) -> None:
    header = HEADER.replace("\n", f"{header_end}\n")
    regular = "".join(f"A{at},9,2024-03-01{row_end}\n" for at in range(150))
    rows, [reject] = load(tmp_path, "Answers\n" + header + regular + odd + "\n", "header_row = 2")
    assert [row["position"] for row in rows] == list(range(1, 151))
    assert {row["score"] for row in rows} == {9}
    assert (reject["reason"], reject["position"], reject["original_text"]) == ("bad_row_shape", 151, odd)


def test_an_odd_first_row_makes_no_column(tmp_path: Path) -> None:
    rows, [reject] = load(tmp_path, HEADER + "R1,9,2024-03-01,\nR2,8,2024-03-02\n")
    assert [row["response_id"] for row in rows] == ["R2"]
    assert reject["position"] == 1


def test_blanks_around_a_header_do_not_matter_in_the_mapping_either(tmp_path: Path) -> None:
    mapping = '[columns]\nscore = " Would you recommend us? "\n'
    [row], _ = load(tmp_path, "response_id,Would you recommend us? ,responded_at\nR1,9,2024-03-01\n", mapping)
    assert row["score"] == 9


def test_row_numbers_hold_over_many_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingestion.files.delimited.BLOCK_BYTES", 200)
    lines = [f"R{at},7,2024-03-01" if at % 7 else f"R{at},7" for at in range(1, 400)]
    rows, rejects = load(tmp_path, HEADER + "\n".join(lines))
    assert all(row["response_id"] == f"R{row['position']}" for row in rows)
    assert [reject["position"] for reject in rejects] == list(range(7, 400, 7))


def test_bytes_that_are_no_text_are_quarantined_as_they_were(tmp_path: Path) -> None:
    head = b"response_id,score,responded_at,comment\n"
    content = head + b"R1,9,2024-03-01,ok\nR2,9,2024-03-01,d\xe9j\xe0\nR3,9,\xff\nR4,9,2024-03-01,\xc3\xa9\n"
    rows, rejects = load(tmp_path, content)
    assert [row["comment"] for row in rows] == ["ok", "é"]
    assert [reject["reason"] for reject in rejects] == ["undecodable", "undecodable"]
    assert json.loads(rejects[0]["original_text"])["comment"] == r"d\xe9j\xe0"
    assert rejects[1]["original_text"] == r"R3,9,\xff"
    assert 'column "comment"' in rejects[0]["detail"]
    _, [reject] = load(tmp_path, head + b"R1,9,2024-03-01,\x81\n", 'encoding = "cp1252"')
    assert json.loads(reject["original_text"])["comment"] == r"\x81"


def test_the_rows_number_as_id(tmp_path: Path) -> None:
    rows, _ = load(
        tmp_path,
        "score,responded_at\n9,2024-03-01\n9,2024-03-01\n",
        '[columns]\nresponse_id = "@row"',
        "jan.csv",
    )
    assert [row["response_id"] for row in rows] == ["jan.csv-1", "jan.csv-2"]


def test_rows_alike_are_one_version_and_the_later_place_counts(tmp_path: Path) -> None:
    rows, _ = load(tmp_path, HEADER + "R1,9,2024-03-01\nR1,3,2024-03-01\nR1,9,2024-03-01\n")
    assert [(row["score"], row["position"]) for row in rows] == [(3.0, 2), (9.0, 3)]


def test_row_numbers_count_from_a_header_further_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.files.delimited.BLOCK_BYTES", 200)
    title = 'Our survey\n"of, course"\n'
    lines = [f"R{at},7,2024-03-01" if at % 7 else f"R{at},7" for at in range(1, 100)]
    rows, rejects = load(tmp_path, title + HEADER + "\n".join(lines), "header_row = 3")
    assert all(row["response_id"] == f"R{row['position']}" for row in rows)
    assert [(each["position"], each["original_text"]) for each in rejects] == [
        (at, f"R{at},7") for at in range(7, 100, 7)
    ]


def test_files_that_differ_in_their_suffix_share_no_ids(tmp_path: Path) -> None:
    mapping = '[columns]\nresponse_id = "@row"'
    [first], _ = load(tmp_path, "score,responded_at\n9,2024-03-01\n", mapping, "jan.csv")
    [second], _ = load(tmp_path, '{"score": 1, "responded_at": "2024-03-01"}', mapping, "jan.jsonl")
    assert (first["response_id"], second["response_id"]) == ("jan.csv-1", "jan.jsonl-1")


ERASURES = TABLES["surveys_erasures"]


@pytest.mark.parametrize("named", ["R1,,", ",C1,", ",,a@b.example"])
def test_a_request_to_erase_names_a_response_a_contact_or_an_address(tmp_path: Path, named: str) -> None:
    header = "erasure_id,requested_at,response_id,contact_id,email\n"
    [row], rejects = load(tmp_path, header + f"E1,2025-06-01,{named}\n", table=ERASURES)
    assert rejects == []
    assert [row["response_id"], row["contact_id"], row["email"]] == [
        part or None for part in named.split(",")
    ]
    assert (row["record_id"], row["source"]) == ("E1", None)


@pytest.mark.parametrize(
    "content",
    [
        "erasure_id,requested_at,response_id,contact_id,email\nE1,2025-06-01,, NA ,\n",
        "erasure_id,requested_at,source\nE1,2025-06-01,files\n",
        "erasure_id,requested_at,email\nE1,2025-06-01,\n",
    ],
)
def test_a_request_to_erase_nobody_is_quarantined(tmp_path: Path, content: str) -> None:
    rows, [reject] = load(tmp_path, content, table=ERASURES)
    assert rows == []
    assert (reject["reason"], reject["record_id"]) == ("missing_required", "E1")
    assert reject["detail"] == (
        'none of the columns "response_id", "contact_id", "email", "person_id" has a value, and one of them '
        "is required"
    )


def test_a_request_to_erase_nobody_in_json_lines_is_quarantined(tmp_path: Path) -> None:
    lines = (
        '{"erasure_id": "E1", "requested_at": "2025-06-01"}\n'
        '{"erasure_id": "E2", "requested_at": "2025-06-01", "email": "a@b.example"}\n'
    )
    [row], [reject] = load(tmp_path, lines, name="erasures.jsonl", table=ERASURES)
    assert (row["record_id"], reject["record_id"]) == ("E2", "E1")
