"""A text as sentences of words, each with the forms under which a taxonomy may name it.

Belongs here: splitting, lemmas, folding case and accents. Does not belong here: negation, or any match.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from simplemma import Lemmatizer

#: Words and numbers, signs that end a clause, and signs that end a sentence; everything else only separates.
_PARTS = re.compile(r"(?P<word>[^\W\d_]+|\d+)|(?P<clause>[,:()–—])|(?P<sentence>[.!?;…\n]+)")
#: "don't" is "do not"; any other apostrophe separates ("l'équipe", "it's").
_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_FORMS_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, folded, its forms (itself and its lemma, folded), and the clause it stands in."""

    written: str
    folded: str
    forms: frozenset[str]
    clause: int


def sentences(text: str, language: str) -> Iterator[list[Word]]:
    """The sentences of a text that have a word. A clause's number is of its own in the whole text."""
    sentence: list[Word] = []
    clause = 0
    for part in _PARTS.finditer(_NOT.sub(" not", text)):
        if part.lastgroup == "word":
            sentence.append(Word(part[0], folded(part[0], language), forms(part[0], language), clause))
            continue
        clause += 1
        if part.lastgroup == "sentence" and sentence:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


@lru_cache(maxsize=_FORMS_KEPT)
def forms(word: str, language: str) -> frozenset[str]:
    """A word itself and its lemma, without case and accents. A noun of German may lack its capital."""
    found = {word, _LEMMATIZER.lemmatize(word, language), _LEMMATIZER.lemmatize(word.lower(), language)}
    if language == "de":
        found.add(_LEMMATIZER.lemmatize(word.capitalize(), language))
    return frozenset(folded(each, language) for each in found)


def folded(text: str, language: str) -> str:
    """Without case and accents: "Até" and "ATE" are one. German keeps "zahlen" and "zählen" apart."""
    lower = text.casefold()
    if language == "de":
        lower = unicodedata.normalize("NFC", lower).translate(_UMLAUTS)
    apart = unicodedata.normalize("NFKD", lower)
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_LEMMATIZER = Lemmatizer()
