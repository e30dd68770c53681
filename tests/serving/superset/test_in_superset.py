"""Superset shows what is published, over PostgreSQL and over the DuckDB file: by its API and in a browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Response, Route, expect, sync_playwright
from psycopg.conninfo import conninfo_to_dict

from publication import reader, versions
from publication.figure import ALL
from serving.postgresql import copy
from serving.superset import write
from tests.serving.postgresql import BOARD, LYON, Server
from tests.serving.superset import tables
from tests.serving.superset.charts import SHOWN
from tests.serving.superset.server import PASSWORD, PYTHON, USER, Superset, asked_by, superset

pytestmark = [
    pytest.mark.bi,
    pytest.mark.skipif(not PYTHON.exists(), reason="this machine has no .venv-bi: `make .venv-bi/ready`"),
]

CHROMIUM = shutil.which("chromium")
Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Place:
    """Superset with the dashboard over one copy of the publication."""

    name: str
    superset: Superset
    published: Path

    def published_rows(self, query: str) -> Rows:
        """The rows as published, asked by hand; days as Superset sends them."""
        with reader.open_current(self.published) as connection:
            found = connection.execute(query).fetchall()
        return [tuple(_sent(cell) for cell in row) for row in found]


def _sent(cell: Any) -> Any:
    """Days and moments are milliseconds since 1970 in the API."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=UTC).timestamp() * 1000
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC).timestamp() * 1000
    return cell


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    with superset(tmp_path_factory.mktemp("superset")) as started:
        yield started


@pytest.fixture(scope="module")
def database(postgresql: Server, whole: Path) -> str:
    """The copy in PostgreSQL, as SQLAlchemy's URL without a user."""
    name = postgresql.database("of_superset")
    folder = versions.current(whole)
    assert folder is not None
    copy(folder, postgresql.target(name))
    return f"{name}?host={conninfo_to_dict(postgresql.address)['host']}"


@pytest.fixture(scope="module", params=["the DuckDB file", "PostgreSQL"])
def place(
    request: pytest.FixtureRequest, server: Superset, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> Place:
    """The first import is by hand; the second replaces it with the same dashboard over PostgreSQL."""
    bundle = tmp_path_factory.mktemp("bundle") / "nps.zip"
    if request.param == "PostgreSQL":
        write(whole, bundle, f"postgresql://{BOARD}@/{request.getfixturevalue('database')}")
        server.replace_assets(bundle)
    else:
        write(whole, bundle)
        server.import_dashboard(bundle)
    return Place(request.param, server, whole)


def by_text(rows: Rows) -> Rows:
    return sorted(rows, key=repr)


METRICS = (
    *("nps", "nps_low", "nps_high", "responses", "reportability", "nps_change", "change_q_value"),
    *("response_rate", "revenue_coverage"),
)


def test_every_figure_is_shown_as_published(place: Place) -> None:
    key = [name for name in tables.contract("nps_scores") if name not in METRICS]
    columns = ", ".join((*key, *METRICS))
    published = place.published_rows(f"select {columns} from nps_scores")
    assert len(published) > 1000
    nps = len(key)
    shown = {(row[nps] is not None, row[nps + 1] is not None) for row in published}
    assert shown == {(True, True), (False, True), (False, False)}
    assert by_text(place.superset.rows("nps_scores", key, METRICS)) == by_text(published)


def test_every_scorecard_is_shown_as_published(place: Place) -> None:
    columns = list(tables.contract("branch_scorecards"))
    published = place.published_rows(f"select {', '.join(columns)} from branch_scorecards")
    assert len(published) > 10
    assert by_text(place.superset.rows("branch_scorecards", columns)) == by_text(published)


def test_answers_make_the_published_figures(place: Place) -> None:
    key, shown = (
        ("journey_stage", "survey_type", "definition_version"),
        ("responses", "nps", "nps_low", "nps_high"),
    )
    published = by_text(
        place.published_rows(
            f"select {', '.join((*key, *shown))} from nps_scores where segment = 'journey_stage'"
            " and measure = 'in_period' and period_grain = 'all_time'"
        )
    )
    recounted = by_text(place.superset.rows("nps_answers", key, shown))
    assert [row[:4] for row in recounted] == [row[:4] for row in published]
    for mine, theirs in zip(recounted, published, strict=True):
        assert mine[4:] == pytest.approx(theirs[4:], abs=1e-9), mine


@pytest.mark.parametrize("columns", [(), ("segment",), ("period_grain", "measure"), ("definition_version",)])
def test_figures_are_never_added_up(place: Place, columns: tuple[str, ...]) -> None:
    """A chart that forgets filters is empty."""
    found = place.superset.rows("nps_scores", columns, METRICS)
    assert found
    assert {cell for row in found for cell in row[len(columns) :]} == {None}


def test_metrics_are_certified(place: Place) -> None:
    found = place.superset.client.get("/api/v1/dataset/").json()["result"]
    assert len(found) == 3
    for each in found:
        dataset = place.superset.client.get(f"/api/v1/dataset/{each['id']}").json()["result"]
        assert dataset["metrics"]
        for metric in dataset["metrics"]:
            assert json.loads(metric["extra"])["certification"]["certified_by"] == "nps-warehouse"


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("this machine has no chromium: `apt-get install chromium`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        # High enough for every chart: those out of sight are not loaded.
        yield browser.new_page(viewport={"width": 1400, "height": 2600})
        browser.close()


def test_the_dashboard_shows_what_is_published(place: Place, page: Page, tmp_path: Path) -> None:
    """Superset's own pages ask for the charts' data; every cell that they are given is a published one."""
    answers: dict[int, Response] = {}
    outside: list[str] = []
    said: list[str] = []

    def refuse(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    def keep(response: Response) -> None:
        chart = asked_by(response.url) if "/api/v1/chart/data" in response.url else None
        if chart is not None:
            answers[chart] = response

    page.route(re.compile(f"^(?!{place.superset.address}|data:|blob:)"), refuse)
    page.on("response", keep)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{place.superset.address}/login/")
    page.fill("#username", USER)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/welcome/**")
    page.goto(f"{place.superset.address}/superset/dashboard/nps/")
    expect(page.locator(".chart-slice")).to_have_count(8, timeout=120_000)
    expect(page.locator(".chart-slice .loading")).to_have_count(0, timeout=120_000)
    branch = page.get_by_role("combobox", name="NATIVE_FILTER-branch")
    branch.fill("Lyon")
    page.get_by_role("option", name="Lyon").wait_for(state="attached")
    page.keyboard.press("Enter")
    with page.expect_response("**/api/v1/chart/data**"):
        page.get_by_role("button", name="Apply filters").click()
    expect(page.locator(".chart-slice .loading")).to_have_count(0)
    page.screenshot(path=tmp_path / "dashboard.png")
    charts = place.superset.client.get("/api/v1/chart/").json()["result"]
    given = {chart["slice_name"]: answers[chart["id"]].json()["result"][0] for chart in charts}
    assert len(given) == 8
    for name, query in SHOWN.items():
        published = place.published_rows(query)
        assert published, name
        rows = [tuple(row[column] for column in given[name]["colnames"]) for row in given[name]["data"]]
        assert by_text(rounded(rows)) == by_text(rounded(published)), name
    trends = {name: lines(given[name]) for name in ("The company over time", "One branch over time")}
    assert trends == {
        "The company over time": points(
            place, "period_start", "segment = 'company' and period_grain = 'month'"
        ),
        "One branch over time": points(
            place,
            "period_end",
            "branch_name = 'Lyon' and segment = 'branch' and period_grain = 'trailing_365d'",
        ),
    }
    assert all(len({label for _, label in trend}) > 3 for trend in trends.values())
    assert page.get_by_text("interval_only").count() > 0
    assert said == []
    # Superset's makers count installations by a picture; the pages do without it.
    assert {httpx.URL(url).host for url in outside} <= {"apachesuperset.gateway.scarf.sh"}


def rounded(rows: Rows) -> Rows:
    """To nine decimals: recounted bounds differ in the last digits."""
    return [tuple(round(cell, 9) if isinstance(cell, float) else cell for cell in row) for row in rows]


def lines(result: dict[str, Any]) -> dict[tuple[float, str], float]:
    """The points of a line chart: when, of which line, how high."""
    when, *labels = result["colnames"]
    return {
        (row[when], label): row[label] for row in result["data"] for label in labels if row[label] is not None
    }


def points(place: Place, when: str, cells: str) -> dict[tuple[float, str], float]:
    """The same as published; a line is named for its figure, its branch, if it is of one, and its version."""
    rows = place.published_rows(
        f"select {when}, nullif(branch_name, '{ALL}'), definition_version, nps, nps_low, nps_high"
        f" from nps_scores where survey_type = 'relationship' and measure = 'in_period' and {cells}"
    )
    return {
        (moment, ", ".join(filter(None, (name, branch, version)))): value
        for moment, branch, version, *values in rows
        for name, value in zip(("nps", "nps_low", "nps_high"), values, strict=True)
        if value is not None
    }


def test_a_reader_of_a_branch_sees_it_and_the_totals(
    server: Superset, database: str, whole: Path, tmp_path: Path
) -> None:
    write(whole, tmp_path / "nps.zip", f"postgresql://{LYON}@/{database}")
    server.replace_assets(tmp_path / "nps.zip")
    assert {branch for (branch,) in server.rows("nps_scores", ["branch"])} == {ALL, "B1"}
    assert {branch for (branch,) in server.rows("branch_scorecards", ["branch"])} == {"B1"}
    assert server.rows("nps_answers", ["journey_stage"]) == []
