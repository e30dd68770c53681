"""After a refresh, what people wrote and where they are reached is in the vault, and nowhere else.

Every byte of every file is searched, and every text of every table, because the engine stores texts
compressed. What was delivered and what simulates the outside world is not the product's.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import orjson
import pytest

from tests.end_to_end.simulated import Company
from vault import keys
from vault.store import REST, Vault

pytestmark = pytest.mark.xdist_group("end_to_end")

NOT_THE_PRODUCTS = ("vault", "inbox", "demo")
#: Texts that are searched for: the longest, which nobody else writes by chance.
CANARIES, LONG = 200, 14


def canaries(home: Path, where: Path) -> list[str]:
    """Addresses and texts that the vault holds, of every source and table that has some."""
    private = keys.reading(home)
    assert private is not None, f"no key beside {where}"
    by_place: dict[tuple[str, str, bool], set[str]] = {}
    for each in Vault(home / "vault").entries(private):
        for text in orjson.loads(each.text).values() if each.token == REST else [each.text]:
            if len(text) >= LONG and "\n" not in text:
                by_place.setdefault((each.source, each.table, "@" in text), set()).add(text)
    share = CANARIES // len(by_place)
    return sorted({text for texts in by_place.values() for text in sorted(texts, key=len)[-share:]})


def in_files(home: Path, texts: Sequence[str]) -> Iterator[str]:
    """Files that hold one of the texts, as it is or as JSON writes it."""
    forms = {form for text in texts for form in (text.encode(), orjson.dumps(text)[1:-1])}
    pattern = re.compile(b"|".join(map(re.escape, forms)))
    for path in sorted(home.rglob("*")):
        place = path.relative_to(home)
        if place.parts[0] in NOT_THE_PRODUCTS or path.is_symlink() or not path.is_file():
            continue
        if found := pattern.search(path.read_bytes()):
            yield f"{place}: {found[0]!r}"


def in_tables(database: Path, texts: Sequence[str]) -> Iterator[str]:
    """Columns of texts that hold one of them."""
    pattern = "|".join(map(re.escape, texts))
    with duckdb.connect(str(database), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where not internal and data_type in ('VARCHAR', 'JSON') and (schema_name, table_name) in"
            " (select (schema_name, table_name) from duckdb_tables())"
        ).fetchall()
        assert len(columns) > 100
        for schema, table, column in columns:
            [(found,)] = connection.execute(
                f'select min("{column}") from "{schema}"."{table}" where regexp_matches("{column}", ?)',
                [pattern],
            ).fetchall()
            if found is not None:
                yield f"{schema}.{table}.{column}: {found}"


@pytest.mark.long
def test_nothing_of_it_is_outside_the_vault(refreshed: Company) -> None:
    home = refreshed.home
    texts = canaries(home, home)
    assert len([text for text in texts if "@" in text]) > 20
    assert len([text for text in texts if " " in text]) > 20
    assert list(in_files(home, texts)) == []
    assert list(in_tables(home / "warehouse.duckdb", texts)) == []


@pytest.mark.long
def test_the_search_finds_what_is_not_protected(refreshed: Company, tmp_path: Path) -> None:
    [canary, *_] = texts = canaries(refreshed.home, refreshed.home)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(f"loaded {canary}!")
    copy = tmp_path / "copy.duckdb"
    copy.write_bytes((refreshed.home / "warehouse.duckdb").read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "create table raw_files.left_behind as select ? as payload", [f'{{"x":"{canary}"}}']
        )
    assert [place.partition(":")[0] for place in in_tables(copy, texts)] == ["raw_files.left_behind.payload"]
    assert [place.partition(":")[0] for place in in_files(tmp_path, texts) if "logs" in place] == [
        "logs/a.log"
    ]


@pytest.mark.long
def test_the_keys_are_not_in_the_state_folder_and_their_owners_alone(refreshed: Company) -> None:
    place = keys.folder(refreshed.home)
    assert not place.is_relative_to(refreshed.home)
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    held = [path for path in refreshed.home.rglob("*") if path.is_file() and not path.is_symlink()]
    secret = (place / keys.TOKENS).read_bytes().strip()
    assert not [path for path in held if secret in path.read_bytes()]
