"""Both hands find the same topics in a comment, and a difference is named with its answer and topic."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator
from pathlib import Path
from random import Random

import duckdb
import pytest

from expectations.recount import matching
from expectations.recount.comparison import Difference
from expectations.recount.denials import SIGNALS
from topics import assigning
from topics.comments import Note
from topics.taxonomy import Taxonomy, taxonomy

ROOT = Path(__file__).resolve().parents[2]
COMPANY = ROOT / "demo" / "verdant"
PAGE = tomllib.loads((COMPANY / "definition" / "topics.toml").read_text("utf-8"))
SIGNS = (
    ",",
    ".",
    "?",
    "\n",
    "—",
    "(",
    "{",
    "}",
    ";",
    "=",
    "|",
    "a@b.example",
    "https://x.example/price",
    "12",
)
#: Answer, comment, its language and notes, and topic → whether it is denied.
COMMENTS: tuple[tuple[str, str, str | None, list[str], dict[str, bool]], ...] = (
    ("a", "Not expensive, but we wait far too long", "en", [], {"price": True, "speed": False}),
    ("c", "👍", None, ["NO_WORD"], {}),
    ("d", "<b>Too expensive</b>", "en", ["MARKUP"], {}),
    ("e", "A new office", "en", ["NO_TOPIC"], {}),
)


@pytest.fixture(scope="module")
def declared() -> Taxonomy:
    return taxonomy(PAGE)


@pytest.fixture(scope="module")
def again() -> matching.Taxonomy:
    lists = {
        f"{topic}.{kind}.{language}": texts
        for topic, said in PAGE.items()
        if isinstance(said, dict)
        for kind in ("words", "unless")
        for language, texts in said.get(kind, {}).items()
    }
    negated = {f"{topic}.negated": said["negated"] for topic, said in PAGE.items() if isinstance(said, dict)}
    return matching.Taxonomy.of(lists | negated)


def found(reading: assigning.Reading) -> dict[str, bool]:
    return {each.topic: all(by.is_denied for by in each.by) for each in reading.mentions}


@pytest.mark.long
def test_the_labelled_comments_have_the_same_topics_by_both_hands(
    declared: Taxonomy, again: matching.Taxonomy
) -> None:
    with (ROOT / "tests" / "topics" / "labelled.csv").open(encoding="utf-8", newline="") as file:
        comments = [row[-1] for row in csv.reader(file)][1:]
    reader, mentioned = assigning.Assigner(declared), 0
    for comment in comments:
        reading = reader.read(comment)
        if reading.language is None or Note.MARKUP in reading.notes:
            continue
        assert again.mentioned(comment, reading.language) == found(reading), comment
        mentioned += len(reading.mentions)
    assert mentioned > 200


@pytest.mark.long
def test_words_of_the_taxonomy_in_any_order_have_the_same_topics(
    declared: Taxonomy, again: matching.Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, reader, mentioned = Random(4), assigning.Assigner(declared), 0
    for turn in range(600):
        language = sorted(SIGNALS)[turn % len(SIGNALS)]
        monkeypatch.setattr(assigning, "language_of", lambda _, told=language: told)
        comment = " ".join(_words(random, declared, language))
        reading = reader.read(comment)
        assert again.mentioned(comment, language) == found(reading), (language, comment)
        mentioned += len(reading.mentions)
    assert mentioned > 300


@pytest.mark.long
def test_a_hand_that_takes_nothing_for_denied_finds_other_topics(
    declared: Taxonomy, again: matching.Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "is_denied", lambda *_: False)
    reader, comment = assigning.Assigner(declared), "It is not expensive at all, I am happy about it"
    assert found(reader.read(comment))["price"] is False
    assert again.mentioned(comment, "en")["price"] is True


def _words(random: Random, declared: Taxonomy, language: str) -> Iterator[str]:
    """Phrases, with as many words between as may stand there and one more; words that deny; signs."""
    topics = [topic for topic in declared.topics if language in topic.words]
    for _ in range(random.randint(1, 6)):
        kind = random.random()
        if kind < 0.5:
            for part in random.choice(random.choice(topics).words[language]).said.split():
                word = random.choice(part.split("|")).strip("=*")
                yield " ".join(["xx"] * random.randint(0, 5)) if part == ".." else word
        elif kind < 0.8:
            yield random.choice(sorted(random.choice(SIGNALS[language])))
        else:
            yield random.choice(SIGNS)


@pytest.fixture
def working_file(monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """Comments as the step of a refresh leaves them."""
    monkeypatch.setenv("NPS_COMPANY", str(COMPANY))
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts; create schema topics;"
            "create table marts.fct_survey_responses (answer_key text, language text, comment text);"
            "create table topics.readings (comment_hash text, language text, notes text[]);"
            "create table topics.mentions (comment_hash text, topic text, is_denied boolean)"
        )
        for answer, comment, language, notes, topics in COMMENTS:
            connection.execute(
                "insert into marts.fct_survey_responses values (?, null, ?)", [answer, comment]
            )
            connection.execute(
                "insert into topics.readings values (sha256(?), ?, ?)", [comment, language, notes]
            )
            for topic, is_denied in topics.items():
                connection.execute(
                    "insert into topics.mentions values (sha256(?), ?, ?)", [comment, topic, is_denied]
                )
        yield connection


@pytest.mark.parametrize(
    ("change", "answer", "topic", "again", "built"),
    [
        ("delete from topics.mentions where topic = 'speed'", "a", "speed", False, None),
        ("update topics.mentions set is_denied = false", "a", "price", True, False),
        ("insert into topics.mentions values (sha256('👍'), 'price', false)", "c", "price", None, False),
        (
            "insert into topics.mentions values (sha256('A new office'), 'price', false)",
            "e",
            "price",
            None,
            False,
        ),
        ("update topics.readings set notes = []", "d", "price", False, None),
    ],
)
def test_a_difference_is_named_with_the_answer_and_the_topic(
    working_file: duckdb.DuckDBPyConnection,
    change: str,
    answer: str,
    topic: str,
    again: bool | None,
    built: bool | None,
    tmp_path: Path,
) -> None:
    assert matching.differences(working_file, tmp_path) == []
    working_file.execute(change)
    named = matching.differences(working_file, tmp_path)
    assert Difference((answer, topic), "mention", again, built) in named
    assert f"{answer} {topic}" in {each.name for each in named}


def test_where_no_comment_was_read_there_is_nothing_to_compare(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        assert matching.differences(connection, tmp_path) == []
