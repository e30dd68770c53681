"""A past publication is made again from what raw held then, under the definition of then."""

import shutil
from pathlib import Path

import duckdb
import pytest

from publication import manifest
from tests.end_to_end.simulated import Company

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("end_to_end")]


@pytest.fixture
def lived_in(refreshed: Company, tmp_path: Path) -> Company:
    """The refreshed company in a home of its own, which a test may change."""
    home = tmp_path / "home"
    left_out = shutil.ignore_patterns("dagster", "reports", "logs", "dbt_project")
    shutil.copytree(refreshed.home, home, symlinks=True, ignore=left_out)
    return Company(home, refreshed.world, refreshed.servers, refreshed.today)


def a_later_load(home: Path) -> None:
    """A load that came after the publication: every answer once more, as another answer."""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(
            "insert into raw_qualtrics._dlt_loads select * replace ('9999999999.1' as load_id)"
            " from raw_qualtrics._dlt_loads limit 1"
        )
        connection.execute(
            "insert into raw_qualtrics.responses select * replace ('9999999999.1' as _dlt_load_id,"
            " response_id || '-later' as response_id)"
            " from raw_qualtrics.responses"
        )


def test_what_came_later_makes_no_difference(lived_in: Company) -> None:
    said = manifest.read((lived_in.home / "published" / "current").resolve())
    before = sorted((lived_in.home / "ledger").iterdir())
    a_later_load(lived_in.home)
    done = lived_in.nps("audit", "rerun", said.version)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"every cell of {len(said.tables) - 3} tables" in done.stdout
    assert "✓ the release is the one that made it" in done.stdout
    assert sorted((lived_in.home / "ledger").iterdir()) == before
    assert not [*lived_in.home.glob("rerun-*")]


def test_a_changed_answer_is_found_in_every_figure_that_it_is_in(lived_in: Company) -> None:
    with duckdb.connect(str(lived_in.home / "warehouse.duckdb")) as connection:
        connection.execute(
            "update raw_qualtrics.responses set score = case when score >= 5 then 0 else 10 end"
            " where response_id in (select response_id from raw_qualtrics.responses"
            " where score is not null order by response_id limit 200)"
        )
    done = lived_in.nps("audit", "rerun", "1")
    assert done.returncode == 1, done.stdout + done.stderr
