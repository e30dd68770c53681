"""An export, read back by another program, holds what is published: every cell, and nothing that is not."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyreadstat
import pytest
from openpyxl.utils.escape import unescape

from company.tables import SURVEY_TYPES
from publication import figure, reader
from serving import csv_files, excel, export, spss
from serving.chosen import Chosen, Question, choose
from serving.errors import ExportError
from tests.serving.conftest import HOSTILE

Rows = list[dict[str, Any]]
QUESTIONS = (
    Question("branch"),
    Question("branch", "month", last=2),
    Question("plan", "all_time", "relationship"),
    Question("company", measure="current_state"),
)


def as_published(published: Path, question: Question) -> Rows:
    """The rows of the published table, asked by hand."""
    with reader.open_current(published) as connection:
        newest = question.last or 1_000
        asked = connection.execute(
            "select * from nps_scores where segment = $1 and period_grain = $2 and measure = $3"
            " and period_end in (select distinct period_end from nps_scores where period_grain = $2"
            " and segment = $1 and measure = $3 order by 1 desc limit $4)"
            f" order by survey_type, period_end, {'branch_name' if question.by == 'branch' else 'plan'}",
            [question.by, question.period, question.measure, newest],
        )
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]


def sheet(book: Path, title: str) -> Rows:
    [names, *rows] = openpyxl.load_workbook(book)[title].iter_rows()
    return [{str(name.value): _plain(cell) for name, cell in zip(names, row, strict=True)} for row in rows]


def _plain(cell: Any) -> Any:
    assert cell.data_type != "f", f"{cell.coordinate} would be calculated: {cell.value}"
    if isinstance(cell.value, str):
        assert cell.quotePrefix, cell.coordinate
        return unescape(cell.value)
    return cell.value.date() if isinstance(cell.value, datetime) else cell.value


def from_sav(file: Path) -> tuple[Rows, Any]:
    frame, said = pyreadstat.read_sav(file)
    labels = said.variable_value_labels
    meant = {column: list(spss.CODES[column]) for column in labels}
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {str(name): meant[name][int(value) - 1] if name in meant else value for name, value in row.items()}
        for row in rows
    ], said


def from_csv(file: Path) -> tuple[list[dict[str, str]], Rows]:
    """The rows as they are written, and with the apostrophes taken away."""
    with file.open(encoding="utf-8", newline="") as lines:
        raw = list(csv.DictReader(lines))
    return raw, [
        {name: value[1:] if value.startswith("'") else value for name, value in row.items()} for row in raw
    ]


@pytest.mark.parametrize(("question", "form"), list(product(QUESTIONS, export.FORMS)), ids=str)
def test_every_cell_is_the_published_one(
    published: Path, question: Question, form: str, tmp_path: Path
) -> None:
    expected = as_published(published, question)
    assert expected
    to = tmp_path / {"excel": "nps.xlsx", "spss": "nps.sav", "csv": "nps"}[form]
    export.write(choose(published, question), form, to)
    if form == "excel":
        assert sheet(to, "Figures") == expected
    elif form == "spss":
        assert from_sav(to)[0] == expected
    else:
        found = from_csv(to / csv_files.FIGURES)[1]
        assert [{name: row[name] for name in expected[0]} for row in found] == [
            {name: "" if value is None else str(value) for name, value in row.items()} for row in expected
        ]
    assert [path.name for path in tmp_path.iterdir()] == [to.name]


@pytest.fixture
def of_branches(published: Path) -> Chosen:
    return choose(published, Question("branch"))


def test_small_numbers_are_in_no_export(published: Path, of_branches: Chosen, tmp_path: Path) -> None:
    [few] = [row for row in as_published(published, Question("branch", last=1)) if row["branch"] == "B9"]
    assert (few["responses"], few["promoters"], few["nps_low"]) == (3, None, None)
    excel.write(of_branches, tmp_path / "a.xlsx")
    spss.write(of_branches, tmp_path / "a.sav")
    csv_files.write(of_branches, tmp_path / "a")
    for rows in (
        sheet(tmp_path / "a.xlsx", "Figures"),
        from_sav(tmp_path / "a.sav")[0],
        from_csv(tmp_path / "a" / csv_files.FIGURES)[1],
    ):
        shown = [row for row in rows if row["branch"] == "B9"]
        assert shown
        assert not any(row[name] for row in shown for name in ("promoters", "detractors", "nps", "nps_high"))


def test_a_workbook_says_where_it_comes_from(of_branches: Chosen, tmp_path: Path) -> None:
    excel.write(of_branches, tmp_path / "a.xlsx")
    about = {row["what"]: row["value"] for row in sheet(tmp_path / "a.xlsx", "About")}
    assert about["publication_version"] == of_branches.manifest.version
    assert about["ledger_head"] == of_branches.manifest.ledger_head
    assert about["definition_version"] == "2023.1"
    assert about["as_of"] == date(2026, 4, 1)
    assert {row["item"] for row in sheet(tmp_path / "a.xlsx", "Definitions")} == {
        "promoter",
        "passive",
        "detractor",
    }
    meanings = {row["column"]: row["meaning"] for row in sheet(tmp_path / "a.xlsx", "Columns")}
    assert meanings["nps"] == "It's −100..100"
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert of_branches.manifest.ledger_head in book.properties.description
    figures = book["Figures"]
    assert (figures.freeze_panes, figures["A1"].font.b) == ("A2", True)
    formats = {str(name.value): cell.number_format for name, cell in zip(*figures["1:2"], strict=True)}
    assert (formats["nps"], formats["period_end"]) == ("0.0", "yyyy-mm-dd")


def test_a_sav_has_labels_and_says_where_it_comes_from(of_branches: Chosen, tmp_path: Path) -> None:
    spss.write(of_branches, tmp_path / "a.sav")
    _, said = from_sav(tmp_path / "a.sav")
    assert said.variable_value_labels["reportability"][1] == "too few answers to show anything"
    assert said.column_names_to_labels["nps"] == "It's −100..100"
    notes = " ".join(said.notes)
    assert of_branches.manifest.version in notes
    assert of_branches.manifest.ledger_head in notes
    assert "definition 2023.1" in notes


def test_the_numbers_of_a_sav_cover_what_can_be_published() -> None:
    assert set(SURVEY_TYPES) == set(spss.CODES["survey_type"])
    assert set(figure.MEASURES) == set(spss.CODES["measure"])
    assert set(figure.PERIODS) == set(spss.CODES["period_grain"])


def test_a_value_without_a_number_is_refused(of_branches: Chosen, tmp_path: Path) -> None:
    at = of_branches.figures.column_names.index("reportability")
    strange = pa.array(["perhaps"] * of_branches.figures.num_rows)
    other = Chosen(
        of_branches.question,
        of_branches.manifest,
        of_branches.figures.set_column(at, "reportability", strange),
        of_branches.definitions,
        of_branches.descriptions,
    )
    with pytest.raises(ExportError, match="reportability has values that have no number here: perhaps"):
        export.write(other, "spss", tmp_path / "a.sav")
    assert not list(tmp_path.iterdir())


def test_every_file_of_a_folder_says_where_it_comes_from(of_branches: Chosen, tmp_path: Path) -> None:
    csv_files.write(of_branches, tmp_path / "a")
    files = sorted((tmp_path / "a").iterdir())
    assert len(files) == 4
    for path in files:
        text = path.read_text("utf-8")
        for said in (of_branches.manifest.version, of_branches.manifest.ledger_head, "2023.1"):
            assert said in text, f"{path.name} lacks {said}"


def test_no_cell_of_a_csv_is_a_formula_and_each_text_comes_back(of_branches: Chosen, tmp_path: Path) -> None:
    csv_files.write(of_branches, tmp_path / "a")
    raw, plain = from_csv(tmp_path / "a" / csv_files.FIGURES)
    texts = {row["branch"] for row in raw}
    assert not [text for text in texts if text.startswith(tuple("=+-@\t\r＝"))]
    assert set(HOSTILE) <= {row["branch"] for row in plain}


def test_a_workbook_keeps_characters_that_xml_has_not(tmp_path: Path) -> None:
    strange = "a\x00b\x1fc\r\nd_x0041_"
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("a")
    page.append([excel.cell(page, strange, "General"), excel.cell(page, 0.1 + 0.2, "0.0")])
    book.save(tmp_path / "a.xlsx")
    [[text, number]] = openpyxl.load_workbook(tmp_path / "a.xlsx")["a"].iter_rows()
    assert (unescape(str(text.value)), number.value) == (strange, 0.1 + 0.2)
    with pytest.raises(ExportError, match="holds 32,767 characters"):
        excel.cell(page, "=" * 40_000, "General")


def test_the_script_in_r_finds_the_published_figures_again(of_branches: Chosen, tmp_path: Path) -> None:
    if (program := shutil.which("Rscript")) is None:
        pytest.skip("this machine has no R: `apt-get install r-base-core`")
    csv_files.write(of_branches, tmp_path / "a")
    script = [program, "--vanilla", str(tmp_path / "a" / csv_files.SCRIPT)]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    rows = of_branches.figures.to_pylist()
    scores, intervals = (sum(row[name] is not None for row in rows) for name in ("nps", "nps_low"))
    assert f"{len(rows)} figures, {scores} with a score, {intervals} with an interval" in done.stdout
    figures = tmp_path / "a" / csv_files.FIGURES
    lines = figures.read_text("utf-8").splitlines()
    at = lines[0].split(",").index("nps_low")
    [shown, *_] = [number for number, line in enumerate(lines) if number and next(csv.reader([line]))[at]]
    cells = next(csv.reader([lines[shown]]))
    cells[at] = "1.0"
    figures.write_text(
        "\n".join([*lines[:shown], ",".join(f'"{cell}"' for cell in cells), *lines[shown + 1 :]])
    )
    wrong = subprocess.run(script, capture_output=True, text=True, timeout=60)
    assert wrong.returncode != 0
    assert "these figures are not those of their counts" in wrong.stderr


def test_what_is_there_is_never_overwritten(of_branches: Chosen, tmp_path: Path) -> None:
    (tmp_path / "a.sav").write_text("mine")
    with pytest.raises(ExportError, match="exists: name a file that does not exist yet"):
        export.write(of_branches, "spss", tmp_path / "a.sav")
    assert (tmp_path / "a.sav").read_text() == "mine"
    with pytest.raises(ExportError, match=r"let it end with \.xlsx"):
        export.write(of_branches, "excel", tmp_path / "a.csv")
    with pytest.raises(ExportError, match=r"cannot be written .*: name another place"):
        export.write(of_branches, "csv", tmp_path / "none" / "a")
