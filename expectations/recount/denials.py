"""Whether words of a comment are denied where they stand, by language, said apart from the room `topics`.

Written from docs/decisions/0067-topics-are-words-that-somebody-approved.md and 0099: a denial reaches three
words ahead within its clause, further across "or", not beyond "but" or "because"; "not only" denies nothing.

Belongs here: the words and their reach. Does not belong here: topics and phrases (`matching`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

_REACH = 3
#: No denial reaches further, with any number of "or" between.
FARTHEST = 15


class Signals(NamedTuple):
    """Folded words of a language: those that deny, those after which nothing is denied, those that end a
    clause, and those across which a denial goes on."""

    denying: frozenset[str]
    still: frozenset[str]
    ending: frozenset[str]
    going_on: frozenset[str]


def _signals(*said: str) -> Signals:
    return Signals(*(frozenset(each.split()) for each in said))


SIGNALS: Mapping[str, Signals] = {
    "en": _signals(
        "arent cannot cant couldnt didnt doesnt dont hadnt hardly hasnt havent isnt neither never no nobody"
        " none nor not nothing wasnt werent without wont zero",
        "just merely only so such",
        "although because but due though",
        "nor or",
    ),
    "nl": _signals(
        "geen nauwelijks nergens niemand niet niets niks noch nooit zonder",
        "alleen enkel zo zoveel",
        "door hoewel maar omdat vanwege want wegens",
        "noch of",
    ),
    "fr": _signals(
        "aucun aucune guere jamais ni pas personne rien sans zero",
        "aussi autant seulement si tant uniquement",
        "cause cependant mais parce",
        "ni ou",
    ),
    "de": _signals(
        "kaum kein keine keinem keinen keiner keines nicht nichts nie niemals niemand null ohne",
        "derart nur so",
        "aber durch obwohl sondern wegen weil",
        "noch oder",
    ),
    "es": _signals(
        "apenas cero jamas nada nadie ni ningun ninguna ninguno no nunca sin tampoco",
        "solamente solo tan tanto tantos tantas unicamente",
        "aunque debido pero por porque sino",
        "ni o u",
    ),
    "pt": _signals(
        "jamais nada nao nem nenhum nenhuma ninguem nunca sem tampouco zero",
        "apenas so somente tantas tanto tantos tao",
        "devido embora mas por porem porque",
        "nem ou",
    ),
}


def denied(before: Sequence[str], word: str, language: str) -> bool:
    """Whether one of the folded words `before` of the same clause, the nearest last, denies `word`."""
    signals, reach = SIGNALS[language], _REACH
    following = word
    for distance, each in enumerate(reversed(before), start=1):
        if distance > reach or each in signals.ending:
            return False
        if each in signals.denying and following not in signals.still:
            return True
        if each in signals.going_on:
            reach = min(distance + 1 + _REACH, FARTHEST)
        following = each
    return False
