"""Whether a word is denied where it stands: "not slow", "sans erreur", "nunca falla".

Belongs here: which words deny, by language, and how far they reach. Does not belong here: what a denied word
means for a topic, which its taxonomy says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from topics.words import Word

#: A denial reaches this many words ahead, and never into the next clause.
REACH: Final = 3
#: With any number of "or" between.
_FARTHEST: Final = 15


def _words(said: str) -> frozenset[str]:
    return frozenset(said.split())


_DENYING: Final[Mapping[str, frozenset[str]]] = {
    "en": _words(
        "no not never without none nothing nobody neither nor hardly cannot zero"
        " dont doesnt didnt isnt wasnt arent werent cant couldnt wont havent hasnt hadnt"
    ),
    "nl": _words("niet geen nooit zonder niets niks niemand nauwelijks nergens noch"),
    "fr": _words("pas jamais sans aucun aucune rien personne guere ni zero"),
    "de": _words("nicht kein keine keinen keinem keiner keines nie niemals ohne nichts niemand kaum null"),
    "es": _words("no nunca jamas sin ningun ninguna ninguno nada nadie tampoco ni apenas cero"),
    "pt": _words("nao nunca jamais sem nenhum nenhuma nada ninguem tampouco nem zero"),
}
#: "not only slow" is slow, and "never such a slow one" is too.
_STILL: Final[Mapping[str, frozenset[str]]] = {
    "en": _words("only just merely such so"),
    "nl": _words("alleen enkel zo zoveel"),
    "fr": _words("seulement uniquement autant aussi si tant"),
    "de": _words("nur so derart"),
    "es": _words("solo solamente unicamente tan tanto tantos tantas"),
    "pt": _words("so apenas somente tao tanto tantos tantas"),
}
#: A clause ends before them, also where nobody wrote a comma; and what comes after a cause is not denied.
_BUT: Final[Mapping[str, frozenset[str]]] = {
    "en": _words("but although though because due"),
    "nl": _words("maar hoewel omdat want door vanwege wegens"),
    "fr": _words("mais cependant parce cause"),
    "de": _words("aber sondern obwohl weil wegen durch"),
    "es": _words("pero sino aunque porque por debido"),
    "pt": _words("mas porem embora porque por devido"),
}


#: What is denied on one side of them is denied on the other: "no crashes or errors".
_OR: Final[Mapping[str, frozenset[str]]] = {
    "en": _words("or nor"),
    "nl": _words("of noch"),
    "fr": _words("ou ni"),
    "de": _words("oder noch"),
    "es": _words("o u ni"),
    "pt": _words("ou nem"),
}


def is_denied(sentence: Sequence[Word], at: int, language: str) -> bool:
    """Whether a word before the one at `at` denies it."""
    reach = REACH
    for place in range(at - 1, -1, -1):
        word = sentence[place]
        if at - place > reach or word.clause != sentence[at].clause or word.folded in _BUT[language]:
            return False
        if word.folded in _DENYING[language] and sentence[place + 1].folded not in _STILL[language]:
            return True
        if word.folded in _OR[language]:
            reach = min(at - place + REACH + 1, _FARTHEST)
    return False
