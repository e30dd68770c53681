"""The dimensions that a company declares in `definition/dimensions.toml`, and what is wrong with them.

Belongs here: what a declaration says and must say, and what the dimension costs. Does not belong here: how it
reaches the models (`orchestration/dimensions.py`), or what the records hold (the guard counts the members).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from company.folder import CONFIG, DEFINITION, SECRETS
from company.mistakes import Mistake, Page, listed, read
from ingestion.registry import SOURCES, SourceSpec

FILE = f"{DEFINITION}/dimensions.toml"
#: Built-in dimension → whether accounts have it as well as answers.
BUILT_IN: Mapping[str, str] = {
    "customer_value_tier": "account",
    "journey_stage": "answer",
    "branch": "account",
    "region": "account",
    "plan": "account",
    "channel": "answer",
}
PAIRS = ("customer_value_tier*journey_stage", "branch*journey_stage", "customer_value_tier*branch")
#: Level → the family of sources whose records carry it.
LEVELS = {"account": "crm", "answer": "surveys"}
#: What members of an answer may mean beside splitting figures → an example, and what it says.
SAYS: Mapping[str, tuple[str, str]] = {
    "referral": ('"A friend"', "who came by referral"),
    "no_contact": ('"No"', "who does not want to be contacted"),
}
#: The setting of sources that send only the fields they are asked for.
FURTHER = "further_fields"
USUAL_MEMBERS, MOST_MEMBERS = 100, 1_000
_KEYS = (
    "label",
    "level",
    "source",
    "of",
    "members",
    "as_of",
    "segments",
    "most_members",
    "referral",
    "no_contact",
)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_QUOTES = re.compile(r"[\"'\\\[\]{}\x00-\x1f]")
_TWICE = re.compile(r"Cannot declare \('(\w+)',\) twice")
#: Names of the columns that a dimension would stand beside (tests/company says whether all are there).
_TAKEN = Path(__file__).with_name("taken_names.txt")


@dataclass(frozen=True)
class Dimension:
    """One declared dimension: either from a `source` (vendor → field), or the members of another (`of`).

    `referral` are the members by which an answer says that the customer came by referral, `no_contact` those
    by which it says that the person does not want to be contacted.
    """

    name: str
    label: str
    level: str
    segments: tuple[str, ...]
    source: Mapping[str, str] = field(default_factory=dict)
    of: str = ""
    members: Mapping[str, Sequence[str]] = field(default_factory=dict)
    most_members: int = USUAL_MEMBERS
    referral: tuple[str, ...] = ()
    no_contact: tuple[str, ...] = ()

    def cost(self) -> str:
        """What the dimension costs, for whoever declares it."""
        per_score = 30 * self.most_members
        pairs = [segment for segment in self.segments if "*" in segment]
        crossed = f" Its pairs ({listed(pairs)}) need a multiple of that." if pairs else ""
        return (
            f"{self.name}: up to {self.most_members} members. A member needs 5 answers in a period for an"
            f" interval and 30 for a score, so all have one only from {per_score:,} answers on.{crossed}"
            f" Each of its {len(self.segments)} segments adds to the time and size of a refresh"
        )


def declared(folder: Path) -> tuple[Dimension, ...]:
    """The declared dimensions of a folder in order; none without a declaration, or with a wrong one."""
    page = read(folder, FILE)
    if page.content is None or any(_judge_page(page)):
        return ()
    return tuple(_dimension(name, said, page.content) for name, said in page.content.items())


def judge(folder: Path) -> Iterator[Mistake]:
    """Every mistake in the declaration; none if there is no declaration."""
    if not (folder / FILE).exists():
        return
    page = read(folder, FILE)
    if page.content is None and page.mistake:
        twice = _TWICE.search(page.mistake.problem)
        problem = f"there are two dimensions called {twice[1]}" if twice else page.mistake.problem
        yield Mistake(FILE, page.mistake.line, problem, "rename one" if twice else page.mistake.remedy)
        return
    wrong = list(_judge_page(page))
    yield from wrong
    if not wrong:
        yield from _undelivered(folder, page)


def _dimension(name: str, said: Mapping[str, Any], every: Mapping[str, Any]) -> Dimension:
    of, source = said.get("of", ""), said.get("source", {})
    level = said.get("level") or BUILT_IN.get(of) or every[of]["level"]
    members = said.get("members", {})
    most = len(members) + 1 if of else said.get("most_members", USUAL_MEMBERS)
    referral, declining = (tuple(m.strip() for m in said.get(key, ())) for key in SAYS)
    segments = tuple(said["segments"])
    return Dimension(name, said["label"], level, segments, source, of, members, most, referral, declining)


def _judge_page(page: Page) -> Iterator[Mistake]:
    content = page.content or {}
    known, taken = {*BUILT_IN, *content}, _TAKEN.read_text("utf-8").split()
    published = {frozenset(pair.split("*")): pair for pair in (*BUILT_IN, *PAIRS)}
    for name, said in content.items():

        def wrong(key: str, problem: str, remedy: str, name: str = name) -> Mistake:
            return Mistake(FILE, page.line(name, key) or page.line(name), problem, remedy)

        if not isinstance(said, dict):
            yield wrong("", f"{name} is no dimension", f"begin a section [{name}]")
            continue
        if name in BUILT_IN:
            yield wrong("", f"there are two dimensions called {name}: one is built in", "rename yours")
        elif not _NAME.fullmatch(name) or name in taken:
            remedy = "use up to 40 lower-case letters, digits and _, and no name of a published column"
            yield wrong("", f'no dimension can be called "{name}"', remedy)
        for key in said.keys() - {*_KEYS}:
            yield wrong(key, f"{name} has a key {key}, which nobody reads", f"use {listed(_KEYS)}")
        if not isinstance(said.get("label"), str) or not said["label"].strip():
            yield wrong("label", f"{name} has no label", 'write label = "…", as people call it')
        if said.get("as_of", "moment") != "moment":
            remedy = "write as_of = \"moment\": yesterday's answer never gets today's value"
            yield wrong("as_of", f"{name} is as of {said['as_of']!r}", remedy)
        if ("of" in said) == ("source" in said):
            remedy = "write source = {vendor = field}, or of = another dimension with its members"
            yield wrong("", f"{name} has {'two origins' if 'of' in said else 'no origin'}", remedy)
            continue
        yield from _of_another(name, said, content, wrong) if "of" in said else _of_source(name, said, wrong)
        for key in filter(said.__contains__, SAYS):
            yield from _of_what_it_says(key, name, said, content, wrong)
        segments = said.get("segments")
        if not isinstance(segments, list) or not segments:
            yield wrong("segments", f"{name} is published nowhere", f'write segments = ["{name}"]')
            continue
        for segment in segments:
            parts = str(segment).split("*")
            unknown = [part for part in parts if part not in known]
            if unknown:
                remedy = f"use {listed(sorted(known))}"
                yield wrong(
                    "segments", f'{segment} names the dimension "{unknown[0]}", which there is not', remedy
                )
            elif name not in parts or len(parts) > 2 or len({*parts}) < len(parts):
                remedy = f'write "{name}", or "{name}*other" for a pair'
                yield wrong("segments", f"{segment} is not {name} or a pair with it", remedy)
            elif (
                other := published.setdefault(frozenset(parts), f"{name}: {segment}")
            ) != f"{name}: {segment}":
                yield wrong("segments", f"{segment} is published already ({other})", "remove one of them")
        if name not in segments:
            remedy = f'add "{name}": a pair is read beside its dimensions'
            yield wrong("segments", f"{name} is published in pairs only", remedy)


def _of_source(name: str, said: Mapping[str, Any], wrong: Any) -> Iterator[Mistake]:
    level, source = said.get("level"), said["source"]
    if level not in LEVELS:
        yield wrong("level", f"the level of {name} is {level!r}", f"write one of {listed(LEVELS)}")
        return
    possible = {each.name for each in SOURCES if LEVELS[level] in each.families}
    if not isinstance(source, dict) or not source:
        yield wrong("source", f"{name} comes from no vendor", 'write source = {vendor = "its field"}')
        return
    for vendor, named in source.items():
        if vendor not in possible:
            remedy = f"use one of {listed(sorted(possible))}"
            yield wrong("source", f'no source of {level}s is called "{vendor}"', remedy)
        if not isinstance(named, str) or not named.strip() or _QUOTES.search(named):
            remedy = "write the name as the vendor has it, without quotes, brackets, braces and backslashes"
            yield wrong("source", f"{vendor} cannot have a field {named!r}", remedy)
    most = said.get("most_members", USUAL_MEMBERS)
    if not isinstance(most, int) or isinstance(most, bool) or not 2 <= most <= MOST_MEMBERS:
        remedy = f"write 2 to {MOST_MEMBERS:,}; group the members first if there are more"
        yield wrong("most_members", f"{name} would have up to {most} members", remedy)


def _of_another(
    name: str, said: Mapping[str, Any], every: Mapping[str, Any], wrong: Any
) -> Iterator[Mistake]:
    of, members = said["of"], said.get("members")
    declared_of = every.get(of)
    if of not in BUILT_IN and not (isinstance(declared_of, dict) and "source" in declared_of):
        possible = [*BUILT_IN, *(key for key, each in every.items() if "source" in each)]
        yield wrong("of", f'{name} is of "{of}", which there is not', f"use one of {listed(possible)}")
    for key in ("level", "most_members"):
        if key in said:
            yield wrong(key, f"{name} has the {key} of {of} already", f"remove {key}")
    if not isinstance(members, dict) or not members:
        yield wrong("members", f"{name} has no members", "write members = {member = [members of the other]}")
        return
    if any(
        not isinstance(each, list) or not all(isinstance(m, str) for m in each) for each in members.values()
    ):
        yield wrong("members", f"a member of {name} is no list of texts", 'write member = ["a", "b"]')
        return
    seen = dict.fromkeys(("unassigned", "(all)"), "nobody")
    for member, each in chain.from_iterable(((m, e) for e in of_m) for m, of_m in members.items()):
        if seen.setdefault(each.strip().lower(), member) != member:
            problem = f"{each} belongs to {member} and to {seen[each.strip().lower()]}"
            yield wrong("members", problem, "let it belong to one")


def _of_what_it_says(
    key: str, name: str, said: Mapping[str, Any], every: Mapping[str, Any], wrong: Any
) -> Iterator[Mistake]:
    """A question whose members mean something here: its answers carry it, and there is one of its kind."""
    members, level = said[key], said.get("level")
    if not isinstance(members, list) or not members or not all(isinstance(m, str) for m in members):
        yield wrong(key, f"{key} of {name} is no list of texts", f"write {key} = [{SAYS[key][0]}]")
    if level != "answer":
        remedy = 'write it at a dimension with a source and level = "answer"'
        yield wrong(key, f"{name} is nothing that an answer says", remedy)
    first = next(other for other, each in every.items() if isinstance(each, dict) and key in each)
    if name != first:
        yield wrong(key, f"{first} says already {SAYS[key][1]}", "remove one of them")


def _undelivered(folder: Path, page: Page) -> Iterator[Mistake]:
    """Dimensions whose field no vendor that is on is asked for."""
    config = read(folder, CONFIG).content or {}
    secrets = read(folder, SECRETS).content or {}
    for name, said in (page.content or {}).items():
        source = said.get("source", {})
        on = [each for each in SOURCES if each.name in source and _is_on(each, config, secrets)]
        line = page.line(name, "source")
        if source and not on:
            remedy = f"connect {listed(source)}, or name a source that is on"
            yield Mistake(FILE, line, f"nobody delivers {name}: its sources are off", remedy)
        for each in on:
            wanted = source[each.name]
            asked = config.get("sources", {}).get(each.name, {}).get(FURTHER, [])
            if FURTHER in each.optional_keys and wanted not in asked:
                remedy = f'add "{wanted}" to {FURTHER} under [sources.{each.name}] of {CONFIG}'
                problem = f"nobody delivers {name}: {each.name} is not asked for {wanted}"
                yield Mistake(FILE, line, problem, remedy)


def _is_on(source: SourceSpec, *settings: Mapping[str, Any]) -> bool:
    named = any(source.name in page.get("sources", {}) for page in settings)
    prefix = f"SOURCES__{source.name.upper()}__"
    return not source.required_keys or named or any(key.startswith(prefix) for key in os.environ)
