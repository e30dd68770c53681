"""Break the definition by hand in one place: publication stops with the check that names it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.companies import seal
from tests.end_to_end.simulated import ROOT, Company

pytestmark = [pytest.mark.xdist_group("end_to_end"), pytest.mark.long]

ROOMS = ("ingestion", "expectations", "publication", "orchestration", "company", "demo", "dbt_project")


def replace_in(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, f"{old!r} is not in {path}: the mutation would change nothing"
    path.write_text(text.replace(old, new), "utf-8")


def six_is_passive(project: Path) -> None:
    """Someone is generous in the table, and somebody else approves it: no company decides what NPS is."""
    replace_in(project / "demo/verdant/definition/nps_score_bands.csv", ",6,detractor,-100", ",6,passive,0")
    seal(project / "demo/verdant")


def nine_is_not_a_promoter(project: Path) -> None:
    """Someone writes `> 9` for `>= 9` where the mart takes a band."""
    replace_in(
        project / "dbt_project/models/marts/nps/fct_nps_daily.sql",
        "nps_band = 'promoter'",
        "likelihood_score > 9",
    )


def a_join_fans_out(project: Path) -> None:
    """Someone joins a table with two rows for each answer."""
    replace_in(
        project / "dbt_project/models/marts/nps/fct_survey_responses.sql",
        "left join tiers",
        "cross join (select 1 as copy union all select 2 as copy) as copies\nleft join tiers",
    )


@pytest.fixture(scope="module")
def published(refreshed: Company, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company with a right publication, three days later, in a home of its own that can be broken."""
    home = tmp_path_factory.mktemp("broken") / "home"
    shutil.copytree(refreshed.home, home, symlinks=True)
    lived_in = Company(home, refreshed.world, refreshed.servers)
    lived_in.move_to(refreshed.today + timedelta(days=3))
    yield lived_in
    refreshed.move_to(refreshed.today)


@pytest.mark.parametrize(
    ("mutation", "named"),
    [
        (six_is_passive, ("ExpectBandsToFollowTheDefinition",)),
        (nine_is_not_a_promoter, ("assert_daily_counts_are_the_counted_answers",)),
        (a_join_fans_out, ("unique_fct_survey_responses_answer_key",)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_publication_stops_and_names_the_check(
    published: Company, tmp_path: Path, mutation: Callable[[Path], None], named: tuple[str, ...]
) -> None:
    project = tmp_path / "checkout"
    for room in ROOMS:
        shutil.copytree(ROOT / room, project / room, ignore=shutil.ignore_patterns("__pycache__", "target"))
    shutil.copy(ROOT / "dagster.yaml", project)
    mutation(project)
    shutil.rmtree(published.home / "dbt_project")  # links to the folders of the checkout that is not broken
    current = published.home / "published" / "current"
    before, manifest = current.resolve(), (current / "manifest.json").read_bytes()

    stopped = published.nps("refresh", project=project)

    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert any(name in stopped.stdout + stopped.stderr for name in named), stopped.stdout + stopped.stderr
    assert "previous publication" in stopped.stdout + stopped.stderr
    assert current.resolve() == before
    assert (current / "manifest.json").read_bytes() == manifest
