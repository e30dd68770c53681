"""The sealed files: read with the private key only, destroyed for good, sound after a crash at any place."""

import os
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vault import store
from vault.store import Entry, Vault, WrongKeyError

PRIVATE = X25519PrivateKey.from_private_bytes(b"p" * 32)
PUBLIC = PRIVATE.public_key()
ENTRIES = st.lists(
    st.builds(
        Entry,
        st.sampled_from(["r1", "r2", "r3:q"]),
        st.sampled_from(["t:1", "t:2", "p:3"]),
        st.text(max_size=20),
    ),
    max_size=6,
)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


def opened(vault: Vault) -> set[tuple[str, ...]]:
    return {tuple(found) for found in vault.entries(PRIVATE)}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(
    batches=st.lists(st.tuples(st.sampled_from(["one", "two"]), ENTRIES), max_size=4),
    records=st.sets(
        st.tuples(st.sampled_from(["one", "two"]), st.just("t"), st.sampled_from(["r1", "r3:q"]))
    ),
    tokens=st.sets(st.sampled_from(["t:1", "p:3"])),
)
def test_what_was_sealed_opens_but_what_was_destroyed(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[tuple[str, list[Entry]]],
    records: set[tuple[str, str, str]],
    tokens: set[str],
) -> None:
    vault = Vault(tmp_path_factory.mktemp("vault") / "vault")
    for source, entries in batches:
        assert vault.seal(source, "t", entries, PUBLIC) == len(set(entries))
    whole = {(source, "t", *entry[:3]) for source, entries in batches for entry in entries}
    assert opened(vault) == whole
    stays = {each for each in whole if each[:3] not in records and each[3] not in tokens}
    rows = [(source, "t", *entry[:3]) for source, entries in batches for entry in set(entries)]
    assert vault.destroy(records, tokens) == sum(each not in stays for each in rows)
    assert opened(vault) == stays
    assert vault.destroy(records, tokens) == 0


def test_another_key_reads_nothing(vault: Vault) -> None:
    vault.seal("files", "t", [Entry("r", "t:1", "secret")], PUBLIC)
    with pytest.raises(WrongKeyError, match="does not open with this key"):
        vault.open(X25519PrivateKey.from_private_bytes(b"x" * 32))


def test_a_row_is_tied_to_its_record(vault: Vault) -> None:
    vault.seal("files", "t", [Entry("r", "t:1", "secret")], PUBLIC)
    (vault.folder / "files" / "t").rename(vault.folder / "files" / "other")
    with pytest.raises(WrongKeyError):
        vault.open(PRIVATE)


def test_no_text_lies_in_the_files_and_they_are_their_owners(vault: Vault) -> None:
    vault.seal("files", "t", [Entry("r", "t:1", "a canary in the mine")], PUBLIC)
    files = [path for path in vault.folder.rglob("*") if path.is_file()]
    assert not any(b"canary" in path.read_bytes() for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    folders = {path for file in files for path in file.parents if path.is_relative_to(vault.folder)}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_tokens_and_records_are_found_without_opening(vault: Vault) -> None:
    vault.seal("files", "a", [Entry("r1", "t:1", "x"), Entry("r2", "t:2", "y")], PUBLIC)
    vault.seal("stripe", "b", [Entry("r3", "t:1", "x")], PUBLIC)
    assert vault.records({"t:1"}) == {("files", "a", "r1"), ("stripe", "b", "r3")}
    assert vault.open(PRIVATE, {"t:2", "t:9"}) == {"t:2": "y"}
    assert vault.open(PRIVATE, sources={"stripe"}) == {"t:1": "x"}


def test_what_is_destroyed_is_in_no_file(vault: Vault) -> None:
    vault.seal("files", "t", [Entry("r1", "t:1", "gone"), Entry("r2", "t:2", "stays")], PUBLIC)
    [file] = vault.folder.rglob("*.parquet")
    rows = pq.read_table(file).to_pylist()
    salt, sealed = rows[0]["salt"], rows[0]["sealed"]
    assert all(part in file.read_bytes() for part in (salt, sealed))
    assert vault.destroy(records={("files", "t", "r1")}) == 1
    left = b"".join(path.read_bytes() for path in vault.folder.rglob("*") if path.is_file())
    assert not any(part in left for part in (salt, sealed, b"t:1"))


def test_many_files_become_one(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_MOST_FILES", 3)
    for at in range(8):
        vault.seal("files", "t", [Entry(f"r{at}", f"t:{at}", f"text {at}")], PUBLIC)
    assert len(list(vault.folder.rglob("*.parquet"))) <= 3
    assert vault.open(PRIVATE) == {f"t:{at}": f"text {at}" for at in range(8)}


class CrashError(Exception):
    """Stands for the end of the process."""


def crashing_at(monkeypatch: pytest.MonkeyPatch, step: int) -> Callable[[], bool]:
    """Let the process end before the file operation of that number; tells whether it came to it."""
    done = 0

    def counted(operation: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            nonlocal done
            done += 1
            if done >= step:
                raise CrashError
            return operation(*args, **kwargs)

        return run

    monkeypatch.setattr(os, "fsync", counted(os.fsync))
    monkeypatch.setattr(Path, "rename", counted(Path.rename))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    monkeypatch.setattr(pq, "write_table", counted(pq.write_table))
    return lambda: done >= step


@pytest.mark.parametrize("step", range(1, 19))
def test_a_crash_leaves_a_sound_vault(vault: Vault, step: int) -> None:
    before = [Entry(f"r{at % 3}", f"t:{at}", f"text {at}") for at in range(4)]
    for entry in before:
        vault.seal("files", "t", [entry], PUBLIC)
    added = [Entry("r9", "t:9", "added"), Entry("r0", "t:8", "added too")]
    whole = {("files", "t", *entry[:3]) for entry in [*before, *added]}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "_MOST_FILES", 4)
        has_crashed = crashing_at(patched, step)
        try:
            vault.seal("files", "t", added, PUBLIC)
            assert opened(vault) == whole
            vault.destroy(records={("files", "t", "r0")})
        except CrashError:
            pass
        crashed = has_crashed()
    assert crashed
    kept = {each for each in whole if each[2] not in ("r0", "r9")}
    assert kept <= opened(vault) <= whole
    vault.seal("files", "t", added, PUBLIC)
    vault.destroy(records={("files", "t", "r0")})
    assert opened(vault) == {each for each in whole if each[2] != "r0"}
    assert not list(vault.folder.rglob("*.tmp"))


KIND = {"t:1": "texts", "p:3": "others", "a@b": "addresses", store.REST: "rest"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
@given(
    entries=st.lists(
        st.builds(
            Entry,
            st.sampled_from(["r1", "r2"]),
            st.sampled_from(sorted(KIND)),
            st.just("text"),
            st.dates(date(2020, 1, 1), date(2020, 1, 9)),
        ),
        max_size=8,
    ),
    since=st.dictionaries(
        st.sampled_from(sorted(KIND.values())), st.dates(date(2020, 1, 1), date(2020, 1, 10))
    ),
)
def test_what_is_older_than_is_kept_goes_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], since: dict[store.Held, date]
) -> None:
    vault = Vault(tmp_path_factory.mktemp("vault") / "vault")
    vault.seal("files", "t", entries, PUBLIC)
    late = {each for each in set(entries) if each.day and each.day < since.get(KIND[each.token], date.min)}  # type: ignore[call-overload]
    assert vault.expired(since) == len(late)
    assert vault.expire(since) == len(late)
    assert opened(vault) == {("files", "t", *each[:3]) for each in set(entries) - late}
    assert vault.expired(since) == 0


def test_without_a_day_of_its_own_the_day_of_sealing_counts(vault: Vault) -> None:
    today = datetime.now(UTC).date()
    vault.seal("files", "t", [Entry("r", "t:1", "a"), Entry("r", "t:2", "b", today + timedelta(9))], PUBLIC)
    assert vault.expired({"texts": today}) == 0
    assert vault.expired({"texts": today + timedelta(1)}) == 2, "a day to come is none, either"
