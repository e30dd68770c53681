"""People can read the pages of a real refresh in a browser, without a network, and on paper."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

from orchestration import dbt, environment, vendors
from orchestration.defs import documentation
from review import reports
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("this machine has no chromium: `apt-get install chromium`")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1100, "light"),
        *(
            pytest.param(*each, marks=pytest.mark.long)
            for each in [(1100, "dark"), (400, "light"), (400, "dark")]
        ),
    ],
)
def test_people_can_read_every_page_without_a_network(
    browser: Browser, site: Path, refreshed: Company, width: int, theme: str
) -> None:
    """Axe finds nothing, no request leaves, nothing is wider than the window."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    asked: list[str] = []
    said: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(re.compile("^(?!file:)"), refuse)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    branches = sorted((site / "branches").glob("*.html"))[:2]
    beside = sorted((refreshed.home / "reports").glob("*.html"))
    assert {path.stem for path in beside} >= {"index", "limits", "marts", "publication", "raw"}
    for path in [*sorted(site.glob("*.html")), *branches, *beside]:
        page.goto(path.as_uri())
        assert wider_than_the_window(page) == 0, f"{path.name} at {width}"
        found = Axe().run(page, options={"preload": False})  # it would ask for the style sheet
        assert found.violations_count == 0, f"{path.name}: {found.generate_report()}"
    context.close()
    assert (asked, said) == ([], [])


@pytest.mark.long
def test_the_documentation_of_the_models_needs_no_network(
    browser: Browser, refreshed: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt's own page: it says a few things on the console, asks nobody, and knows the published tables."""
    for name, value in refreshed.servers.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NPS_HOME", str(refreshed.home))
    with environment.restored():
        home = environment.prepare()
        dbt.prepared_manifest(vendors.enabled())
        documentation.write(home)
    context, asked = browser.new_context(), []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(re.compile("^(?!file:)"), refuse)
    page = context.new_page()
    page.goto((home.reports / reports.MODELS).as_uri() + "#!/model/model.nps_warehouse.nps_scores")
    page.get_by_text("reportability", exact=True).first.wait_for()
    context.close()
    (home.reports / reports.MODELS).unlink()  # as the refresh had left it
    assert not asked


def wider_than_the_window(page: Page) -> int:
    width: int = page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)")
    return width


def test_a_page_goes_on_paper(browser: Browser, site: Path, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    printed = page.pdf(format="A4", path=tmp_path / "index.pdf")
    assert printed.startswith(b"%PDF")
    assert len(printed) > 10_000
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    page.close()
