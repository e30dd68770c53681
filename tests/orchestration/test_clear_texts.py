"""Who has the vault's key reads comments; who has not keeps what was read, and is told what was not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from company.labels import Label
from expectations.recount import matching
from orchestration import clear_texts, labelled, mentions, shortfall
from orchestration.environment import ConfigurationError, Home
from tests.orchestration.test_mentions import SMALL
from topics.taxonomy import Taxonomy, taxonomy
from vault import keys
from vault.store import Entry, Vault

FIRST, SECOND = "It was an expensive one for us", "Such a long wait it was, says Ann"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv(keys.SETTING, raising=False)
    made = Home(tmp_path / "state")
    made.path.mkdir()
    with duckdb.connect(str(made.warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.fct_survey_responses (answer_key varchar, comment varchar)")
    say(made, "a", FIRST)
    return made


@pytest.fixture
def declared() -> Taxonomy:
    return taxonomy(SMALL)


def say(home: Home, answer: str, text: str) -> str:
    """An answer as it is after a load: its comment sealed, and the token in the mart."""
    writing = keys.writing(home.path)
    token = writing.tokens.text(text)
    Vault(home.path / "vault").seal(
        "files", "surveys_responses", [Entry(answer, token, text)], writing.public
    )
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("insert into marts.fct_survey_responses values (?, ?)", [answer, token])
    return token


def removed(key: Path) -> Callable[[], None]:
    aside = key.with_suffix(".aside")
    key.rename(aside)

    def give_back() -> None:
        aside.rename(key)

    return give_back


def closed(key: Path) -> Callable[[], None]:
    key.chmod(0)
    return lambda: key.chmod(0o600)


without_the_key = pytest.mark.parametrize("taken_away", [removed, closed])


def private_key(home: Home) -> Path:
    return keys.folder(home.path) / keys.PRIVATE


def mentioned(home: Home) -> list[tuple[str, str]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        return connection.execute("select * from topics.answer_topics order by all").fetchall()


def keep(home: Home, declared: Taxonomy, by: str = "1", labels: tuple[Label, ...] = ()) -> mentions.Kept:
    return mentions.keep(home.warehouse, declared, by, clear_texts.of(home), labels)


@without_the_key
def test_what_was_read_stays_and_what_was_not_is_told(
    home: Home, declared: Taxonomy, taken_away: Callable[[Path], Callable[[], None]]
) -> None:
    assert keep(home, declared).read == 1
    give_back = taken_away(private_key(home))
    say(home, "b", SECOND)
    for by in ("1", "another taxonomy"):
        kept = keep(home, declared, by)
        assert (kept.comments, kept.read, kept.forgotten) == (1, 0, 0)
        assert mentioned(home) == [("a", "price")]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert shortfall.unread_comments(connection) == 2
    assert "is not here or not yours to read" in clear_texts.without_the_key(home)
    give_back()
    assert clear_texts.without_the_key(home) == ""
    kept = keep(home, declared, "another taxonomy")
    assert (kept.comments, kept.read, kept.unread) == (2, 2, 0)
    assert mentioned(home) == [("a", "price"), ("b", "speed")]


def test_no_byte_of_the_working_file_has_a_word_of_a_comment(home: Home, declared: Taxonomy) -> None:
    say(home, "b", SECOND)
    assert keep(home, declared).read == 2
    held = b"".join(path.read_bytes() for path in home.path.rglob("*") if path.is_file())
    assert not [word for word in (b"expensive", b"wait", b"Ann") if word in held]


def test_labels_know_texts_and_the_working_file_tokens(home: Home, declared: Taxonomy) -> None:
    """A label of before, of a comment that comes later, and of one that was labelled after it was read."""
    first, second = (
        Label(labelled.hashed(text), frozenset(topics), "Ann", "2026-01-01")
        for text, topics in ((FIRST, {"price"}), (SECOND, {"price"}))
    )
    assert agreed(home, declared, second) == (0, 0, 0)
    say(home, "b", SECOND)
    assert agreed(home, declared, second) == (1, 0, 0)
    assert agreed(home, declared, second, first) == (2, 1, 0)
    removed(private_key(home))
    assert agreed(home, declared, second, first) == (2, 1, 0)


def agreed(home: Home, declared: Taxonomy, *labels: Label) -> tuple[int, ...]:
    """Labelled comments, those in which both found the price, and those in which only the taxonomy did."""
    keep(home, declared, labels=labels)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        [found] = connection.execute(
            "select labelled_comments, agreed, only_taxonomy from topics.declared_topics"
            " where topic = 'price'"
        ).fetchall()
    return found


def test_an_unlabelled_comment_is_asked_about_by_the_hash_of_its_text(home: Home, declared: Taxonomy) -> None:
    say(home, "b", SECOND)
    keep(home, declared)
    known = [Label(labelled.hashed(FIRST), frozenset(), "Ann", "2026-01-01")]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        asked = [*labelled.unlabelled(connection, known, None, clear_texts.of(home))]
    assert asked == [(labelled.hashed(SECOND), "en", SECOND)]


def test_the_second_matcher_reads_the_vault_and_finds_nothing_without_the_key(
    home: Home, declared: Taxonomy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching.Taxonomy, "sealed", classmethod(lambda cls: cls.of({})))
    keep(home, declared)
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        [found] = matching.differences(connection, home.path)
        assert (found.recounted, found.published) == (None, False)
        removed(private_key(home))
        assert matching.differences(connection, home.path) == []


def test_a_wrong_key_is_said(home: Home, declared: Taxonomy, tmp_path: Path) -> None:
    keys.make(tmp_path / "others")
    (tmp_path / "others" / keys.PRIVATE).replace(private_key(home))
    with pytest.raises(ConfigurationError, match="does not open with this key"):
        keep(home, declared)
