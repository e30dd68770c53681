"""Whoever owns the machine and the key can rewrite everything unseen, but for any one witness outside."""

from __future__ import annotations

import shutil
from email.message import EmailMessage
from pathlib import Path

import pytest
from cryptography import x509

from orchestration.cli import verifying
from orchestration.cli.verifying import Given
from publication import ledger
from tests.witness import books
from tests.witness.authority import Authority
from witness import keys, record, stores, timestamps
from witness.keys import PrivateKey
from witness.record import RecordError
from witness.seen import WitnessError

KINDS = ("store", "stamp", "stamp alone", "digest as text", "digest as e-mail")


@pytest.fixture
def kept(home: Path, tmp_path: Path, authority: Authority) -> Path:
    """What people outside kept: a file store, stamps with and without records, the digest of the third."""
    outside = tmp_path / "outside"
    for name in ("store", "stamps"):
        (outside / name).mkdir(parents=True)
    (outside / "tsa.pem").write_bytes(authority.certificates)
    stores.add(outside / "store", home / "heads")
    third = record.kept(home / "heads")[3]
    stamp = timestamps.ask(authority.url, third.text, [authority.root])
    (outside / "alone.tsr").write_bytes(stamp)
    (outside / "stamps" / "00000003.tsa.tsr").write_bytes(stamp)
    (outside / "stamps" / "00000003.json").write_bytes(third.text)
    text = f"NPS as of 2026-01-04\n\nnumber 3 of the ledger, head {third.record.ledger_head}, signed"
    (outside / "digest.txt").write_text(text)
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "NPS", "nps@acme.example", "ann@acme.example"
    mail.set_content(f"{text} · 95 %", cte="quoted-printable")
    mail.add_alternative("<p>…</p>", subtype="html")
    (outside / "digest.eml").write_bytes(bytes(mail))
    return outside


def given(kept: Path, kind: str) -> Given:
    """One witness and nothing else."""
    file = {
        "store": "store",
        "stamp": "stamps/00000003.tsa.tsr",
        "stamp alone": "alone.tsr",
        "digest as text": "digest.txt",
        "digest as e-mail": "digest.eml",
    }[kind]
    return Given((kept / file,), certificates=(kept / "tsa.pem",))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_ledger_passes_with_each_witness(
    kept: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verifying.whole(given(kept, kind)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "publication 1–3: signed, and the signature is valid" in said
    assert "saw the same, up to publication 3" in said
    assert ("at 2026-01-05 12:00:00 UTC" in said) == ("stamp" in kind)


def test_without_a_witness_the_rewriter_is_not_seen(
    home: Path, key: PrivateKey, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ledger.verify(home / "ledger").head
    books.rewritten(home, key)
    assert ledger.verify(home / "ledger").head != before
    assert verifying.whole(Given()) == 0
    assert "no witness was asked" in capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
def test_each_witness_alone_catches_the_rewriter(
    home: Path, key: PrivateKey, kept: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    books.rewritten(home, key)
    if kind == "stamp alone":
        with pytest.raises(WitnessError, match="stamps none of the 3 heads here"):
            verifying.whole(given(kept, kind))
        return
    assert verifying.whole(given(kept, kind)) == 1
    first = (
        "publication 2 is the first" if kind == "store" else "publication 3, or one before it, is the first"
    )
    assert first in capsys.readouterr().err


def test_a_rewriter_without_the_key_is_seen_by_the_public_key_alone(
    home: Path, key_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = Given(keys=(keys.public_file(key_file),))
    keys.new(tmp_path / "own.key")
    books.rewritten(home, keys.private(tmp_path / "own.key"))
    assert verifying.whole(given) == 1
    assert "which is not among those that are known" in capsys.readouterr().err
    books.rewritten(home, None)
    assert verifying.whole(given) == 1
    assert "publication 3 is not signed, so the key proves nothing" in capsys.readouterr().err


def test_a_ledger_that_was_cut_is_seen(home: Path, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (*home.glob("ledger/00000003*"), *home.glob("heads/00000003*")):
        file.unlink()
    assert verifying.whole(Given()) == 0
    assert verifying.whole(given(kept, "store")) == 1
    assert "saw publication 3: the ledger ends before it" in capsys.readouterr().err


def test_a_ledger_changed_in_place_breaks_its_chain_or_differs_from_its_records(
    home: Path, key: PrivateKey, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heads = shutil.copytree(home / "heads", tmp_path / "heads")
    books.rewritten(home, key)
    shutil.rmtree(home / "heads")
    shutil.copytree(heads, home / "heads")
    assert verifying.whole(Given()) == 1
    assert "publication 2 was recorded with the head" in capsys.readouterr().err


def test_a_record_that_is_lost_or_changed_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "heads" / "00000002.json"
    text = file.read_bytes()
    file.unlink()
    assert verifying.whole(Given()) == 1
    assert "the record of publication 2 is missing" in capsys.readouterr().err
    file.write_bytes(text.replace(b'"v2"', b'"v9"'))
    assert verifying.whole(Given()) == 1
    assert "publication 2 has a signature that is not that of key" in capsys.readouterr().err
    file.write_bytes(b"{")
    with pytest.raises(RecordError, match=r"00000002\.json is no record"):
        verifying.whole(Given())
    file.write_bytes((home / "heads" / "00000003.json").read_bytes())
    with pytest.raises(RecordError, match="is the record of publication 3"):
        verifying.whole(Given())


@pytest.mark.parametrize("text", [b"", b"nothing", b"\xff\xfe", b"number 3 of the ledger, head 12"])
def test_what_is_no_witness_is_refused(home: Path, tmp_path: Path, text: bytes) -> None:
    (tmp_path / "digest.txt").write_bytes(text)
    with pytest.raises(WitnessError, match="names no head of a ledger"):
        verifying.whole(Given((tmp_path / "digest.txt",)))
    with pytest.raises(WitnessError, match="is no file"):
        verifying.whole(Given((tmp_path / "nothing",)))


def test_a_stamp_of_an_authority_that_nobody_trusts_is_refused(kept: Path) -> None:
    stranger = Authority()
    (kept / "tsa.pem").write_bytes(stranger.certificates)
    with pytest.raises(WitnessError, match="the time stamp is not valid"):
        verifying.whole(given(kept, "stamp"))
    with pytest.raises(WitnessError, match="no authority is trusted"):
        verifying.whole(Given((kept / "stamps" / "00000003.tsa.tsr",)))
    assert x509.load_pem_x509_certificates(stranger.certificates) == [stranger.root]
