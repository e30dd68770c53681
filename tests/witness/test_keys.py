"""Keys are made once, are their owner's alone, and are listed with days; a signature counts on those."""

from __future__ import annotations

import stat
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.witness import books
from witness import checking, keys, record
from witness.checking import Verdict
from witness.keys import KeyFileError, PrivateKey
from witness.seen import Seen


def test_a_new_key_is_its_owners_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "etc" / "acme.key"
    made = keys.new(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.private(path).key == made.id
    assert [*keys.public_keys(keys.public_file(path))] == [made.id]
    with pytest.raises(KeyFileError, match="a key is never overwritten"):
        keys.new(path)
    assert keys.private(path).key == made.id


def test_openssl_checks_a_signature_with_the_public_key_alone(key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "head.json").write_bytes(b"{}")
    (tmp_path / "head.sig").write_bytes(keys.private(key_file).sign(b"{}"))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", str(keys.public_file(key_file))]
    done = subprocess.run([*command, "-in", "head.json", "-sigfile", "head.sig"], cwd=tmp_path, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        (None, 0o600, "cannot be read"),
        (b"rubbish", 0o600, "holds no private key"),
        (b"rubbish", 0o640, "others may read the key"),
    ],
)
def test_a_key_that_cannot_sign_is_refused(
    tmp_path: Path, text: bytes | None, mode: int, message: str
) -> None:
    path = tmp_path / "acme.key"
    if text is not None:
        path.write_bytes(text)
        path.chmod(mode)
    with pytest.raises(KeyFileError, match=message):
        keys.private(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"public": "rubbish"}, "this is no public key"),
        ({"public": "AAAA"}, "this is no public key"),
        ({"from": "2026-01-02"}, "from is no day"),
        ({"from": None}, "from is no day"),
        ({"until": date(2026, 1, 2)}, "it ends before it begins"),
        ({"revoked_at": datetime(2026, 1, 2, tzinfo=UTC)}, "revoked_at is no day"),
        ({"for": "ever"}, "a key has no for"),
    ],
)
def test_each_flaw_of_a_list_is_named(key: PrivateKey, change: dict[str, object], problem: str) -> None:
    import tomllib

    said = tomllib.loads(books.entry(key))
    assert [*keys.flaws(said)] == []
    said[key.key] |= change
    assert problem in next(keys.flaws(said)).problem
    assert [flaw.problem for flaw in keys.flaws({"1234": said[key.key]})]


def judged(home: Path, *listed: str, agreeing: tuple[Seen, ...] = ()) -> Verdict:
    """The verdict on the signatures of the three publications, of 2026-01-02 to 04."""
    (home / "keys.toml").write_text("\n".join(listed))
    records = record.kept(home / "heads")
    heads = {number: each.record.ledger_head for number, each in records.items()}
    return checking.signatures(heads, records, keys.public_keys(home / "keys.toml"), agreeing)


def test_a_key_signs_on_its_days(tmp_path: Path, key: PrivateKey) -> None:
    home = books.written(tmp_path, signer=key)
    assert judged(home, books.entry(key, until=date(2026, 1, 5))).fails == ()
    [wrong] = judged(home, books.entry(key, until=date(2026, 1, 4))).fails
    assert "publication 3 of 2026-01-04 is signed with key" in wrong
    assert "not in force that day" in wrong


def test_a_new_key_follows_an_old_one(tmp_path: Path, key: PrivateKey) -> None:
    home = books.written(tmp_path / "home", signer=key)
    keys.new(tmp_path / "next.key")
    following = keys.private(tmp_path / "next.key")
    fourth = books.written(tmp_path / "other", (40, 41, 42, 43), signer=following)
    for name in ("00000004.json", "00000004.sig"):
        (home / "heads" / name).write_bytes((fourth / "heads" / name).read_bytes())
    ends = books.entry(key, until=date(2026, 1, 5))
    assert judged(home, ends, books.entry(following)).fails == ()
    [wrong] = judged(home, ends).fails
    assert f"publication 4 is signed with key {following.key}, which is not among those" in wrong


def test_what_a_revoked_key_signed_counts_only_where_a_witness_saw_it_before(
    tmp_path: Path, key: PrivateKey
) -> None:
    home = books.written(tmp_path, signer=key)
    revoked = books.entry(key, revoked_at=date(2026, 1, 4))
    alone = judged(home, revoked).fails
    assert ["whoever has it can backdate" in each for each in alone] == [True, True, False]
    assert "publication 3 is signed with key" in alone[2]
    at = datetime(2026, 1, 3, 20, tzinfo=UTC)
    assert judged(home, revoked, agreeing=(Seen("tsa", 2, "…", at),)).fails == alone[2:]
    assert judged(home, revoked, agreeing=(Seen("store", 2, "…"),)).fails == alone[2:]
    assert len(judged(home, revoked, agreeing=(Seen("tsa", 2, "…", at + timedelta(days=1)),)).fails) == 3
    assert len(judged(home, revoked, agreeing=(Seen("tsa", 1, "…", at),)).fails) == 2


def test_what_was_never_signed_is_said_and_a_gap_is_an_error(tmp_path: Path, key: PrivateKey) -> None:
    assert judged(books.written(tmp_path / "a")) == Verdict(("publication 1–3: not signed",), ())
    home, unsigned = books.written(tmp_path / "b", signer=key), tmp_path / "a"
    third = home / "heads" / "00000003.json"
    third.with_suffix(".sig").unlink()
    [lost] = judged(home, books.entry(key)).fails
    assert "publication 3 has lost its signature" in lost
    third.unlink()
    third.write_bytes((unsigned / "heads" / third.name).read_bytes())
    [gap] = judged(home, books.entry(key)).fails
    assert f"publication 3 is not signed, but key {key.key} was in force" in gap
    assert judged(home, books.entry(key, until=date(2026, 1, 4))).fails == ()
