"""`[publication.signing]` and `[publication.witnesses.NAME]` of `config.toml`, and the public keys that sign.

The keys are `definition/signing_keys.toml`, which is approved like any part of the definition. Belongs here:
what the sections and that file may say. Does not belong here: signing, or asking a witness (`witness`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from company.folder import CONFIG, DEFINITION
from company.mistakes import Mistake, Page, listed, read
from witness import keys
from witness.keys import PublicKey

KEYS = f"{DEFINITION}/signing_keys.toml"
_SIGNING = "publication.signing"
_KINDS = {"folder": ("folder",), "url": ("url", "certificates")}
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")


@dataclass(frozen=True)
class Witness:
    """A file store's folder, or the address of a time-stamp authority and the file of its certificates, which
    are trusted; all paths absolute."""

    name: str
    folder: Path | None = None
    url: str = ""
    certificates: Path | None = None


def key_file(folder: Path) -> Path | None:
    """Where the key is that signs; None where the company does not sign."""
    said = _publication(read(folder, CONFIG)).get("signing")
    return Path(said["key"]).expanduser() if said else None


def witnesses(folder: Path) -> list[Witness]:
    """The witnesses of a folder that is in order."""
    return [
        Witness(
            name,
            Path(said["folder"]).expanduser() if "folder" in said else None,
            said.get("url", ""),
            (folder / Path(said["certificates"]).expanduser()).resolve() if "certificates" in said else None,
        )
        for name, said in _publication(read(folder, CONFIG)).get("witnesses", {}).items()
    ]


def public_keys(folder: Path) -> dict[str, PublicKey]:
    """The listed keys of a folder that is in order, by id; none where it lists none."""
    return keys.listed(read(folder, KEYS).content or {})


def judge(folder: Path, config: Page) -> Iterator[Mistake]:
    """What is wrong with the sections."""
    signing = _publication(config).get("signing")
    if signing is not None:
        said = signing if isinstance(signing, dict) else {}
        for key in said:
            if key != "key":
                yield _wrong(config, _SIGNING, key, f"[{_SIGNING}] has no key {key}", "use key")
        if not _is_path(said.get("key")):
            yield _wrong(config, _SIGNING, "key", "no key signs", 'write key = "/ABSOLUTE/PATH"')
        elif Path(said["key"]).expanduser().resolve().is_relative_to(folder.resolve()):
            remedy = "name a file elsewhere: git would take it along"
            yield _wrong(config, _SIGNING, "key", "the key lies in the company folder", remedy)
    section = _publication(config).get("witnesses", {})
    for name, each in section.items() if isinstance(section, dict) else ():
        place = f"publication.witnesses.{name}"
        for key, problem, remedy in _witness(folder, name, each if isinstance(each, dict) else {}):
            yield _wrong(config, place, key, problem, remedy)


def judge_keys(folder: Path) -> Iterator[Mistake]:
    """What is wrong with the list of keys; nothing if there is none."""
    if not (folder / KEYS).exists():
        return
    page = read(folder, KEYS)
    if page.mistake:
        yield page.mistake
    for flaw in keys.flaws(page.content or {}):
        line = page.line(flaw.key, flaw.field) or page.line(flaw.key)
        yield Mistake(KEYS, line, flaw.problem, flaw.remedy)


def _witness(folder: Path, name: str, said: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of each mistake in one witness."""
    if not _NAME.fullmatch(name):
        yield "", f"{name!r} is no name of a witness", "use small letters, digits, _ and -"
    kinds = [kind for kind in _KINDS if kind in said]
    if len(kinds) != 1:
        yield "", "it is not clear what the witness is", 'write folder = "/PATH", or url and certificates'
        return
    for key in said:
        if key not in _KINDS[kinds[0]]:
            yield key, f"a witness with {kinds[0]} has no {key}", f"use {listed(_KINDS[kinds[0]])}"
    if kinds == ["folder"]:
        if not _is_path(said["folder"]):
            yield "folder", f"folder is {said['folder']!r}", 'write folder = "/ABSOLUTE/PATH"'
        return
    url = urlsplit(said["url"]) if isinstance(said["url"], str) else urlsplit("")
    if url.scheme not in ("http", "https") or not url.hostname or "@" in url.netloc:
        yield "url", "the authority has no address", 'write url = "https://HOST/PATH", without a password'
    certificates = said.get("certificates")
    if not isinstance(certificates, str) or not (folder / Path(certificates).expanduser()).is_file():
        remedy = "save the authority's certificates (PEM) in the company folder, and name the file"
        yield "certificates", "there is no file of the certificates that are trusted", remedy


def _wrong(config: Page, place: str, key: str, problem: str, remedy: str) -> Mistake:
    return Mistake(CONFIG, (config.line(place, key) if key else 0) or config.line(place), problem, remedy)


def _is_path(said: Any) -> bool:
    return isinstance(said, str) and Path(said).expanduser().is_absolute()


def _publication(page: Page) -> dict[str, Any]:
    publication = (page.content or {}).get("publication")
    return publication if isinstance(publication, dict) else {}
