"""Every flaw of a taxonomy is named with its topic and a remedy."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.topics.test_assigning import SMALL, TOPIC
from topics.taxonomy import Taxonomy, TaxonomyError, flaws, taxonomy

Said = dict[str, Any]


def changed(change: Callable[[Said], object]) -> Said:
    said = copy.deepcopy(SMALL)
    change(said)
    return said


def words(**by_language: list[str]) -> Said:
    return TOPIC | {"negated": "counts", "words": by_language}


FLAWS: dict[str, tuple[Callable[[Said], object], str]] = {
    "no version": (lambda s: s.pop("version"), "the taxonomy has no version"),
    "a key at the top": (lambda s: s.update(author="Ann"), "author is no topic"),
    "no topic": (lambda s: [s.pop("price"), s.pop("faults")], "the taxonomy has no topic"),
    "a name": (lambda s: s.update({"Long waits": words(en=["wait"])}), 'no topic can be called "Long waits"'),
    "a key": (lambda s: s["price"].update(colour="red"), "price has a key colour"),
    "no owner": (lambda s: s["price"].pop("owner"), "price has no owner"),
    "no meaning": (lambda s: s["price"].update(meaning=" "), "price has no meaning"),
    "no negated": (lambda s: s["price"].pop("negated"), "price does not say what negated words mean"),
    "no words": (lambda s: s["price"].pop("words"), "price has no words"),
    "empty words": (lambda s: s["price"].update(words={"en": []}), "price has no words"),
    "a language": (lambda s: s["price"]["words"].update(it=["caro"]), 'price has words in "it"'),
    "no list": (lambda s: s["price"]["words"].update(en="dear"), "words of price in en are no list"),
    "unless": (lambda s: s["price"].update(unless=["dear all"]), "unless of price has no languages"),
    "only a sign": (lambda s: s["price"]["words"]["en"].append("€€"), '"€€" is not a word'),
    "only a gap": (lambda s: s["price"]["words"]["en"].append(".."), "does not begin and end with a word"),
    "a gap at an end": (lambda s: s["price"]["words"]["en"].append("pay .."), "does not begin and end"),
    "a star for all": (lambda s: s["price"]["words"]["en"].append("*"), '"*" is not a word'),
    "a star for many": (lambda s: s["price"]["words"]["en"].append("co*"), '"co*" has fewer than 3 letters'),
    "twice": (lambda s: s["price"]["words"]["en"].append("expensive"), 'matches what "expensive" does'),
    "twice in other order": (
        lambda s: s["price"]["words"]["en"].extend(["pay|cost more", "cost|pay more"]),
        '"cost|pay more" matches what "pay|cost more" does',
    ),
    "all the same words": (
        lambda s: s.update(dear=copy.deepcopy(s["price"])),
        "price and dear claim all the same words",
    ),
    "every word of another": (
        lambda s: s.update(dear=words(en=["expensive"])),
        "price claims every word of dear",
    ),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_is_named_alone_and_refused(flaw: str) -> None:
    change, problem = FLAWS[flaw]
    said = changed(change)
    assert all(problem in found.problem and found.remedy for found in flaws(said))
    assert flaws(said)
    with pytest.raises(TaxonomyError, match="; "):
        taxonomy(said)


def test_a_sound_taxonomy_has_none_and_tells_its_gaps() -> None:
    assert flaws(SMALL) == ()
    said = changed(lambda s: s.update(speed=words(en=["slow"], fr=["lent"])))
    assert taxonomy(said).languages == ("en", "fr", "de")
    assert taxonomy(said).gaps == (("price", "fr"), ("faults", "fr"), ("speed", "de"))


def test_two_topics_may_share_some_words() -> None:
    assert flaws(changed(lambda s: s.update(dear=words(en=["expensive", "rip off"])))) == ()


def test_the_demos_is_sound_and_has_every_language(verdants: Taxonomy) -> None:
    assert verdants.gaps == ()
    assert len(verdants.topics) == 10
    assert len(verdants.languages) == 6
