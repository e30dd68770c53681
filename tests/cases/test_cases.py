"""Each case is what its row says, and the page is what the cases say."""

from pathlib import Path

import pytest

from tests.cases.case import Case, Section, page
from tests.cases.every import PAGE, every_case, of_modules

# Cases share the companies that they build.
pytestmark = pytest.mark.xdist_group("cases")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.kind.replace(" ", "_"), marks=pytest.mark.many(together=module))
        for module, cases in of_modules().items()
        for case in cases
    ],
)
def test_the_case_is_what_its_row_says(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    assert case.prove(tmp_path) == case.now


def test_the_page_is_what_the_cases_say() -> None:
    assert PAGE.read_text("utf-8") == page(every_case())


def test_a_page_has_each_section_once_and_no_cell_breaks_its_row() -> None:
    cases = [
        Case(Section.MEANING, "a | b", "two\nlines", "1", "2", "1", lambda _: "1"),
        Case(Section.READING, "c", "d", "1", "2", "1", lambda _: "1"),
    ]
    rows = page(cases).splitlines()
    assert [row for row in rows if row.startswith("## ")] == ["## Reading", "## What the columns mean"]
    assert rows[-1] == "| a \\| b | two<br>lines | 1 | 2 | 1 |"
