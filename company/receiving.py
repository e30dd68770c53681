"""`[receiver]` of `config.toml` and `[receiver.<sender>]` of `secrets.toml`: who posts events, to which host.

Belongs here: what the sections may say. Does not belong here: how a sender signs, or serving (`receiver`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from company.folder import CONFIG, SECRETS
from company.mistakes import Mistake, Page, listed, read
from receiver import senders

SECTION = "receiver"
_KEYS = ("hosts",)


@dataclass(frozen=True)
class Receiving:
    """`senders` are those that have secrets here; `hosts` the names under which they reach the receiver."""

    senders: Mapping[str, Mapping[str, str]]
    hosts: tuple[str, ...] = ()


def receiving(folder: Path) -> tuple[Receiving, list[Mistake]]:
    """What a folder says, and what is wrong with it."""
    config = read(folder, CONFIG)
    secrets = read(folder, SECRETS) if (folder / SECRETS).exists() else Page(SECRETS, content={})
    mistakes = [page.mistake for page in (config, secrets) if page.mistake]
    mistakes += [*judge(config), *judge_secrets(secrets)]
    if mistakes:
        return Receiving({}), mistakes
    return Receiving(_section(secrets), tuple(_section(config).get("hosts", ()))), []


def judge(config: Page) -> Iterator[Mistake]:
    """What is wrong with the section of `config.toml`."""
    section = _section(config)
    for key in section:
        if key not in _KEYS:
            line = config.line(f"{SECTION}.{key}") or config.line(SECTION, key)
            remedy = f"use {listed(_KEYS)}; what senders sign with belongs in {SECRETS}"
            yield Mistake(CONFIG, line, f"[{SECTION}] has no key {key}", remedy)
    hosts = section.get("hosts", [])
    if not isinstance(hosts, list) or not all(isinstance(each, str) and each.strip() for each in hosts):
        line = config.line(SECTION, "hosts")
        yield Mistake(CONFIG, line, f"hosts is {hosts!r}", 'write hosts = ["events.example.com"]')


def judge_secrets(secrets: Page) -> Iterator[Mistake]:
    """What is wrong with the sections of `secrets.toml`: each sender has all that its signature needs."""
    known = senders.known()
    for name, stated in _section(secrets).items():
        place = f"{SECTION}.{name}"
        if name not in known:
            line = secrets.line(place) or secrets.line(SECTION, name)
            yield Mistake(SECRETS, line, f"nobody posts events as {name}", f"use {listed(known)}")
            continue
        needed = known[name].secrets
        stated = stated if isinstance(stated, dict) else {}
        for key in (*needed, *(key for key in stated if key not in needed)):
            line = secrets.line(place, key) or secrets.line(place)
            if key not in needed:
                yield Mistake(SECRETS, line, f"[{place}] has no secret {key}", f"use {listed(needed)}")
            elif not isinstance(stated.get(key), str) or not stated[key].strip():
                yield Mistake(SECRETS, line, f"[{place}] needs {key}", f'write {key} = "…"')
            elif problem := known[name].flaw(stated[key]):
                yield Mistake(SECRETS, line, f"{key} of [{place}] {problem}", "write it as the sender has it")


def _section(page: Page) -> dict[str, Any]:
    section = (page.content or {}).get(SECTION, {})
    return section if isinstance(section, dict) else {}
