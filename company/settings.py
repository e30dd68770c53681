"""That `config.toml` is of this release and knows its keys, and that secrets stay secret.

Belongs here: the two files of settings and what keeps them from readers. Does not belong here: whether a
vendor accepts what is in them.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from company import publishing, receiving, subscribing, witnessing, writing_back
from company.folder import CONFIG, IGNORED, RELEASE, SECRETS
from company.mistakes import Mistake, Page, listed, read
from ingestion import masking
from ingestion.registry import SOURCES

_COMPANY = ("name", "release")
_OTHERS = 0o077


def of_another_release(folder: Path) -> Mistake | None:
    """The mistake that makes all others meaningless."""
    page = read(folder, CONFIG)
    if page.content is None:
        return page.mistake
    company = page.content.get("company")
    release = company.get("release") if isinstance(company, dict) else None
    if release == RELEASE:
        return None
    said = (
        "the folder does not say of which release it is"
        if release is None
        else f"it is of release {release!r}"
    )
    remedy = f"this nps-warehouse reads release {RELEASE}: docs/how-to/upgrade.md says what to change"
    return Mistake(CONFIG, page.line("company", "release"), said, remedy)


def judge(folder: Path) -> Iterator[Mistake]:
    """What is wrong with `config.toml`, `secrets.toml` and who can read them."""
    config = read(folder, CONFIG)
    if config.content is not None:
        yield from _company(config)
        yield from _sources(config)
        yield from publishing.judge(config)
        yield from subscribing.judge(folder, config)
        yield from witnessing.judge(folder, config)
        yield from receiving.judge(config)
        yield from writing_back.judge(folder, config)
        for name, source in _tables(config.content.get("sources")):
            for key in source:
                if masking.is_secret(key):
                    line = config.line(f"sources.{name}", key)
                    yield Mistake(CONFIG, line, f"{key} is a secret", f"move it to {SECRETS}")
    if not (folder / SECRETS).exists():
        return
    secrets = read(folder, SECRETS)
    if secrets.content is None and secrets.mistake:
        yield secrets.mistake
    yield from _sources(secrets)
    yield from publishing.judge_secrets(secrets)
    yield from receiving.judge_secrets(secrets)
    yield from writing_back.judge_secrets(secrets)
    mode = stat.S_IMODE((folder / SECRETS).stat().st_mode)
    if mode & _OTHERS:
        yield Mistake(SECRETS, 0, f"others may open it (mode {mode:03o})", f"chmod 600 {folder / SECRETS}")
    ignored = folder / IGNORED
    if SECRETS not in (ignored.read_text("utf-8").split() if ignored.exists() else []):
        yield Mistake(IGNORED, 0, f"git would take {SECRETS} along", f"write a line {SECRETS}")


def _company(page: Page) -> Iterator[Mistake]:
    content = page.content or {}
    company = content.get("company")
    for key in company if isinstance(company, dict) else ():
        if key not in _COMPANY:
            yield Mistake(
                CONFIG, page.line("company", key), f"[company] has no key {key}", f"use {listed(_COMPANY)}"
            )
    if not isinstance(company, dict) or not str(company.get("name", "")).strip():
        yield Mistake(CONFIG, page.line("company", "name"), "the company has no name", 'write name = "…"')
    for section in content:
        if section not in ("company", "sources", "publication", receiving.SECTION, writing_back.SECTION):
            line = page.line(section) or page.line("", section)
            remedy = "use company, sources.<source>, publication, receiver and outbox"
            yield Mistake(page.file, line, f"there is no section {section}", remedy)


def _sources(page: Page) -> Iterator[Mistake]:
    """Each source is a registered one, each of its keys one that it reads."""
    known = {source.name: (*source.required_keys, *source.optional_keys, *source.names) for source in SOURCES}
    for name, source in _tables((page.content or {}).get("sources")):
        if name not in known:
            remedy = f"use one of {listed(name for name, keys in known.items() if keys)}"
            yield Mistake(page.file, page.line(f"sources.{name}"), f'there is no source "{name}"', remedy)
            continue
        for key in source:
            if key not in known[name]:
                line = page.line(f"sources.{name}.{key}") or page.line(f"sources.{name}", key)
                yield Mistake(page.file, line, f"{name} has no setting {key}", f"use {listed(known[name])}")


def _tables(sources: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, source in (sources if isinstance(sources, dict) else {}).items():
        yield name, source if isinstance(source, dict) else {}
