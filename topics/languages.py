"""The language of a text: one of those that a taxonomy may have words in, or none of them.

Belongs here: telling languages apart. Does not belong here: what their words mean (`words`).
The model is inside the wheel of py3langid. A comment is often three words long, too little for its letters
alone, so the dictionaries of simplemma have a say: a language counts by its likelihood times the share of the
text's words that it has.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from simplemma import is_known

from topics import LANGUAGES

_WORD = re.compile(r"[^\W\d_]+")
_WORDS_KEPT = 200_000
#: So much of a text tells its language; more costs time and changes nothing.
_READ = 1_000
#: Likelihood and share of known words together, of two: below that the text is in no language of ours.
_ENOUGH = 0.6
#: A language that is not ours and so likely, three times as likely as ours, is the text's.
_OTHER, _TIMES = 0.5, 3


def language_of(text: str) -> str | None:
    """The code of the text's language; None if it is none of `LANGUAGES`."""
    begun = text[:_READ]
    words = [word.lower() for word in _WORD.findall(begun)]
    if not words:
        return None
    # Rounded, so that the last digits of another machine's arithmetic decide nothing.
    ranked = _identifier().rank(begun)
    likely = {name: round(likelihood, 4) for name, likelihood in ranked if name in LANGUAGES}
    had = (sum(of_language) for of_language in zip(*map(_known_in, words), strict=True))
    known = {name: count / len(words) for name, count in zip(LANGUAGES, had, strict=True)}
    best = max(LANGUAGES, key=lambda name: likely[name] * known[name])
    if known[best] == 0 or likely[best] + known[best] < _ENOUGH:
        return None
    other, likelihood = ranked[0]
    if other not in LANGUAGES and likelihood >= _OTHER and likelihood > _TIMES * likely[best]:
        return None
    return best


@cache
def _identifier() -> Any:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=_WORDS_KEPT)
def _known_in(word: str) -> tuple[bool, ...]:
    """Whether each of `LANGUAGES` has the word."""
    return tuple(_is_known(word, language) for language in LANGUAGES)


def _is_known(word: str, language: str) -> bool:
    """German writes its nouns with a capital, and whoever writes a comment often does not."""
    return is_known(word, lang=language) or (language == "de" and is_known(word.capitalize(), lang=language))
