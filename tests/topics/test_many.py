"""Many comments: in their order, the same on any number of processes, and what is unusual is counted."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from tests.topics.test_assigning import SMALL
from topics import many
from topics.comments import Note
from topics.many import Counts, read_all
from topics.phrases import stems
from topics.taxonomy import Taxonomy, taxonomy
from topics.words import sentences

HASHED = """
import csv, hashlib, sys
from company.taxonomy import declared
from tests.companies import VERDANT
from topics.assigning import Assigner
assigner = Assigner(declared(VERDANT))
rows = csv.DictReader(open("tests/topics/labelled.csv", encoding="utf-8"))
said = repr([assigner.read(row["comment"]) for row in rows])
print(hashlib.sha256(said.encode()).hexdigest())
"""


def test_what_is_unusual_is_counted_and_named() -> None:
    texts = ["It is expensive", "👍", "🎉", None, "👏", "💯", "<i>teuer</i> ist das alles hier"]
    counts = Counts()
    for name, reading in read_all([(f"R{at}", text) for at, text in enumerate(texts)], taxonomy(SMALL)):
        counts.add(name, reading)
    assert counts.topics == {"price": 2}
    assert counts.languages == {"en": 1, "de": 1, "none": 5}
    assert counts.said() == [
        f"1 of 7 comments: {Note.EMPTY} (R3)",
        f"4 of 7 comments: {Note.NO_WORD} (R1, R2, R4, …)",
        f"1 of 7 comments: {Note.MARKUP} (R6)",
    ]


@pytest.mark.long
def test_two_processes_say_what_one_says(monkeypatch: pytest.MonkeyPatch, verdants: Taxonomy) -> None:
    from tests.topics.test_labelled import labelled

    comments = [
        (f"{turn}/{at}", each.comment)
        for turn in range(8)
        for at, each in enumerate(labelled("labelled.csv"))
    ]
    alone = list(read_all(comments, verdants, processes=1))
    monkeypatch.setattr(many, "WORTH_A_PROCESS", 100)
    assert list(read_all(comments, verdants, processes=2)) == alone


@pytest.mark.long
def test_another_process_says_the_same_byte_for_byte() -> None:
    said = {
        subprocess.run(
            [sys.executable, "-c", HASHED],
            cwd=Path(__file__).parents[2],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert len(said.pop().strip()) == 2 * hashlib.sha256().digest_size


def test_one_search_finds_every_stem_and_nothing_else(verdants: Taxonomy) -> None:
    """What `stems` misses no topic would have; what it finds in vain only costs time."""
    from tests.topics.test_labelled import labelled

    seen = 0
    for language in verdants.languages:
        places = {
            phrase.places[0]
            for topic in verdants.topics
            for phrases in (topic.words, topic.unless)
            for phrase in phrases.get(language, ())
            if phrase.places[0].is_starred
        }
        bare = [replace(place, whole=frozenset(), exact=frozenset()) for place in places]
        found = stems(places)
        for each in labelled("labelled.csv"):
            for word in chain.from_iterable(sentences(each.comment, language)):
                stemmed = any(place.matches(word) for place in bare)
                assert stemmed == any(map(found.search, word.forms)), word
                seen += stemmed
    assert seen > 100
    assert stems(()).search("") is None
