"""The words and phrases of a taxonomy, and where a sentence has them.

A phrase is words in a row. A word matches every form of its lemma; `=word` is that form alone; `*` at either
end stands for any letters; `a|b` is one word or the other; `..` lets up to four others stand between.
Belongs here: what a phrase matches. Does not belong here: topics.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from topics.words import Word, folded, forms

BETWEEN: Final = 4
_GAP: Final = ".."
#: Fewer letters beside a star would claim words that have nothing in common.
_LEAST: Final = 3
_NOTHING: Final = r"(?!)"
_WORD = re.compile(r"=?(?:[^\W\d_]+|\d+)|\*?[^\W\d_]+\*?")
#: The lemma of so short a word is often another's: "a" in Portuguese is a form of "o".
_SHORT: Final = 2


class PhraseError(ValueError):
    """A phrase that can match nothing, or nearly everything; the message says which word."""


@dataclass(frozen=True)
class Place:
    """One word of a phrase: forms of a lemma, forms alone, stems with a star, and how far it may be off."""

    whole: frozenset[str]
    exact: frozenset[str]
    begins: tuple[str, ...]
    ends: tuple[str, ...]
    holds: tuple[str, ...]
    after: int

    @property
    def is_starred(self) -> bool:
        """Whether a stem with a star is among its words."""
        return bool(self.begins or self.ends or self.holds)

    def matches(self, word: Word) -> bool:
        if self.whole & word.forms or word.folded in self.exact:
            return True
        return self.is_starred and any(
            form.startswith(self.begins)
            or form.endswith(self.ends)
            or any(held in form for held in self.holds)
            for form in word.forms
        )


@dataclass(frozen=True)
class Phrase:
    """A phrase as the taxonomy says it, and its language."""

    said: str
    language: str

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Its places in order; the first phrase of a language that is asked loads a dictionary of seconds."""
        return tuple(_place(words, after, self.language) for words, after in parts(self.said))

    def found(self, sentence: Sequence[Word], start: int) -> list[int] | None:
        """Where its words are if the first is at `start`; None if they are not there."""
        if not self.places[0].matches(sentence[start]):
            return None
        return self._rest(sentence, [start])

    def _rest(self, sentence: Sequence[Word], found: list[int]) -> list[int] | None:
        if len(found) == len(self.places):
            return found
        place = self.places[len(found)]
        for at in range(found[-1] + 1, min(found[-1] + 2 + place.after, len(sentence))):
            if place.matches(sentence[at]) and (whole := self._rest(sentence, [*found, at])):
                return whole
        return None


def phrase(said: str, language: str) -> Phrase:
    """A phrase from its text.

    Raises:
        PhraseError: as `parts` does.
    """
    parts(said)
    return Phrase(said, language)


def parts(said: str) -> tuple[tuple[frozenset[str], int], ...]:
    """The words of each place of a phrase as they are spelt, and how many others may stand before it.

    Raises:
        PhraseError: there is no word, a gap at an end, or a star beside too few letters.
    """
    found: list[tuple[frozenset[str], int]] = []
    after = 0
    for part in said.split():
        if part == _GAP:
            after = BETWEEN
            continue
        found.append((frozenset(_spelt(word) for word in part.split("|")), after))
        after = 0
    if not found or after or said.split()[0] == _GAP:
        raise PhraseError(f'"{said}" does not begin and end with a word')
    return tuple(found)


def stems(places: Iterable[Place]) -> re.Pattern[str]:
    """Found in every form that a stem of these places matches, and in no other."""
    found = {
        f"{before}{re.escape(stem)}{behind}"
        for place in places
        for before, of_kind, behind in (("^", place.begins, ""), ("", place.ends, "$"), ("", place.holds, ""))
        for stem in of_kind
    }
    return re.compile("|".join(sorted(found)) or _NOTHING)


def _spelt(word: str) -> str:
    if not _WORD.fullmatch(word):
        raise PhraseError(f'"{word}" is not a word: write letters, with * at an end at most')
    if "*" in word and len(word.strip("*")) < _LEAST:
        raise PhraseError(f'"{word}" has fewer than {_LEAST} letters beside its star')
    return unicodedata.normalize("NFC", word)


def _place(words: frozenset[str], after: int, language: str) -> Place:
    whole: set[str] = set()
    exact: set[str] = set()
    begins, ends, holds = [], [], []
    for word in sorted(words):
        stem = folded(word.strip("*="), language)
        if word.startswith("=") or len(word) <= _SHORT:
            exact.add(stem)
        elif "*" not in word:
            whole |= forms(word, language)
        elif not word.startswith("*"):
            begins.append(stem)
        elif not word.endswith("*"):
            ends.append(stem)
        else:
            holds.append(stem)
    return Place(frozenset(whole), frozenset(exact), tuple(begins), tuple(ends), tuple(holds), after)
