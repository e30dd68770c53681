"""`nps finance show`: what is published, in words, and what may not be said of it."""

from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from expectations.recount.coding import rows_as_table
from expectations.recount.finance import Associated, associations, cells_of
from expectations.recount.finance.placebo import Placebo, placebos
from orchestration.cli import associating
from tests.expectations.test_recount_association import window


@pytest.fixture
def published(tmp_path: Path) -> Path:
    version = tmp_path / "versions" / "1"
    version.mkdir(parents=True)
    (tmp_path / "current").symlink_to(version)
    seen = [window(f"p{i}", "promoter", i < 5) for i in range(40)]
    seen += [window(f"d{i}", "detractor", i < 30) for i in range(40)]
    seen += [window("s", "silent", True)]
    with duckdb.connect(version / "nps.duckdb") as connection:
        connection.register("rows", rows_as_table(Associated, associations(cells_of(seen), 5)))
        connection.execute("create table revenue_association as select * from rows")
        connection.register("rows", rows_as_table(Placebo, placebos(seen, 5)))
        connection.execute("create table association_placebo as select * from rows")
    return tmp_path


def said(published: Path, by: str = "company", horizon: int = 90) -> str:
    console = Console(width=160)
    with console.capture() as captured:
        associating.run(published, by, horizon, console)
    return captured.get()


def test_bands_are_shown_with_intervals_and_a_verdict_in_words(published: Path) -> None:
    text = said(published)
    assert "detractor" in text
    assert "75.0 % [59.8 to 85.8]" in text
    assert "associated" in text
    assert "reference" in text
    assert "too few" in text
    assert "An association is no cause" in text
    assert "core" in said(published, "customer_value_tier")


def test_what_is_not_published_is_said(published: Path) -> None:
    assert "No window of 365 days is over yet" in said(published, horizon=365)
    with pytest.raises(ValueError, match="choose one of company"):
        said(published, "plan")
    with pytest.raises(ValueError, match="choose one of 90, 180, 365"):
        said(published, horizon=30)


def test_a_placebo_that_is_associated_warns(published: Path) -> None:
    assert "bands exchanged among accounts of the same day, tier and tenure: does not warn." in said(
        published
    )
    with duckdb.connect(published / "versions" / "1" / "nps.duckdb") as connection:
        connection.execute(
            "update association_placebo set verdict = 'warns', stratified_risk_ratio = 2,"
            " stratified_risk_ratio_low = 1.5, stratified_risk_ratio_high = 3 where band = 'detractor'"
        )
    text = said(published)
    assert "tenure: WARNS: detractor 2.0 [1.5 to 3.0] of promoters'. Something other than" in text
    with duckdb.connect(published / "versions" / "1" / "nps.duckdb") as connection:
        connection.execute("update association_placebo set verdict = 'too few' where band <> 'promoter'")
    assert "tenure: too few to say." in said(published)
