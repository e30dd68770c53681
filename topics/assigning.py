"""Which topics a comment mentions, and by which words: the same text and taxonomy, the same answer.

Belongs here: one comment. Does not belong here: many of them (`many`), or a taxonomy's rules (`taxonomy`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from topics.comments import Note, cleaned
from topics.languages import language_of
from topics.negation import is_denied
from topics.phrases import Phrase, stems
from topics.taxonomy import Taxonomy, Topic
from topics.words import Word, sentences


@dataclass(frozen=True)
class Decided:
    """Words of a comment that decided, as written; the phrase that they match; whether they are denied."""

    written: str
    phrase: str
    is_denied: bool


@dataclass(frozen=True)
class Mention:
    """A topic of a comment. At least one of `by` is not denied, or the topic counts then too."""

    topic: str
    by: tuple[Decided, ...]


@dataclass(frozen=True)
class Reading:
    """What was found in a comment; topics in the order of the taxonomy."""

    language: str | None
    mentions: tuple[Mention, ...]
    notes: tuple[Note, ...]


_WORDS_KEPT: Final = 200_000
#: A topic, a phrase, and whether the phrase mentions it (or is among what does not).
Claim = tuple[Topic, Phrase, bool]


class _Claims:
    """What a taxonomy claims in one language, by the form that a phrase begins with."""

    def __init__(self, topics: Sequence[Topic], language: str) -> None:
        self._all = [
            (topic, phrase, is_so)
            for topic in topics
            for phrases, is_so in ((topic.words, True), (topic.unless, False))
            for phrase in phrases.get(language, ())
        ]
        self._by_form: dict[str, list[int]] = {}
        self._starred: set[int] = set()
        for at, (_, phrase, _) in enumerate(self._all):
            first = phrase.places[0]
            for form in first.whole | first.exact:
                self._by_form.setdefault(form, []).append(at)
            if first.is_starred:
                self._starred.add(at)
        self._stems = stems(self._all[at][1].places[0] for at in sorted(self._starred))
        self._starting: dict[tuple[str, frozenset[str]], list[Claim]] = {}

    def beginning(self, word: Word) -> list[Claim]:
        """The claims whose phrase may begin with a word; remembered, as words come again."""
        key = word.folded, word.forms
        if (known := self._starting.get(key)) is not None:
            return known
        maybe = {at for form in word.forms | {word.folded} for at in self._by_form.get(form, ())}
        # One search for all stems at once: most words have none, and numbers never repeat.
        if any(map(self._stems.search, word.forms)):
            maybe |= self._starred
        if len(self._starting) >= _WORDS_KEPT:
            self._starting.clear()
        self._starting[key] = [
            claim for claim in (self._all[at] for at in sorted(maybe)) if claim[1].places[0].matches(word)
        ]
        return self._starting[key]


class Assigner:
    """A taxonomy, ready to read comments. A language costs its dictionary with its first comment."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._languages = taxonomy.languages
        self._topics = taxonomy.topics
        self._claims: dict[str, _Claims] = {}

    def read(self, comment: str | None) -> Reading:
        """The topics that a comment mentions."""
        text = cleaned(comment)
        if {Note.EMPTY, Note.NO_WORD} & {*text.notes}:
            return Reading(None, (), text.notes)
        language = language_of(text.text)
        if language is None:
            return Reading(None, (), (Note.UNKNOWN_LANGUAGE, *text.notes))
        if language not in self._languages:
            return Reading(language, (), (Note.NO_WORDS_IN_LANGUAGE, *text.notes))
        by: dict[str, list[Decided]] = {}
        for sentence in sentences(text.text, language):
            for topic, decided in self._in(sentence, language):
                if decided not in (found := by.setdefault(topic.name, [])):
                    found.append(decided)
        mentions = tuple(Mention(each.name, tuple(by[each.name])) for each in self._topics if each.name in by)
        return Reading(language, mentions, text.notes if mentions else (Note.NO_TOPIC, *text.notes))

    def _of(self, language: str) -> _Claims:
        if language not in self._claims:
            self._claims[language] = _Claims(self._topics, language)
        return self._claims[language]

    def _in(self, sentence: Sequence[Word], language: str) -> Iterator[tuple[Topic, Decided]]:
        claims = self._of(language)
        found = []
        not_so: dict[str, set[int]] = {}
        for start, word in enumerate(sentence):
            for topic, phrase, is_so in claims.beginning(word):
                if (places := phrase.found(sentence, start)) is None:
                    continue
                if is_so:
                    found.append((topic, phrase, places))
                else:
                    not_so.setdefault(topic.name, set()).update(places)
        for topic, phrase, places in found:
            denied = is_denied(sentence, places[0], language)
            if not_so.get(topic.name, set()).issuperset(places) or (denied and not topic.counts_when_denied):
                continue
            yield topic, Decided(" ".join(sentence[place].written for place in places), phrase.said, denied)
