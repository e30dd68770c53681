"""Each witness is told what it lacks; one that fails is named, and keeps no other from being told."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from company.witnessing import Witness
from orchestration import witnesses
from tests.witness import books
from tests.witness.authority import Authority
from witness import record, timestamps
from witness.keys import PrivateKey
from witness.record import RecordError
from witness.timestamps import TimestampError, UnreachableError


@pytest.fixture
def named(tmp_path: Path, authority: Authority) -> list[Witness]:
    """A store and an authority, in the order in which a config may name them."""
    (tmp_path / "store").mkdir()
    (tmp_path / "tsa.pem").write_bytes(authority.certificates)
    return [
        Witness("store", tmp_path / "store"),
        Witness("tsa", url=authority.url, certificates=tmp_path / "tsa.pem"),
    ]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_store_gets_every_head_with_signature_and_stamp_once(
    home: Path, named: list[Witness], authority: Authority, tmp_path: Path
) -> None:
    asked = authority.asked
    assert witnesses.tell(home / "heads", named).told == {"tsa": 1, "store": 7}
    assert names(tmp_path / "store") == [
        *("00000001.json", "00000001.sig", "00000002.json", "00000002.sig"),
        *("00000003.json", "00000003.sig", "00000003.tsa.tsr"),
    ]
    assert witnesses.tell(home / "heads", named).told == {"tsa": 0, "store": 0}
    assert authority.asked == asked + 1
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "store").iterdir()}
    assert modes == {0o400}


def test_a_witness_that_is_not_there_is_named_and_told_later(
    home: Path, named: list[Witness], authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "store").rmdir()
    authority.status = 503
    report = witnesses.tell(home / "heads", named)
    assert report.told == {}
    assert report.unreached[0] == "tsa: it answered 503"
    assert report.unreached[1].startswith("store: there is no folder")
    (tmp_path / "store").mkdir()
    report = witnesses.tell(home / "heads", named)
    assert report.told == {"store": 6}, "the store is told although the authority is away"
    authority.status = 200
    assert witnesses.tell(home / "heads", named).told == {"tsa": 1, "store": 1}


def test_a_store_that_saw_another_head_is_an_alarm_and_stays_as_it_is(
    home: Path, named: list[Witness], key: PrivateKey, tmp_path: Path
) -> None:
    witnesses.tell(home / "heads", named[:1])
    before = {path.name: path.read_bytes() for path in (tmp_path / "store").iterdir()}
    books.rewritten(home, key)
    [alarm] = witnesses.tell(home / "heads", named[:1]).differ
    assert "publication 2 is the first that differs" in alarm
    assert {path.name: path.read_bytes() for path in (tmp_path / "store").iterdir()} == before


def test_a_record_that_was_changed_is_not_kept_over_the_first(tmp_path: Path, key: PrivateKey) -> None:
    home = books.written(tmp_path, signer=key)
    version = tmp_path / "version"
    version.mkdir()
    first = record.kept(home / "heads")[1]
    (version / record.FILE).write_bytes(first.text)
    (version / record.SIGNATURE).write_bytes(b"another")
    with pytest.raises(RecordError, match=r"00000001\.sig holds something else"):
        record.keep(home / "heads", version)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"rubbish", "this is no time stamp"),
        (b"", "this is no time stamp"),
        (bytes.fromhex("30053003020102"), "this is no time stamp"),
        (b"x" * 2_000_000, "the answer has no end"),
    ],
    ids=["rubbish", "nothing", "a refusal", "without end"],
)
def test_what_is_no_stamp_is_refused(authority: Authority, answer: bytes, message: str) -> None:
    authority.answer = answer
    with pytest.raises(TimestampError, match=message):
        timestamps.ask(authority.url, b"a head", [authority.root])


def test_a_stamp_counts_for_its_message_of_a_trusted_authority_only(authority: Authority) -> None:
    stamp = timestamps.ask(authority.url, b"a head", [authority.root])
    assert timestamps.checked(stamp, b"a head", [authority.root]) == authority.now
    with pytest.raises(TimestampError, match="not valid"):
        timestamps.checked(stamp, b"another head", [authority.root])
    with pytest.raises(TimestampError, match="not valid"):
        timestamps.checked(stamp, b"a head", [Authority().root])
    authority.answer = stamp
    with pytest.raises(TimestampError, match="Nonce"):
        timestamps.ask(authority.url, b"a head", [authority.root])


def test_an_authority_that_does_not_answer_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="could not be reached"):
        timestamps.ask("http://127.0.0.1:9/", b"a head", [])
