"""`[outbox.<target>]` of `config.toml` and `secrets.toml`: which tasks leave the warehouse, and for where.

Without a section nothing leaves. Credentials may come from the environment instead, as those of loaders do:
`OUTBOX__WEBHOOK__SECRET`. Belongs here: what the sections may say. Does not belong here: writing
(`outbox`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from company.folder import CONFIG, SECRETS
from company.mistakes import Mistake, Page, listed, read
from outbox import kinds
from outbox.task import TOLD

SECTION: Final = "outbox"
STATES: Final = "states"
DRY_RUN, ON = "dry_run", "on"
_MODES: Final = (DRY_RUN, ON)
KINDS: Final = kinds.known()


@dataclass(frozen=True)
class Target:
    """A target that is switched on or rehearsed: cases opened from `since` (UTC) go there, and `states` says
    what a task's status there says of its case."""

    name: str
    is_on: bool
    since: date
    settings: Mapping[str, str] = field(repr=False)
    states: Mapping[str, str] = field(default_factory=dict)


def targets(folder: Path) -> list[Target]:
    """The targets of a folder that is in order; none where the company has said nothing."""
    config = _section(read(folder, CONFIG))
    secrets = _section(read(folder, SECRETS)) if (folder / SECRETS).exists() else {}
    return [
        Target(
            name,
            said["mode"] == ON,
            said["since"],
            {
                key: str(value)
                for key, value in {**said, **_credentials(name, secrets)}.items()
                if key != STATES
            },
            {**KINDS[name].states, **said.get(STATES, {})},
        )
        for name, said in sorted(config.items())
    ]


def judge(folder: Path, config: Page) -> Iterator[Mistake]:
    """What is wrong with the sections, and which credentials are missing for them."""
    secrets = read(folder, SECRETS) if (folder / SECRETS).exists() else Page(SECRETS, content={})
    for name, said in _section(config).items():
        place = f"{SECTION}.{name}"
        if name not in KINDS:
            line = config.line(place) or config.line(SECTION, name)
            yield Mistake(CONFIG, line, f'tasks cannot be written to "{name}"', f"use {listed(KINDS)}")
            continue
        for key, problem, remedy in _target(name, said if isinstance(said, dict) else {}):
            yield Mistake(CONFIG, config.line(place, key) or config.line(place), problem, remedy)
        yield from _states(place, said, config)
        given = _credentials(name, _section(secrets))
        is_on = isinstance(said, dict) and said.get("mode") == ON
        for key in KINDS[name].secrets:
            if is_on and not given.get(key, "").strip():
                remedy = f'write [{place}] and {key} = "…"'
                yield Mistake(SECRETS, secrets.line(place), f"{name} has no {key} to write with", remedy)
            elif key in given and (problem := KINDS[name].flaw(given[key])):
                line = secrets.line(place, key)
                yield Mistake(SECRETS, line, f"{key} {problem}", "write it as its reader has it")


def judge_secrets(secrets: Page) -> Iterator[Mistake]:
    """What is in the sections of `secrets.toml` that no target has."""
    for name, said in _section(secrets).items():
        place = f"{SECTION}.{name}"
        known = KINDS[name].secrets if name in KINDS else ()
        for key in said if isinstance(said, dict) else ("",):
            if key not in known:
                line = secrets.line(place, key) or secrets.line(place)
                remedy = f"use {listed(known or KINDS)}"
                yield Mistake(SECRETS, line, f"[{place}] has no secret {key}".rstrip(), remedy)


def _target(name: str, said: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Key, problem and remedy of each mistake in one section."""
    kind = KINDS[name]
    known = ("mode", "since", *kind.settings, *kind.optional, *([STATES] if kind.states else ()))
    for key in said:
        if key in kind.secrets:
            yield key, f"{key} is a secret", f"move it to the same section of {SECRETS}"
        elif key not in known:
            yield key, f"{name} has no setting {key}", f"use {listed(known)}"
    if said.get("mode") not in _MODES:
        yield "mode", f"mode is {said.get('mode')!r}", 'write mode = "dry_run", look, and then mode = "on"'
    since = said.get("since")
    if not isinstance(since, date) or hasattr(since, "hour"):
        yield (
            "since",
            f"since is {since!r}",
            "write the first day of the cases that go there: since = 2026-12-01",
        )
    for key in ("base_url", "url"):
        wanted = key in kind.settings or key in said
        if wanted and not _is_address(said.get(key)):
            yield key, f"{key} is {said.get(key)!r}", f'write {key} = "https://…"'


def _states(place: str, said: Any, config: Page) -> Iterator[Mistake]:
    """What is wrong with what statuses say of a case."""
    states = said.get(STATES, {}) if isinstance(said, dict) else {}
    for status, state in states.items() if isinstance(states, dict) else [(STATES, states)]:
        if state not in ("", *TOLD):
            line = (
                config.line(f"{place}.{STATES}", status) or config.line(place, STATES) or config.line(place)
            )
            remedy = f'write [{place}.{STATES}] and "{status}" = "resolved" ({listed(TOLD)}; "": nothing)'
            yield Mistake(CONFIG, line, f"the status {status} stands for {state!r}", remedy)


def _is_address(value: Any) -> bool:
    """Encrypted, unless it is on this machine; without credentials in it."""
    there = str(value).partition("://")[2].partition("/")[0]
    is_here = there.partition(":")[0] in ("127.0.0.1", "localhost")
    return "@" not in there and bool(there) and str(value).startswith(("https://", "http://")[: 1 + is_here])


def _credentials(name: str, secrets: Mapping[str, Any]) -> dict[str, str]:
    """Those of the file, and over them those of the environment."""
    said = secrets.get(name, {})
    found = {key: said[key] for key in KINDS[name].secrets if key in said} if isinstance(said, dict) else {}
    told = {key: os.environ.get(f"{SECTION}__{name}__{key}".upper()) for key in KINDS[name].secrets}
    return {**found, **{key: value for key, value in told.items() if value}}


def _section(page: Page) -> dict[str, Any]:
    section = (page.content or {}).get(SECTION, {})
    return section if isinstance(section, dict) else {}
