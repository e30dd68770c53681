"""Who may not read the vault publishes the same figures; topics of comments wait for the key."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.simulated import Company
from vault import keys

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("end_to_end")]

#: Published tables that are made of what comments mention.
OF_TOPICS = {"nps_topics", "best_practice"}


def tables(home: Path) -> dict[str, str]:
    said = json.loads((home / "published" / "current" / "manifest.json").read_text("utf-8"))
    return {name: table["content_hash"] for name, table in said["tables"].items()}


def comments(home: Path, condition: str = "comment is not null") -> int:
    """How many different ones there are."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        [(found,)] = connection.execute(
            f"select count(distinct comment) from marts.fct_survey_responses where {condition}"
        ).fetchall()
    return int(found)


def blind(seeing: Company, folder: Path, how: str) -> Company:
    """The same company in a state folder of its own, whose loads have keys of their own, and not the one that
    opens the vault."""
    place = folder / "keys"
    keys.make(place)
    private = place / keys.PRIVATE
    if how == "removed":
        private.rename(folder / keys.PRIVATE)
    else:
        private.chmod(0)
    environment = {"NPS_PAGES": "off", keys.SETTING: str(place)}
    return Company(folder / "home", seeing.world, seeing.servers, seeing.today, environment)


def check(seeing: Path, company: Company, told: str) -> None:
    """What a refresh without the key told and left."""
    unread = comments(company.home, "starts_with(comment, 't:')")
    assert unread > 20
    assert f"topics: {unread:,} different comments were not read" in " ".join(told.split())
    assert unread == comments(seeing, "starts_with(comment, 't:')")
    mine, theirs = tables(company.home), tables(seeing)
    assert mine.keys() == theirs.keys()
    assert {name for name in mine if mine[name] != theirs[name]} <= OF_TOPICS
    asked = company.nps("comments", "--topic", "price")
    assert asked.returncode == 2
    assert "vault.key is not here or not yours to read" in " ".join(asked.stderr.split())
    assert company.nps("comments").returncode == 0


@pytest.mark.parametrize("how", ["removed", "closed"])
def test_figures_are_the_same_and_what_was_not_read_is_told(
    refreshed: Company, tmp_path: Path, how: str
) -> None:
    company = blind(refreshed, tmp_path, how)
    done = company.nps("refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    check(refreshed.home, company, done.stdout)


def test_once_the_key_is_there_everything_is_read(refreshed: Company, tmp_path: Path) -> None:
    company = blind(refreshed, tmp_path, "removed")
    assert company.nps("refresh").returncode == 0
    (tmp_path / keys.PRIVATE).rename(tmp_path / "keys" / keys.PRIVATE)
    done = company.nps("refresh")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "were not read" not in done.stdout
    assert tables(company.home) == tables(refreshed.home)
