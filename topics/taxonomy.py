"""A company's taxonomy of topics: what it says, and what is wrong with it.

Belongs here: the shape of `definition/topics.toml`, and every flaw of one. Does not belong here: the file and
its lines, approval (`company`), or what a comment mentions (`assigning`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from topics import LANGUAGES
from topics.phrases import Phrase, PhraseError, parts, phrase

#: What a denied word ("not slow") says: the topic all the same, or not the topic.
COUNTS: Final = "counts"
DOES_NOT: Final = "does not count"
_TEXTS: Final = ("label", "meaning", "owner")
_KEYS: Final = (*_TEXTS, "negated", "words", "unless")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Topic:
    """One topic; `words` are its phrases by language in the order of the taxonomy.

    Words that `unless` claims are not the topic's: "easy" is, and "easy to reach" is not.
    """

    name: str
    label: str
    meaning: str
    owner: str
    counts_when_denied: bool
    words: Mapping[str, tuple[Phrase, ...]]
    unless: Mapping[str, tuple[Phrase, ...]]


@dataclass(frozen=True)
class Taxonomy:
    """A version of the topics."""

    version: str
    topics: tuple[Topic, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which any topic has words."""
        return tuple(each for each in LANGUAGES if any(each in topic.words for topic in self.topics))

    @property
    def gaps(self) -> tuple[tuple[str, str], ...]:
        """(topic, language) where others have words and the topic has none: nobody can mention it there."""
        return tuple(
            (topic.name, each) for topic in self.topics for each in self.languages if each not in topic.words
        )


@dataclass(frozen=True, order=True)
class Flaw:
    """What is wrong, of which topic and key (either may be empty), and what to do about it."""

    topic: str
    key: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}"


class TaxonomyError(ValueError):
    """A taxonomy with flaws cannot be used; the message is the first of them, `flaws` are all."""

    def __init__(self, flaws: tuple[Flaw, ...]) -> None:
        super().__init__(f"{flaws[0]}" + (f" (and {len(flaws) - 1} more)" if len(flaws) > 1 else ""))
        self.flaws = flaws


def taxonomy(said: Mapping[str, Any]) -> Taxonomy:
    """The taxonomy that a TOML says.

    Raises:
        TaxonomyError: it has flaws.
    """
    if found := flaws(said):
        raise TaxonomyError(found)
    return Taxonomy(
        said["version"],
        tuple(
            Topic(
                name,
                topic["label"].strip(),
                topic["meaning"].strip(),
                topic["owner"].strip(),
                topic["negated"] == COUNTS,
                _phrases(topic["words"]),
                _phrases(topic.get("unless", {})),
            )
            for name, topic in _topics(said)
        ),
    )


def flaws(said: Mapping[str, Any]) -> tuple[Flaw, ...]:
    """Everything that is wrong, in the order of the file.

    Words are compared as they are spelt: no lemma is looked up, so that a check costs no time.
    """
    found = [*_of_the_whole(said)]
    for name, topic in _topics(said):
        found += _of_one(name, topic)
    return tuple(found) or tuple(_claimed_twice(said))


def _phrases(said: Mapping[str, list[str]]) -> Mapping[str, tuple[Phrase, ...]]:
    return {language: tuple(phrase(text, language) for text in texts) for language, texts in said.items()}


def _topics(said: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(name, topic) for name, topic in said.items() if isinstance(topic, dict)]


def _of_the_whole(said: Mapping[str, Any]) -> Iterator[Flaw]:
    if not isinstance(said.get("version"), str) or not said["version"].strip():
        yield Flaw("", "version", "the taxonomy has no version", 'write version = "2026.1" at its top')
    for key, value in said.items():
        if key != "version" and not isinstance(value, dict):
            yield Flaw("", key, f"{key} is no topic, and nobody reads it", "remove it")
    if not _topics(said):
        yield Flaw("", "", "the taxonomy has no topic", "write one, or remove the file")


def _of_one(name: str, topic: Mapping[str, Any]) -> Iterator[Flaw]:
    if not _NAME.fullmatch(name):
        remedy = "use up to 40 lower-case letters, digits and _, and begin with a letter"
        yield Flaw(name, "", f'no topic can be called "{name}"', remedy)
    for key in topic.keys() - {*_KEYS}:
        yield Flaw(name, key, f"{name} has a key {key}, which nobody reads", f"use {', '.join(_KEYS)}")
    for key in _TEXTS:
        if not isinstance(topic.get(key), str) or not topic[key].strip():
            yield Flaw(name, key, f"{name} has no {key}", f'write {key} = "…"')
    if topic.get("negated") not in (COUNTS, DOES_NOT):
        remedy = f'say whether "not …" mentions it: negated = "{COUNTS}" or "{DOES_NOT}"'
        yield Flaw(name, "negated", f"{name} does not say what negated words mean", remedy)
    words = topic.get("words")
    if not isinstance(words, dict) or not any(words.values()):
        yield Flaw(name, "words", f"{name} has no words: no comment can mention it", "write words.en = […]")
        return
    for language, texts in words.items():
        yield from _of_words(name, "words", language, texts)
    unless = topic.get("unless", {})
    if not isinstance(unless, dict):
        yield Flaw(name, "unless", f"unless of {name} has no languages", "write unless.en = […]")
        return
    for language, texts in unless.items():
        yield from _of_words(name, "unless", language, texts)


def _of_words(name: str, kind: str, language: str, texts: Any) -> Iterator[Flaw]:
    key = f"{kind}.{language}"
    if language not in LANGUAGES:
        remedy = f"use {', '.join(LANGUAGES)}"
        yield Flaw(name, key, f'{name} has words in "{language}", which cannot be told', remedy)
        return
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        yield Flaw(name, key, f"{kind} of {name} in {language} are no list of texts", "write a list")
        return
    seen: dict[Any, str] = {}
    for text in texts:
        try:
            key_of = parts(text)
        except PhraseError as error:
            yield Flaw(name, key, f"{name}, {language}: {error}", "correct it, or remove it")
            continue
        if (other := seen.setdefault(key_of, text)) != text or texts.count(text) > 1:
            problem = f'{name}, {language}: "{text}" matches what "{other}" does'
            yield Flaw(name, key, problem, "keep one of them")


def _claimed_twice(said: Mapping[str, Any]) -> Iterator[Flaw]:
    """Topics of which no comment can mention one without the other."""
    claimed = {
        name: {(each, parts(text)) for each, texts in topic["words"].items() for text in texts}
        for name, topic in _topics(said)
    }
    names = list(claimed)
    for place, name in enumerate(names):
        for other in names[:place]:
            if claimed[name] == claimed[other]:
                problem = f"{other} and {name} claim all the same words"
                yield Flaw(name, "words", problem, "make one topic of them, or give each words of its own")
            elif claimed[name] < claimed[other] or claimed[other] < claimed[name]:
                less, more = sorted((name, other), key=lambda each: len(claimed[each]))
                problem = f"{more} claims every word of {less}"
                yield Flaw(less, "words", problem, f"give {less} words of its own")
