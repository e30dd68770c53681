"""What a sample of comments that a person labelled says of the taxonomy, and which comment is next.

Comments are asked about in the order of their tokens' hashes, which has nothing to do with what they say: as
far as somebody has come, the labelled ones are a random sample of the different comments.

Belongs here: the sample. Does not belong here: the file of labels (`company.labels`), asking a person
(`cli/labelling.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from company.labels import Label
from orchestration.clear_texts import Clear
from topics.comments import Note

#: Such a comment is in no language of the taxonomy: it is no part of a topic's figures, nor of the sample.
UNREADABLE: Final = (Note.EMPTY, Note.NO_WORD, Note.UNKNOWN_LANGUAGE, Note.NO_WORDS_IN_LANGUAGE)
READABLE: Final = f"not list_has_any(notes, {[note.name for note in UNREADABLE]})"


@dataclass(frozen=True)
class Agreement:
    """Of the labelled comments that are read, in how many both found a topic, or only one of the two."""

    labelled: int
    agreed: int
    only_taxonomy: int
    only_person: int


def agreements(
    connection: duckdb.DuckDBPyConnection, labels: Sequence[Label], topics: Collection[str]
) -> Mapping[str, Agreement]:
    """How taxonomy and person agree on each topic, comment by comment."""
    found: dict[str, set[str]] = {
        name: set()
        for (name,) in connection.execute(
            f"select comment_hash from topics.readings where {READABLE}"
        ).fetchall()
    }
    for name, topic in connection.execute("select comment_hash, topic from topics.mentions").fetchall():
        found.setdefault(name, set()).add(topic)
    matched = dict(connection.execute("select label_hash, comment_hash from topics.labelled").fetchall())
    named = ((matched.get(each.comment_hash), each.topics) for each in labels)
    pairs = [(found[name], said) for name, said in named if name in found]
    return {
        topic: Agreement(
            len(pairs),
            sum(topic in of_taxonomy and topic in said for of_taxonomy, said in pairs),
            sum(topic in of_taxonomy and topic not in said for of_taxonomy, said in pairs),
            sum(topic not in of_taxonomy and topic in said for of_taxonomy, said in pairs),
        )
        for topic in topics
    }


def unlabelled(
    connection: duckdb.DuckDBPyConnection,
    labels: Sequence[Label],
    language: str | None,
    clear: Clear,
) -> Iterator[tuple[str, str, str]]:
    """Hash of the text, language and text of the comments that nobody has labelled and that may be read, in
    the order of the sample."""
    done = {label.comment_hash for label in labels}
    rows = connection.execute(
        "select distinct comment_hash, language, comment from topics.readings"
        " inner join marts.fct_survey_responses on comment_hash = sha256(comment)"
        f" where {READABLE} and ($language is null or language = $language) order by comment_hash",
        {"language": language},
    ).fetchall()
    texts = clear(comment for *_, comment in rows)
    for _, told, comment in rows:
        if (text := texts.get(comment)) is not None:
            name = hashed(text)
            if name not in done:
                yield name, told, text


def hashed(text: str) -> str:
    """By what a label knows a comment: the SHA-256 of its text."""
    return hashlib.sha256(text.encode()).hexdigest()
