"""What a company says of signing and of witnesses: each mistake with its line, and what is read from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from company import checking, witnessing
from company.folder import CONFIG
from company.witnessing import KEYS, Witness
from tests.companies import seal
from witness import keys

STORE = '[publication.witnesses.store]\nfolder = "/mnt/heads"\n'
AUTHORITY = '[publication.witnesses.tsa]\nurl = "https://tsa.example/stamp"\ncertificates = "tsa.pem"\n'

# what somebody wrote at the end → the text of the line that is named, and the problem
SPOILT = {
    "no key": ("[publication.signing]\n", "[publication.signing]", "no key signs"),
    "a key beside the current folder": (
        '[publication.signing]\nkey = "acme.key"\n',
        'key = "acme.key"',
        "no key signs",
    ),
    "another setting": (
        '[publication.signing]\nkey = "/etc/k"\npassword = "x"\n',
        'password = "x"',
        "has no key password",
    ),
    "no witness": (
        "[publication.witnesses.a]\n",
        "[publication.witnesses.a]",
        "not clear what the witness is",
    ),
    "two in one": (f'{STORE}url = "https://a"\n', STORE.splitlines()[0], "not clear what the witness is"),
    "a name that is no file's": (
        STORE.replace("store", '"a/b"'),
        '[publication.witnesses."a/b"]',
        "no name of a witness",
    ),
    "a folder from here": (STORE.replace("/mnt", "mnt"), 'folder = "mnt/heads"', "folder is 'mnt/heads'"),
    "an address that is none": (
        AUTHORITY.replace("https", "ftp"),
        'url = "ftp://tsa.example/stamp"',
        "the authority has no address",
    ),
    "a password in the address": (
        AUTHORITY.replace("tsa.example", "nps:x@tsa.example"),
        'url = "https://nps:x@tsa.example/stamp"',
        "the authority has no address",
    ),
    "no certificates": (
        AUTHORITY.replace("tsa.pem", "other.pem"),
        'certificates = "other.pem"',
        "no file of the certificates",
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(folder: Path, spoilt: str) -> None:
    added, line, problem = SPOILT[spoilt]
    (folder / "tsa.pem").write_text("…")
    text = (folder / CONFIG).read_text("utf-8") + added
    (folder / CONFIG).write_text(text, "utf-8")
    [mistake] = checking.judge(folder)
    assert (mistake.file, problem in mistake.problem) == (CONFIG, True)
    assert text.splitlines()[mistake.line - 1] == line


def test_a_key_in_the_company_folder_is_refused(folder: Path) -> None:
    with (folder / CONFIG).open("a") as config:
        config.write(f'[publication.signing]\nkey = "{folder}/keys/acme.key"\n')
    [mistake] = checking.judge(folder)
    assert mistake.problem == "the key lies in the company folder"


def test_what_is_in_order_is_read(folder: Path) -> None:
    (folder / "tsa.pem").write_text("…")
    with (folder / CONFIG).open("a") as config:
        config.write(f'[publication.signing]\nkey = "/etc/acme.key"\n{STORE}{AUTHORITY}')
    assert checking.judge(folder) == []
    assert witnessing.key_file(folder) == Path("/etc/acme.key")
    assert witnessing.witnesses(folder) == [
        Witness("store", Path("/mnt/heads")),
        Witness("tsa", url="https://tsa.example/stamp", certificates=(folder / "tsa.pem").resolve()),
    ]
    assert witnessing.public_keys(folder) == {}


def test_a_listed_key_wants_an_approval_and_so_does_its_end(folder: Path, tmp_path: Path) -> None:
    made = keys.new(tmp_path / "etc" / "acme.key")
    (folder / KEYS).write_text(keys.entry(made, date(2026, 1, 2)))
    [mistake] = checking.judge(folder)
    assert mistake.problem == "nobody has approved signing_keys"
    seal(folder, "signing_keys")
    assert checking.judge(folder) == []
    assert witnessing.public_keys(folder)[made.id].first == date(2026, 1, 2)
    with (folder / KEYS).open("a") as listed:
        listed.write("until = 2026-12-01\n")
    [mistake] = checking.judge(folder)
    assert "signing_keys has changed since" in mistake.problem
    with (folder / KEYS).open("a") as listed:
        listed.write('revoked_at = "today"\n')
    [mistake] = checking.judge(folder)
    assert (mistake.file, mistake.line, mistake.problem) == (KEYS, 5, "revoked_at is no day")
