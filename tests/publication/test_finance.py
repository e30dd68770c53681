"""What a controller reads: in order, of the newest look, and nothing that gives away what is not shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publication import reader, wording
from publication.finance import Finance
from tests.publication.money_published import published


@pytest.fixture
def finance(tmp_path: Path) -> Iterator[Finance]:
    with reader.open_current(published(tmp_path)) as connection:
        yield Finance(connection)


def test_a_hidden_amount_has_its_reason(finance: Finance) -> None:
    whole = finance.coverage("relationship")
    assert [row["band"] for row in whole] == ["promoter", "detractor", "silent"]
    assert all(row["mrr_share"] is not None for row in whole)
    by_tenure = finance.coverage("relationship", "tenure")
    assert [(row["tenure"], row["mrr"], wording.suppressed(row)) for row in by_tenure] == [
        ("over 3 years", 3000, ""),
        ("over 3 years", None, "too few accounts"),
        ("under 1 year", 3000, ""),
    ]
    assert wording.suppressed({"suppression": "suppressed_for_others"}).startswith("hidden, or")


def test_what_a_move_ends_with_is_left_out(finance: Finance) -> None:
    moves = finance.transitions("relationship", 365)
    assert [(row["to_band"], row["accounts"], row["mrr_before"]) for row in moves] == [
        ("detractor", 2, None),
        ("left", 6, 700),
    ]
    assert not any("mrr_after" in row for row in moves)


def test_the_newest_period_and_every_horizon(finance: Finance) -> None:
    assert [(row["weighting"], row["nps"]) for row in finance.weighted("relationship")] == [
        ("respondent", 12.5),
        ("revenue", 60.25),
    ]
    assert (finance.survey_types(), finance.horizons()) == (["relationship"], [365])
    assert [row["verdict"] for row in finance.at_risk("relationship")] == [
        "associated",
        "not distinguishable",
    ]


def test_a_verdict_is_a_sentence(finance: Finance) -> None:
    assert [wording.association(row) for row in finance.association("relationship", 365)] == [
        "the others are compared with them",
        "not distinguishable from promoters",
        "associated: they leave 4.0 times as often as promoters of the same tier and tenure; tier or tenure"
        " explain part of the difference",
    ]
    [few] = finance.association("relationship", 365, "tenure")
    assert wording.association(few) == "too few accounts to say"
    assert wording.at_risk("they leave less often") == "no figure: they leave less often than promoters"
    assert (wording.at_risk("associated"), wording.at_risk("too few")) == ("", "no figure: too few accounts")


def test_a_placebo_is_a_sentence(finance: Finance) -> None:
    earlier, permuted = finance.placebos("relationship", 365).items()
    assert (earlier[0], permuted[0]) == ("earlier", "permuted")
    assert not wording.warns(earlier[1])
    assert wording.placebo(*earlier) == "windows that were over before they said it: does not warn."
    assert wording.warns(permuted[1])
    assert wording.placebo(*permuted).startswith(
        "bands exchanged among accounts of the same day, tier and tenure: WARNS: detractor 3.0 [1.5 to 6.0]"
    )
    few = [{**row, "verdict": "too few"} for row in permuted[1]]
    assert wording.placebo("permuted", few).endswith("too few to say.")
    assert finance.placebos("relationship", 90) == {}


def test_growth_of_the_newest_quarters_and_why_a_figure_is_missing(finance: Finance) -> None:
    assert [(f"{row['period_end']:%Y-%m}", wording.growth(row)) for row in finance.growth()] == [
        ("2025-10", "no account is new"),
        ("2025-07", "no figure: too few accounts in one group"),
        ("2025-04", "no share: revenue did not grow; no upper bound: too few accounts"),
        ("2025-01", ""),
    ]
    assert not any(name.endswith("mrr") or name.startswith("mrr") for row in finance.growth() for name in row)


def test_the_silent_of_each_year_the_newest_first(finance: Finance) -> None:
    assert [(row["responses"], row["nps_if_alike"]) for row in finance.non_response("relationship")] == [
        (100, 16.0),
        (7, None),
    ]
    assert finance.non_response("support") == []


def test_amounts_are_rounded_half_away_from_zero() -> None:
    assert [wording.amount(each) for each in (1499.5, 0.49, None)] == ["1,500", "0", ""]
