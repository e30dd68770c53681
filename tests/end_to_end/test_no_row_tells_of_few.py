"""An attacker counts the rows of `nps_responses`, and learns nothing that the scores hide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import Any

import duckdb
import pytest

from tests.disclosure.rows import Row, attacker, cells, place, told_by
from tests.disclosure.scores import BANDS, in_doubt
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

FLOOR = 5
_FIGURES = """
    from nps_scores
    where measure = 'in_period' and period_grain in ('year', 'all_time')
        and segment in
            ('company', 'customer_value_tier', 'journey_stage', 'customer_value_tier*journey_stage')
"""
_UNPROTECTED = """
    select
        survey_type, definition_version, cast(date_trunc('year', response_date) as date) as response_year,
        customer_value_tier, journey_stage, nps_band
    from marts.fct_survey_responses
    where is_counted
"""


def of_each(connection: duckdb.DuckDBPyConnection, query: str) -> dict[tuple[str, str], list[Row]]:
    """Rows by survey type and version: neither is ever added up with another."""
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    grouped: dict[tuple[str, str], list[Row]] = {}
    for values in found.fetchall():
        row = dict(zip(names, values, strict=True))
        grouped.setdefault((row["survey_type"], row["definition_version"]), []).append(row)
    return grouped


@pytest.fixture(scope="module")
def figures(refreshed: Company) -> dict[tuple[str, str], list[Row]]:
    with refreshed.published() as tables:
        return of_each(tables, _FIGURES)


@pytest.fixture(scope="module")
def rows(refreshed: Company) -> dict[tuple[str, str], list[Row]]:
    with refreshed.published() as tables:
        return of_each(tables, "from nps_responses")


def test_each_row_is_like_as_many_others_as_a_figure_needs(rows: dict[tuple[str, str], list[Row]]) -> None:
    alike = Counter(
        (kind, row["response_year"], row["customer_value_tier"], row["journey_stage"])
        for kind, own in rows.items()
        for row in own
    )
    assert len(alike) > 20
    assert min(alike.values()) >= FLOOR


def test_every_count_of_rows_follows_from_the_scores(
    figures: dict[tuple[str, str], list[Row]], rows: dict[tuple[str, str], list[Row]]
) -> None:
    """So whoever has the scores learns no count of a band from the rows, whatever they add up."""
    merged = 0
    for kind, own in rows.items():
        shown: dict[Hashable, Any] = {
            (place(row), band): row[band]
            for row in figures[kind]
            if row["promoters"] is not None
            for band in BANDS
        }
        attack = attacker(figures[kind])
        asked: list[tuple[str, int]] = []
        for terms, number in told_by(own, cells(figures[kind])):
            if len(terms) == 1 and shown.get(next(iter(terms))) == number:
                continue
            asked.append((f"count {len(asked)}", number))
            attack.learns({**terms, asked[-1][0]: -1.0}, 0)
        for name, number in asked:
            assert attack.interval(name) == pytest.approx((number, number), abs=1e-6)
        merged += len(asked)
    assert merged > FLOOR


def doubts(figures: Sequence[Row], counts: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Of the hidden cells with few answers: of how many bands the scores leave a doubt, and then the rows."""
    before, after = attacker(figures), attacker(figures)
    for terms, number in told_by(counts, cells(figures)):
        after.learns(terms, number)
    few = [row for row in figures if row["reportability"] == "suppressed" and "*" in row["segment"]]
    for row in [each for each in few if each["period_grain"] == "year"][:6]:
        unknown: list[Any] = [(place(row), band) for band in BANDS]
        yield (
            in_doubt(before.interval(each) for each in unknown),
            in_doubt(after.interval(each) for each in unknown),
        )


def test_who_counts_rows_recovers_cells_of_exact_rows_and_none_of_the_published(
    refreshed: Company,
    figures: dict[tuple[str, str], list[Row]],
    rows: dict[tuple[str, str], list[Row]],
) -> None:
    with duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as working:
        exact = of_each(working, _UNPROTECTED)
    with_exact = [each for kind in rows for each in doubts(figures[kind], exact[kind])]
    published = [each for kind in rows for each in doubts(figures[kind], rows[kind])]
    assert {after for _, after in with_exact} == {0}
    assert all(before == after for before, after in published)
    assert sum(after >= 2 for _, after in published) > FLOOR
