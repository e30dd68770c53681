"""Who may not read the vault publishes the same figures; topics of new comments wait for the key."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.end_to_end.simulated import Company, Size, company

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("end_to_end")]

FEW = Size(accounts=300, branches=20, employees=30, invitations=3_000, answers=1_500)
#: Published tables that are made of what comments mention.
OF_TOPICS = {"nps_topics", "best_practice"}
DAYS = 30


@pytest.fixture(scope="module")
def refreshed_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """With its key, in a folder beside its state; then days go by, and it is refreshed with the key again."""
    home = tmp_path_factory.mktemp("with_the_key") / "home"
    with company(home, FEW) as lived_in:
        lived_in.environment = {"NPS_PAGES": "off", "NPS_VAULT_KEYS": str(home.parent / "keys")}
        done(lived_in, "refresh")
        shutil.copytree(home, home.with_name("before"), symlinks=True)
        lived_in.move_to(lived_in.today + timedelta(days=DAYS))
        done(lived_in, "refresh")
        yield lived_in


def done(lived_in: Company, *arguments: str) -> str:
    ended = lived_in.nps(*arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def tables(home: Path) -> dict[str, str]:
    said = json.loads((home / "published" / "current" / "manifest.json").read_text("utf-8"))
    return {name: table["content_hash"] for name, table in said["tables"].items()}


def readings(home: Path) -> dict[str, tuple[str | None, ...]]:
    """What was read of each comment, by its token's hash."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select comment_hash, language, reader, list(topic order by topic)"
            " from topics.readings left join topics.mentions using (comment_hash) group by all"
        ).fetchall()
    return {name: tuple(map(str, rest)) for name, *rest in rows}


@pytest.mark.parametrize("how", ["removed", "closed"])
def test_figures_are_the_same_and_what_was_not_read_is_told(
    refreshed_once: Company, tmp_path: Path, how: str
) -> None:
    home, keys = tmp_path / "home", tmp_path / "keys"
    shutil.copytree(refreshed_once.home.with_name("before"), home, symlinks=True)
    shutil.copytree(refreshed_once.home.with_name("keys"), keys)
    if how == "removed":
        (keys / "vault.key").unlink()
    else:
        (keys / "vault.key").chmod(0)
    before = readings(home)
    environment = {"NPS_PAGES": "off", "NPS_VAULT_KEYS": str(keys)}
    blind = Company(home, refreshed_once.world, refreshed_once.servers, refreshed_once.today, environment)
    told = done(blind, "refresh")

    kept, read = readings(home), readings(refreshed_once.home)
    unread = len(read) - len(kept)
    assert unread > 0, "else nothing new was said"
    assert f"topics: {unread:,} different comments were not read" in " ".join(told.split())
    assert kept.items() <= before.items()
    mine, theirs = tables(home), tables(refreshed_once.home)
    assert mine.keys() == theirs.keys()
    assert {name for name in mine if mine[name] != theirs[name]} <= OF_TOPICS

    asked = blind.nps("comments", "--topic", "price")
    assert asked.returncode == 2
    assert "vault.key is not here or not yours to read" in " ".join(asked.stderr.split())
    assert "price" in done(blind, "comments")

    (keys / "vault.key").unlink(missing_ok=True)
    shutil.copyfile(refreshed_once.home.with_name("keys") / "vault.key", keys / "vault.key")
    (keys / "vault.key").chmod(0o600)
    assert json.loads(done(blind, "comments", "--topic", "price", "--format", "json"))
