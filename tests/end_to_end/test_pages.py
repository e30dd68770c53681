"""The pages of a real refresh: every number is a published one, and people can read them anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from publication import manifest, pages, wording
from tests.end_to_end.conftest import pages_of
from tests.end_to_end.read_pages import of_page
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

_NUMBER = re.compile(r"[-+<]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


def forms(value: object) -> Iterator[str]:
    """The ways in which a page may write a published value."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int):
        yield from (f"{value:,}", str(value))
    elif isinstance(value, float | Decimal):
        yield from (wording.one_decimal(float(value)), wording.signed(float(value)))
        yield from (wording.probability(float(value)), wording.one_decimal(100 * float(value)))
        yield wording.amount(value)
    elif isinstance(value, date | datetime):
        yield from _NUMBER.findall(f"{value:%Y-%m-%d} {value:%Y-%m} {value.year}-Q{(value.month + 2) // 3}")
    else:
        yield from _NUMBER.findall(str(value))


def published_numbers(company: Company) -> set[str]:
    """Every number in every published table, as a page may write it; and how many rows there are of what."""
    found: set[str] = set()
    with company.published() as tables:
        for (table,) in tables.execute("select table_name from duckdb_tables()").fetchall():
            columns = [name for name, *_ in tables.execute(f"describe {table}").fetchall()]
            for column in columns:
                rows = tables.execute(f'select distinct "{column}" from {table}').fetchall()
                found.update(form for (value,) in rows for form in forms(value))
            [(count,)] = tables.execute(f"select count(*) from {table}").fetchall()
            found.update(forms(count))
        for query in (
            "select sum(answers)::bigint from response_dispositions group by source, disposition",
            "select sum(answers)::bigint from response_dispositions group by source",
            "select lag(answers) over (partition by survey_type, source, survey_id, period_start,"
            " definition_version order by line_number) - answers from nps_bridge",
        ):
            found.update(form for (value,) in tables.execute(query).fetchall() for form in forms(value))
        found.update(of_the_year(tables, company.today))
        found.update(compared(tables, company.today))
        found.update(hidden(tables))
    return found


def of_the_year(tables: object, today: date) -> Iterator[str]:
    rows = tables.execute(  # type: ignore[attr-defined]
        "select count(*), min(response_year) from nps_responses"
        " where response_year >= date_trunc('year', ? - interval 365 day)"
        " group by survey_type, likelihood_score",
        [today],
    ).fetchall()
    return (form for row in rows for value in row for form in forms(value))


def compared(tables: object, today: date) -> Iterator[str]:
    """How many changes are shown together, and how many of them are beyond noise."""
    rows = tables.execute(  # type: ignore[attr-defined]
        "select count(*), count(*) filter (change_q_value <= 0.05) from nps_scores"
        " where measure = 'in_period' and nps_change is not null and (period_grain, period_end) in"
        " (select (period_grain, max(period_end)) from nps_scores where period_end <= ?"
        " and period_grain in ('month', 'quarter', 'year') group by period_grain)"
        " group by period_grain",
        [today],
    ).fetchall()
    return (form for row in rows for value in row for form in forms(value))


def hidden(tables: Any) -> Iterator[str]:
    """How many figures of a table are hidden, and of how many; of scores by company, members and pairs."""
    columns = tables.execute(
        "select table_name, column_name from duckdb_columns()"
        " where column_name in ('reportability', 'suppression')"
    ).fetchall()
    for table, column in columns:
        kind = (
            "case when segment = 'company' then 0 when contains(segment, '*') then 2 else 1 end"
            if table == "nps_scores"
            else "0"
        )
        statuses = tables.execute(
            f"select {kind} as kind, {column} as status, count(*) from {table} group by all"
        ).fetchall()
        for wanted in {kind for kind, *_ in statuses}:
            counts = {status: count for kind, status, count in statuses if kind == wanted}
            for count in (*counts.values(), sum(counts.values())):
                yield from forms(count)


#: Numbers of the rules that the pages explain, and of the scale.
RULES = {*map(str, range(11)), "100", "365", "370", "1.96", "3", "95", "2016", "0.05", "5.0"}
#: Years of publications that the page about money cites.
RULES |= {"2003", "2007", "2015", "2022"}


def test_every_number_on_every_page_is_published(refreshed: Company, site: Path) -> None:
    known = published_numbers(refreshed) | RULES
    said = manifest.read((refreshed.home / "published" / "current").resolve())
    known.update(form for value in (said.sequence, said.as_of) for form in forms(value))
    unknown = {
        path.relative_to(site).as_posix(): sorted(strange)
        for path in site.rglob("*.html")
        if (strange := {n for word in of_page(path).words for n in _NUMBER.findall(word)} - known)
    }
    assert not unknown
    assert len(list(site.rglob("*.html"))) > 20


def test_a_wrong_number_would_be_seen(refreshed: Company, site: Path) -> None:
    words = of_page(site / "index.html").words
    assert not {n for word in words for n in _NUMBER.findall(word)} <= RULES
    assert "1,234,567.8" not in published_numbers(refreshed)


def test_changes_beyond_noise_are_the_published_ones(refreshed: Company, site: Path) -> None:
    text = " ".join(of_page(site / "changes.html").words)
    with refreshed.published() as tables:
        [(compared, beyond)] = tables.execute(
            "select count(*), count(*) filter (change_q_value <= 0.05) from nps_scores"
            " where measure = 'in_period' and period_grain = 'year' and nps_change is not null"
            " and period_end = (select max(period_end) from nps_scores where period_grain = 'year'"
            " and period_end <= ?)",
            [refreshed.today],
        ).fetchall()
    assert f"{compared:,} comparisons, {beyond:,} beyond noise" in text


def test_a_change_of_the_company_is_explained(refreshed: Company, site: Path) -> None:
    """Of each survey type the newest year against the one before: the change, and what contributed most."""
    text = " ".join(" ".join(of_page(site / "changes.html").words).split())
    with refreshed.published() as tables:
        newest = tables.execute(
            "select segment, previous_nps, nps, contribution, contribution_low, contribution_high"
            " from nps_changes_explained where period_grain = 'trailing_365d' and period_end = ?"
            " and (segment = 'company' or contribution_rank = 1)",
            [refreshed.today],
        ).fetchall()
    assert newest
    for segment, before, now, change, low, high in newest:
        said = f"{wording.signed(change)} ({wording.interval(low, high)})"
        if segment == "company":
            said = f"NPS {wording.one_decimal(before)} to {wording.one_decimal(now)}, {said}"
        assert said in text


def test_a_suppressed_score_is_on_no_page(refreshed: Company, site: Path) -> None:
    with refreshed.published() as tables:
        few = tables.execute(
            "select branch_name from branch_scorecards where nps is null and branch_name is not null"
        ).fetchall()
    assert few
    page = " ".join(of_page(site / "branches.html").words)
    assert "n too small" in page


def test_money_is_read_where_the_home_page_leads_and_not_worked_out_where_it_is_not_shown(
    refreshed: Company, site: Path
) -> None:
    """Of few accounts the page has no amount, nor a share of a whole that another row would tell."""
    assert "finance.html" in of_page(site / "index.html").links
    text = " ".join(" ".join(of_page(site / "finance.html").words).split())
    with refreshed.published() as tables:
        shown = tables.execute(
            "select survey_type, band, mrr from revenue_coverage where segment = 'company'"
        )
        for survey_type, band, mrr in shown.fetchall():
            said = f"{wording.band(band)} "
            assert said in text
            assert mrr is None or wording.amount(mrr) in text, (survey_type, band)
        [(hidden,)] = tables.execute(
            "select count(*) from band_transitions where mrr_before is null and from_band <> to_band"
            " and window_end = (select max(window_end) from band_transitions)"
        ).fetchall()
        [after] = tables.execute(
            "select mrr_after from band_transitions where from_band = 'silent' and to_band = 'promoter'"
            " and window_end = (select max(window_end) from band_transitions) and horizon_days = 365"
            " and survey_type = 'relationship'"
        ).fetchone() or (None,)
    assert hidden
    assert text.count("too few accounts") >= hidden
    assert after is not None
    assert wording.amount(after) not in text


def test_growth_the_silent_and_placebos_are_on_the_page_of_money(refreshed: Company, site: Path) -> None:
    """Growth without the amounts behind it, which at a quarter's beginning are what all bands pay."""
    text = " ".join(" ".join(of_page(site / "finance.html").words).split())
    with refreshed.published() as tables:
        [newest] = tables.execute(
            "select period_end, accounts_before, total_growth, earned_growth, mrr_before, mrr_after"
            " from earned_growth order by period_end desc limit 1"
        ).fetchall()
        silent = tables.execute(
            "select period_end, responses, silent, nps, nps_if_alike from non_response"
        ).fetchall()
        placebos = tables.execute(
            "select distinct survey_type, horizon_days, placebo from association_placebo"
        )
        said = sum(1 for _ in placebos.fetchall())
    assert None not in newest
    end, accounts, grown, earned, *amounts = newest
    assert f"{end} {accounts} {wording.percentage(grown)} {wording.percentage(earned)} " in text
    assert not [each for each in amounts if wording.amount(each) in text]
    assert silent
    for end, responses, number, nps, alike in silent:
        scores = f"{wording.one_decimal(nps)} {wording.one_decimal(alike)}"
        assert nps is None or f"{end} {responses:,} {number:,} {scores} " in text
    assert said
    assert text.count("same day, tier and tenure: ") + text.count("before they said it: ") == said


def test_links_lead_to_pages_and_nowhere_else(site: Path) -> None:
    for path in site.rglob("*.html"):
        for link in of_page(path).links:
            assert not link.startswith(("http:", "https:", "//")), f"{path.name} leads to {link}"
            if not link.startswith("#"):
                assert (path.parent / link).resolve().is_file(), f"{path.name} leads to {link}"


def test_the_same_content_gives_the_same_bytes(refreshed: Company, site: Path, tmp_path: Path) -> None:
    assert pages.digest(pages_of(refreshed, tmp_path / "again")) == pages.digest(site)


def test_the_command_writes_the_pages_where_there_are_none(refreshed: Company, tmp_path: Path) -> None:
    """Its own refresh made none, as in all tests; `--to` writes them, and a folder is never overwritten."""
    without = refreshed.nps("site")
    assert without.returncode == 1
    assert "has no pages (NPS_PAGES was off): `nps site --to DIR` writes them" in without.stderr
    done = refreshed.nps("site", "--to", str(tmp_path / "site"))
    assert done.stdout.strip() == str(tmp_path / "site" / "index.html")
    again = refreshed.nps("site", "--to", str(tmp_path / "site"))
    assert again.returncode == 1
    assert "name a folder that does not exist yet" in again.stderr
