"""`nps bridge`: from the vendor's number to the published one, in words."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from expectations import definition
from expectations.recount.bridge import Line, Received, lines
from expectations.recount.coding import rows_as_table
from orchestration.cli import app
from publication.publish import publish
from tests.orchestration.small_publication import published

MARCH, APRIL = date(2025, 3, 5), date(2025, 4, 5)


def answers(disposition: str, score: float | None, number: int, day: date = MARCH) -> Counter[Received]:
    is_known = disposition != "unregistered_question"
    kind = "relationship" if is_known else None
    return Counter(
        {Received(kind, "qualtrics", "sv_relationship001", day, "2023.1", disposition, score): number}
    )


RECEIVED = sum(
    (
        answers("counted", 10.0, 60),
        answers("counted", 8.0, 20),
        answers("counted", 3.0, 40),
        answers("staff_or_own_domain", 10.0, 10),
        answers("staff_or_own_domain", 3.0, 2),
        answers("preview_or_test", 10.0, 4),
        answers("preview_or_test", 3.0, 1),
        answers("unregistered_question", 0.0, 3),
        answers("unanswered", None, 7),
        answers("counted", 9.0, 4, APRIL),
        answers("erased", None, 1, APRIL),
    ),
    Counter[Received](),
)


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A publication whose bridge the recount has made."""
    folder = tmp_path_factory.mktemp("bridge") / "home"
    published(folder)
    found = lines(RECEIVED, definition.versions(), set())
    last = next(line for line in found if line.kind == "shown" and line.survey_id == "(all)")
    beside = last._replace(line_number=16, kind="beside", line_name="account_weighted", answers=90, nps=12.5)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.register("rows", rows_as_table(Line, [*found, beside]))
        connection.execute("create table publication.nps_bridge as select * from rows")
        connection.execute(
            "create table publication.response_dispositions as"
            " select 'quarantined' as disposition, 1234::bigint as answers"
        )
    publish(folder / "warehouse.duckdb", folder / "published", date(2026, 1, 1))
    return folder


@pytest.fixture(autouse=True)
def home(state: Path, published_once: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_HOME", str(published_once))


def said(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["bridge", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout if code == 0 else done.stderr


def test_each_reason_is_a_line_with_what_it_takes_out() -> None:
    text = said("--period", "2025-03")
    found = [" ".join(line.split()) for line in text.splitlines()]
    assert "relationship, 2025-03" in found
    assert "received: what the vendor's dashboard shows 147 20.00" in found
    assert "preview or test 5 142 18.52 -1.5" in found
    assert "unregistered question 3 139 hidden, or a small n would follow" in found
    assert "staff or own domain 12 120 16.67 -1.9" in found
    assert "published: the answers that count 120 16.67" in found
    assert "as it is shown, rounded 120 16.7" in found
    assert "beside it: account weighted 90 12.50" in found
    assert any(line.startswith("Nothing to take out: erased, non integer,") for line in found)
    assert any("1,234 records are in quarantine" in line for line in found)


def test_without_a_month_it_is_the_newest_and_too_few_have_no_score() -> None:
    text = said()
    assert "relationship, 2025-04" in text
    assert "n too small" in text
    assert "100.0" not in text


def test_one_survey_is_asked_for_by_its_id_and_shown_for_a_wiki() -> None:
    text = said("--survey", "SV_Relationship001", "--period", "2025-03", "--format", "md")
    assert text.startswith("**relationship, qualtrics sv_relationship001, 2025-03**")
    assert "| staff or own domain | 12 | 120 | 16.67 | -1.9 |" in text


def test_other_programs_get_every_line_unrounded() -> None:
    rows = json.loads(said("--period", "2025-03", "--format", "json"))
    assert [row["line_number"] for row in rows] == [*range(15), 16]
    assert rows[0]["nps"] == 100 * (74 - 46) / 140
    assert said("--period", "2025-03", "--format", "csv").splitlines()[0].startswith("survey_type,source,")


def test_what_cannot_be_shown_is_said() -> None:
    assert "no answer to SV_9 was received; surveys with answers: sv_relation" in said(
        "--survey", "SV_9", code=1
    )
    assert "was received in 2024-01" in said("--period", "2024-01", code=1)
    assert "'2024-13' is no month" in said("--period", "2024-13", code=2)
    assert "'March' is no month" in said("--period", "March", code=2)
