"""`[publication.postgresql]` of `config.toml`: where published tables are copied to, and who reads them.

Belongs here: what the section may say. Does not belong here: whether the database agrees (`serving`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from company.folder import CONFIG, SECRETS
from company.mistakes import Mistake, Page, listed, read

SECTION = "publication.postgresql"
EVERYTHING = "everything"
LIMITS = ("branch", "region")
_SECTIONS = ("postgresql", "mail", "subscriptions", "signing", "witnesses")
_KEYS = ("url", "schema", "keep", "readers")
_SCHEMA = re.compile(r"(?!pg_)[a-z_][a-z0-9_]{0,49}")
_PASSWORD = re.compile(r"://[^/@]*:[^/@]*@|password\s*=")


@dataclass(frozen=True)
class PostgreSQL:
    """The section as it is read; `readers` says of each role `everything`, or members of branch or region."""

    url: str
    password: str | None = None
    schema: str = "nps"
    keep: int = 5
    readers: Mapping[str, Any] = field(default_factory=dict)

    def limits(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """Each role with a dimension and its members; several of a role are all seen by it."""
        for role, seen in self.readers.items():
            if seen == EVERYTHING:
                yield role, EVERYTHING, ()
            else:
                yield from ((role, dimension, tuple(members)) for dimension, members in seen.items())


def postgresql(folder: Path) -> PostgreSQL | None:
    """The section of a folder that is in order; None where it has none."""
    section = _section(read(folder, CONFIG))
    if section is None:
        return None
    secrets = _section(read(folder, SECRETS)) or {}
    stated = {key: section[key] for key in _KEYS if key in section}
    return PostgreSQL(**stated, password=secrets.get("password"))


def judge(config: Page) -> Iterator[Mistake]:
    """What is wrong with the section."""
    publication = (config.content or {}).get("publication")
    for name in publication if isinstance(publication, dict) else ():
        if name not in _SECTIONS:
            line = config.line(f"publication.{name}") or config.line("publication", name)
            yield Mistake(CONFIG, line, f"nothing is published to {name}", f"use {listed(_SECTIONS)}")
    section = _section(config)
    if section is None:
        return

    def wrong(key: str, problem: str, remedy: str) -> Mistake:
        return Mistake(CONFIG, config.line(SECTION, key) or config.line(SECTION), problem, remedy)

    for key in section:
        if key == "password":
            yield wrong(key, f"{key} is a secret", f"move it to [{SECTION}] of {SECRETS}")
        elif key not in _KEYS:
            yield wrong(key, f"[{SECTION}] has no key {key}", f"use {listed(_KEYS)}")
    url, schema, keep = section.get("url"), section.get("schema", "nps"), section.get("keep", 5)
    if not isinstance(url, str) or not url.strip():
        yield wrong("url", "the database has no address", 'write url = "postgresql://USER@HOST/DATABASE"')
    elif _PASSWORD.search(url):
        yield wrong("url", "the address holds a password", f"move it to [{SECTION}] of {SECRETS}")
    if not isinstance(schema, str) or not _SCHEMA.fullmatch(schema):
        yield wrong("schema", f"{schema!r} is no name of a schema", "use small letters, digits and _")
    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
        yield wrong("keep", f"keep is {keep!r}", "write how many versions stay, at least 1")
    readers = section.get("readers", {})
    if not isinstance(readers, dict):
        yield wrong("readers", "readers is no table", f"write [{SECTION}.readers]")
        return
    for role, seen in readers.items():
        if not is_scope(seen):
            line = config.line(f"{SECTION}.readers", role) or config.line(f"{SECTION}.readers.{role}")
            remedy = f'write "{EVERYTHING}", {{ branch = ["…"] }} or {{ region = ["…"] }}'
            yield Mistake(CONFIG, line, f"what {role} sees is not clear", remedy)


def judge_secrets(secrets: Page) -> Iterator[Mistake]:
    """What is wrong with the section among the secrets."""
    for key in _section(secrets) or {}:
        if key != "password":
            yield Mistake(
                SECRETS, secrets.line(SECTION, key), f"[{SECTION}] has no secret {key}", "use password"
            )


def is_scope(seen: Any) -> bool:
    """Whether this says what somebody sees: everything, or members of branch or region."""
    if not isinstance(seen, dict):
        return bool(seen == EVERYTHING)
    return (
        bool(seen)
        and set(seen) <= set(LIMITS)
        and all(
            isinstance(members, list)
            and members
            and all(isinstance(each, str) and each.strip() and each != "(all)" for each in members)
            for members in seen.values()
        )
    )


def _section(page: Page) -> dict[str, Any] | None:
    publication = (page.content or {}).get("publication")
    section = publication.get("postgresql") if isinstance(publication, dict) else None
    return section if isinstance(section, dict) else None
