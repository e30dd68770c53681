"""A comment for somebody to read, without what names a person: e-mail and web addresses, numbers, names.

It masks too much rather than too little, and is still no anonymisation: who is meant may follow from what is
told, and a first name alone that begins a sentence and is in a dictionary stays, unless it is known.
Belongs here: what is masked. Does not belong here: who may read a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from simplemma import is_known

from topics.comments import LONGEST, without_markup
from topics.words import folded

NAME, E_MAIL, ADDRESS, PHONE, NUMBER = "[name]", "[e-mail]", "[address]", "[phone]", "[number]"

# Bounded on both sides, as in `comments`. In this order: an address may hold what looks like a number.
_PATTERNS: Final = (
    (re.compile(r"[\w.+-]{1,64}\s?@\s?[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"), E_MAIL),
    (re.compile(r"(?:https?://|www\.)\S{1,2000}"), ADDRESS),
    (re.compile(r"(?<![\w.])@\w{2,40}"), NAME),
    (re.compile(r"(?<!\w)(?:\+|00)?\(?\d(?:[\s()./–-]{0,2}\d){6,17}(?!\w)"), PHONE),
    # "AB-12345", "#77", "2024/118": letters and digits in one, three digits or more, or what a "#" announces.
    (re.compile(r"#\s?[\w-]{1,40}|\b(?=[\w/-]{0,40}\d)(?=[\w/-]{0,40}[^\W\d_])[\w/-]{3,40}\b"), NUMBER),
    (re.compile(r"\b\d[\d/-]{2,40}\b"), NUMBER),
)
_WORD: Final = re.compile(r"\[[a-z-]+\]|[^\W\d_]+(?:['’-][^\W\d_]+)*|[.!?…:;\n]+")
_PARTS: Final = re.compile(r"[^\W\d_]{2,}")
_MASKS: Final = frozenset({NAME, E_MAIL, ADDRESS, PHONE, NUMBER})
#: A name follows them, also where nobody wrote a capital.
_TITLES: Final = frozenset(
    re.findall(
        r"\w+",
        "mr mrs mister dr prof dhr mevr mevrouw meneer herr herrn frau monsieur madame mme mlle"
        " senor senora senorita sr sra srta senhor senhora doutor doutora",
    )
)
#: "Anna Smith" at the beginning: where a name follows, the word before it may be one.
_BEFORE_NAME: Final = re.compile(r"(?<!\w)(?=[^\W\d_a-zß-ÿ])([^\W\d_]{4,40})(?= \[name\])")
#: A shorter word without a capital is none: "Frau am Telefon".
_SHORT: Final = 3
#: Words that are written with a capital wherever they stand.
_CAPITALS: Final = frozenset({"i", "nps"})


def masked(comment: str, language: str, names: Iterable[str] = ()) -> str:
    """What a person may read of a comment: without markup, and with what names somebody masked.

    `names` are those that are known, of employees, say: each word of theirs is one.
    """
    text = without_markup(comment[:LONGEST])
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    known = frozenset(folded(word, language) for name in names for word in _PARTS.findall(name))
    text = _WORD.sub(_Names(language, known), text)
    return _BEFORE_NAME.sub(lambda found: found[0] if found[1].casefold() in _TITLES else NAME, text)


class _Names:
    """Masks the names of one text, word by word: what came before a word is remembered."""

    def __init__(self, language: str, known: frozenset[str]) -> None:
        self._language, self._known = language, known
        self._begins, self._titled, self._after_name = True, False, False

    def __call__(self, found: re.Match[str]) -> str:
        word = found[0]
        if not word[0].isalpha():
            # "Mr. Smith"
            self._titled = self._titled and word == "."
            self._begins, self._after_name = word not in _MASKS, word == NAME
            return word
        is_title = folded(word, self._language) in _TITLES
        self._after_name = not is_title and self._is_name(word)
        self._begins, self._titled = False, is_title
        return NAME if self._after_name else word

    def _is_name(self, word: str) -> bool:
        parts = _PARTS.findall(word) or [word]
        # German has its nouns with a capital only.
        spelt = (str.lower, str.capitalize) if self._language == "de" else (str.lower,)
        is_in_dictionary = all(
            any(is_known(as_in(part), lang=self._language) for as_in in spelt) for part in parts
        )
        capital = word[0].isupper()
        if any(folded(part, self._language) in self._known for part in parts):
            return capital or not is_in_dictionary
        if self._titled:
            return capital or len(word) > _SHORT
        if not capital or word.lower().partition("'")[0].partition("’")[0] in _CAPITALS:
            return False
        if self._begins or self._language == "de" or (word.isupper() and len(word) > 1):
            return (self._after_name and not word.isupper()) or not is_in_dictionary
        return True
