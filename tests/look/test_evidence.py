"""What is found by evidence, what is unsure, and what has to be settled before a file is accepted."""

import io
from pathlib import Path

import openpyxl
import pytest

from look.proposing import Said
from look.scale import number_in_words
from look.vocabulary import place
from tests.ingestion.one_file import sheet_bytes
from tests.look.looks import counts, look_into, said_of, sure

QUESTIONS = {
    "English": "How likely is it that you would recommend us to a friend or colleague?",
    "German": "Wie wahrscheinlich ist es, dass Sie uns einem Freund oder Kollegen weiterempfehlen?",
    "French": "Quelle est la probabilité que vous nous recommandiez à un ami ou un collègue ?",
    "Dutch": "Hoe waarschijnlijk is het dat u ons zou aanbevelen aan een vriend of collega?",
    "Spanish": "¿Qué probabilidad hay de que nos recomiende a un amigo o colega?",
    "Portuguese": "Qual é a probabilidade de nos recomendar a um amigo ou colega?",
    "Italian": "Con quale probabilità ci consiglierebbe a un amico o collega?",
    "Swedish": "Hur sannolikt är det att du skulle rekommendera oss till en vän eller kollega?",
    "Danish": "Hvor sandsynligt er det, at du vil anbefale os til en ven eller kollega?",
    "Polish": "Jak bardzo prawdopodobne jest, że polecisz nas znajomemu lub współpracownikowi?",
}
LEGACY_ENCODINGS = {
    "Polish": ("cp1250", "iso8859-2"),
    "German": ("cp1252", "cp850", "mac_roman"),
    "French": ("cp1252",),
}
SENTENCES = {
    "Polish": "Zażółć gęślą jaźń, proszę o szybszą obsługę",
    "German": "Schöne Grüße, die Straße war gesperrt, für Ältere zu weit",
    "French": "Très déçu du délai, l'accueil était très agréable où ça compte",
}
SCALE = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


def rows(*days: str, header: str = "response_id,nps,date") -> str:
    return header + "\n" + "".join(f"R{at}x,{SCALE[at % 11]},{day}\n" for at, day in enumerate(days))


@pytest.mark.parametrize("language", QUESTIONS)
def test_the_question_is_known_in_ten_languages(language: str, tmp_path: Path) -> None:
    look = look_into(
        tmp_path, f'"{QUESTIONS[language]}";q2;date\n' + "".join(f"{s};5;2025-03-13\n" for s in SCALE)
    )
    assert look.proposal.columns["score"] == QUESTIONS[language]
    assert sure(look, "score")


@pytest.mark.parametrize(
    "header",
    [
        "CSAT score",
        "How satisfied are you?",
        "Wie zufrieden sind Sie?",
        "Customer effort",
        "NPS Group",
        "age",
        "Q7",
    ],
)
def test_what_is_no_likelihood_to_recommend_is_not_taken_for_one(header: str) -> None:
    assert place("score", "question", header) is None


@pytest.mark.parametrize(
    ("days", "order", "is_sure"),
    [
        (["13/02/2025", "01/02/2025"], "dmy", True),
        (["02/13/2025", "01/02/2025"], "mdy", True),
        (["2025-02-13", "2025-02-01"], None, True),
        (["13.02.2025 09:00", "01.02.2025 10:00"], "dmy", True),
        (["01/02/2025", "03/04/2025"], "dmy", False),
    ],
)
def test_the_order_of_dates_is_found_by_days_above_twelve(
    days: list[str], order: str | None, is_sure: bool, tmp_path: Path
) -> None:
    look = look_into(tmp_path, rows(*days))
    assert look.proposal.settings.get("date_order") == order
    assert sure(look, "date order") == is_sure
    assert bool(look.findings.blocking) != is_sure


def test_a_person_settles_the_order(tmp_path: Path) -> None:
    look = look_into(tmp_path, rows("01/02/2025", "03/04/2025"), said=Said(date_order="mdy"))
    assert not look.findings.blocking
    assert look.judgement is not None
    assert [row["responded_at"].month for row in look.judgement.first] == [1, 3]


def test_dates_of_both_orders_block(tmp_path: Path) -> None:
    look = look_into(tmp_path, rows("13/02/2025", "02/13/2025", "14/02/2025", "02/14/2025"))
    assert "some dates can only be day first" in said_of(look, "date order")
    assert look.findings.blocking


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (["12. Januar 2025"] * 3, "month names in another language"),
        (["1741704000"] * 3, "seconds since 1970"),
        (["45727"] * 3, "day numbers"),
        (["soon", "later", "never"], "no column holds dates"),
    ],
)
def test_why_there_are_no_dates(days: list[str], said: str, tmp_path: Path) -> None:
    look = look_into(tmp_path, rows(*days))
    assert said in said_of(look, "date")
    assert look.findings.blocking
    assert look.judgement is None


@pytest.mark.parametrize(
    ("header", "day", "zone", "is_sure"),
    [
        ("date (UTC)", "2025-03-13 10:00", None, True),
        ("date (Europe/Paris)", "2025-03-13 10:00", "Europe/Paris", True),
        ("date", "2025-03-13T10:00:00+02:00", None, True),
        ("date", "2025-03-13 10:00", None, False),
        ("date", "2025-03-13 10:00 CET", None, False),
    ],
)
def test_a_zone_is_found_where_it_is_written(
    header: str, day: str, zone: str | None, is_sure: bool, tmp_path: Path
) -> None:
    look = look_into(tmp_path, rows(day, day, header=f"response_id,nps,{header}"))
    assert look.proposal.settings.get("timezone") == zone
    assert sure(look, "zone") == is_sure


@pytest.mark.parametrize(
    ("language", "encoding"), [(language, one) for language, all_ in LEGACY_ENCODINGS.items() for one in all_]
)
def test_an_encoding_is_found_by_the_letters_it_gives(language: str, encoding: str, tmp_path: Path) -> None:
    days = [f'2025-03-13,"{SENTENCES[language]} {at}"' for at in range(20)]
    look = look_into(tmp_path, rows(*days, header="response_id,nps,date,comment").encode(encoding))
    assert look.judgement is not None
    assert look.judgement.first[0]["comment"] == f"{SENTENCES[language]} 0"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("10 - Extremely likely", 10), ("0 (Not at all likely)", 0), ("9/10", 9), ("Très probable - 10", 10),
        ("Extremely likely", 10), ("Überhaupt nicht wahrscheinlich", 0), ("Nada probable", 0),
        ("7 = okay", 7),
        ("11 - more", None), ("1-2 times", None), ("maybe", None), ("Promoter", None),
    ],
)  # fmt: skip
def test_answers_in_words(text: str, number: int | None) -> None:
    assert number_in_words(text) == number


def test_words_become_lines_of_the_mapping(tmp_path: Path) -> None:
    words = {10: "10 - Äußerst wahrscheinlich", 0: "0 - Gar nicht"}
    lines = [f"R{at}x,{words.get(score, score)},2025-03-13" for at, score in enumerate(SCALE)]
    look = look_into(tmp_path, "\n".join(["response_id,nps,date", *lines, "R99x,keine Angabe,2025-03-13"]))
    assert look.proposal.sections["scores"] == {"10 - Äußerst wahrscheinlich": 10, "0 - Gar nicht": 0}
    assert counts(look) == (2, 2, 7)
    assert look.judgement is not None
    assert {reason: count for reason, (count, _) in look.judgement.excluded.items()} == {"unanswered": 1}


def test_two_columns_that_both_ask_have_to_be_told_apart(tmp_path: Path) -> None:
    text = "id,NPS shop,Likelihood to recommend our app,date\n" + "".join(
        f"R{s}x,{s},{10 - s},2025-03-13\n" for s in SCALE
    )
    assert "several columns" in said_of(look_into(tmp_path, text), "score")
    said = Said(columns={"score": "NPS shop"})
    look = look_into(tmp_path, text, said=said)
    assert not look.findings.blocking
    assert counts(look) == (2, 2, 7)


def test_a_scale_of_five_is_no_nps(tmp_path: Path) -> None:
    look = look_into(
        tmp_path, "id,rating,date\n" + "".join(f"R{at}x,{at % 5 + 1},2025-03-13\n" for at in range(60))
    )
    assert "not a scale from 0 to 10" in said_of(look, "score")
    assert look.findings.blocking


def test_a_scale_without_a_zero_is_doubted(tmp_path: Path) -> None:
    look = look_into(
        tmp_path, "id,nps,date\n" + "".join(f"R{at}x,{at % 10 + 1},2025-03-13\n" for at in range(400))
    )
    assert "1 to 10?" in said_of(look, "score")


@pytest.mark.parametrize(
    ("ids", "found", "said"),
    [
        (["Rb", "Rc", "Ra", "Rx"], "id", "unique in all 4 rows"),
        (["1", "2", "3", "4"], ["@file", "id"], "counts from 1"),
        (["70001", "70204", "71003", "79004"], "id", "unique in all"),
        (["S1", "S1", "S1", "S2"], "@row", "not unique: 2 of 4"),
        (["1.18452E+11", "1.18453E+11", "1.18452E+11", "1.2E+11"], "@row", "rounded by a spreadsheet"),
        (["Ra", "", "Rb", "Rc"], "@row", "empty in 1 of 4"),
    ],
)
def test_ids(ids: list[str], found: str | list[str], said: str, tmp_path: Path) -> None:
    look = look_into(tmp_path, "id,nps,date\n" + "".join(f"{one},9,2025-03-13\n" for one in ids))
    assert look.proposal.columns["response_id"] == found
    assert said in said_of(look, "id")
    assert counts(look) == (4, 0, 0)


def test_two_columns_identify_together(tmp_path: Path) -> None:
    lines = "".join(f"S{at // 4},{1000 + at % 4},9,2025-03-13\n" for at in range(20))
    look = look_into(tmp_path, "store,ticket,nps,date\n" + lines)
    assert look.proposal.columns["response_id"] == ["store", "ticket"]
    assert look.proposal.columns["branch_id"] == "store"
    assert counts(look) == (20, 0, 0)


def test_columns_of_other_kinds_are_taken_by_name_and_content(tmp_path: Path) -> None:
    look = look_into(
        tmp_path,
        "id,nps,date,E-Mail,Kundennummer,Filiale,Einladung,Kanal,Kommentar\n"
        "Ra,9,2025-03-13,a@x.example,K1,F1,E1,web,gut\nRb,2,2025-03-13,b@x.example,K2,F1,E2,web,schlecht\n",
    )
    assert look.proposal.columns == {
        "response_id": "id", "score": "nps", "responded_at": "date", "respondent_email": "E-Mail",
        "account_id": "Kundennummer",
        "branch_id": "Filiale", "invitation_id": "Einladung", "channel": "Kanal", "comment": "Kommentar",
    }  # fmt: skip


def test_a_column_of_addresses_without_addresses_is_not_taken(tmp_path: Path) -> None:
    look = look_into(tmp_path, "id,nps,date,email\nRa,9,2025-03-13,anonymous\nRb,2,2025-03-13,anonymous\n")
    assert "respondent_email" not in look.proposal.columns
    assert not sure(look, "e-mail")


def test_the_sheet_with_answers_is_found(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheet_bytes(["Report of March"])))
    answers = book.create_sheet("Answers")
    for row in (["NPS report"], [], ["id", "nps", "date"], *([f"R{s}x", s, "2025-03-13"] for s in SCALE)):
        answers.append(row)
    book.create_sheet("Secret", 0).append(["id", "nps"])
    book["Secret"].sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    look = look_into(tmp_path, buffer.getvalue(), "report.xlsx")
    assert look.proposal.settings == {"sheet": "Answers", "header_row": 3}
    assert counts(look) == (2, 2, 7)


def test_sheets_under_the_same_header_are_taken_together(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for quarter in ("Q1", "Q2"):
        sheet = book.create_sheet(quarter)
        for row in (["id", "nps", "date"], *([f"{quarter}-{s}", s, "2025-03-13"] for s in SCALE)):
            sheet.append(row)
    del book["Sheet"]
    buffer = io.BytesIO()
    book.save(buffer)
    look = look_into(tmp_path, buffer.getvalue(), "report.xlsx")
    assert look.proposal.settings == {"sheets": ["Q1", "Q2"]}
    assert counts(look) == (4, 4, 14)
