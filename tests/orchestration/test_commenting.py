"""`nps comments`: which answers are shown, what is masked, and what is said where nothing is shown."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration import cli, mentions
from orchestration.cli import comments_view as view
from orchestration.cli.console import Plain
from orchestration.environment import ConfigurationError
from tests.orchestration.test_mentions import in_clear
from topics.taxonomy import Taxonomy, taxonomy

ANSWERS = (
    ("a", "Hana said it is expensive, mail ann@example.com", 2, "detractor", "2025-01-01", "b1", True),
    ("b", "We find it expensive\x1b[2J [bold]here[/]", 3, "detractor", "2025-01-02", "b2", True),
    ("c", "It is expensive but a good one", None, None, "2025-01-03", "b1", False),
    ("d", "It was a long wait for us", 9, "promoter", "2025-01-04", "b1", True),
    ("e", "👍", 10, "promoter", "2025-01-05", "b1", True),
)


def topic(name: str, words: list[str]) -> dict[str, object]:
    said = {"label": name, "meaning": f"About {name}", "owner": "Ann", "negated": "counts"}
    return {**said, "words": {"en": words}}


@pytest.fixture
def declared() -> Taxonomy:
    return taxonomy(
        {"version": "1", "price": topic("price", ["expensive"]), "speed": topic("speed", ["wait"])}
    )


@pytest.fixture
def warehouse(tmp_path: Path, declared: Taxonomy) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema marts;
            create table marts.fct_survey_responses (
                answer_key varchar, comment varchar, likelihood_score integer, nps_band varchar,
                responded_at timestamp, branch_key varchar, is_counted boolean, response_date date,
                branch varchar
            );
            create table marts.dim_branches as
            select unnest(['b1', 'b2']) as branch_key, unnest(['B1', 'B2']) as branch_id,
                unnest(['Elm', 'Oak']) as branch_name;
            create table marts.dim_employees as select 'Hana Berg' as employee_name;
            """
        )
        connection.executemany(
            "insert into marts.fct_survey_responses values (?, ?, ?, ?, ?, ?, ?, null, upper($6))", [*ANSWERS]
        )
        connection.execute("update marts.fct_survey_responses set response_date = responded_at::date")
    mentions.keep(path, declared, "1", in_clear)
    return path


def comments(
    path: Path, declared: Taxonomy, topic: str = "price", branch: str | None = None, form: str = "table"
) -> str:
    console = Console(width=160, file=StringIO())
    with console.capture() as captured, view.opened(path, "1") as connection:
        view.write_comments(connection, declared, topic, branch, 20, form, console, in_clear)
    return captured.get()


def test_the_newest_counted_answers_are_shown_masked(
    warehouse: Path, declared: Taxonomy, capsys: pytest.CaptureFixture[str]
) -> None:
    comments(warehouse, declared, form="json")
    shown = json.loads(capsys.readouterr().out)
    assert [(each["date"], each["score"], each["branch"], each["words"]) for each in shown] == [
        ("2025-01-02", 3, "Oak", "expensive"),
        ("2025-01-01", 2, "Elm", "expensive"),
    ]
    assert shown[1]["comment"] == "[name] said it is expensive, mail [e-mail]"


def test_a_table_shows_masks_and_obeys_nothing(warehouse: Path, declared: Taxonomy) -> None:
    console = Plain(width=160, file=StringIO())
    with console.capture() as captured, view.opened(warehouse, "1") as connection:
        view.write_comments(connection, declared, "price", None, 20, "table", console, in_clear)
    shown = captured.get()
    assert "[name] said it is expensive, mail [e-mail]" in shown
    assert "[bold]here" in shown
    assert "\x1b[2J" not in shown


def test_a_branch_is_named_in_any_case_or_by_its_id(warehouse: Path, declared: Taxonomy) -> None:
    for branch in ("elm", "B1"):
        shown = comments(warehouse, declared, branch=branch)
        assert ("2025-01-01" in shown, "2025-01-02" in shown) == (True, False)
    assert "no counted answer mentions speed" in comments(warehouse, declared, "speed", "Oak")
    with pytest.raises(ValueError, match="no branch is called 'Ash'"):
        comments(warehouse, declared, branch="Ash")
    with pytest.raises(ValueError, match="no topic is called 'prize'; there are price, speed"):
        comments(warehouse, declared, "prize")


def test_topics_are_listed_with_their_answers_and_what_is_unusual(
    warehouse: Path, declared: Taxonomy
) -> None:
    console = Console(width=160, file=StringIO())
    with console.capture() as captured, view.opened(warehouse, "1") as connection:
        view.write_topics(connection, declared, None, "table", console)
    lines = [line.split() for line in captured.get().splitlines()]
    assert lines[1:3] == [
        ["price", "About", "price", "2", "2", "0"],
        ["speed", "About", "speed", "1", "0", "1"],
    ]
    assert "no word: emoji, numbers or signs only: 1 (e)" in captured.get()


def test_comments_that_were_not_read_or_otherwise_are_not_shown(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="another taxonomy or release"), view.opened(warehouse, "2"):
        pass
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema topics cascade")
    with pytest.raises(ConfigurationError, match="no comment has been read"), view.opened(warehouse, "1"):
        pass
    with pytest.raises(ConfigurationError, match="nps refresh"), view.opened(tmp_path / "none", "1"):
        pass


def test_a_company_without_topics_is_told_how_to_declare_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPS_COMPANY")
    done = CliRunner().invoke(cli.app, ["comments"])
    assert done.exit_code == 2
    assert "declares no topics" in done.stderr
