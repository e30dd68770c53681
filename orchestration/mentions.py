"""What the comments of the mart mention, kept beside it: `topics.readings` and `topics.mentions`.

The mart has the token of the comment of the version in force, and none of an erased answer, so neither have
they. A comment is read once, however many answers have it and however often there is a refresh, as long as
the taxonomy, the libraries and the code that reads it stay the same. Its text is in the vault: without the
vault's key, what was read before stays. No word of a comment is kept. What models read is by answer:
`topics.read_answers`, `answer_topics` and `declared_topics`.

Belongs here: which comments are read, and what is kept. Does not belong here: reading one (`topics`), or who
may see one (`cli/commenting.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from company import taxonomy
from company.labels import Label
from orchestration import inputs, labelled
from orchestration.clear_texts import Clear
from orchestration.environment import CHECKOUT
from topics.comments import Note
from topics.many import Read, read_all
from topics.taxonomy import Taxonomy

#: A step that is killed has kept all but the last batch.
BATCH: Final = 20_000
_MOST_PROCESSES: Final = 4
_EXAMPLES: Final = 3

TABLES: Final = """
    create schema if not exists topics;
    create table if not exists topics.readings (
        comment_hash varchar not null, reader varchar not null, language varchar, notes varchar[] not null
    );
    create table if not exists topics.mentions (
        comment_hash varchar not null,
        topic varchar not null,
        is_denied boolean not null
    );
    alter table topics.mentions drop column if exists words;
    create table if not exists topics.labelled (label_hash varchar not null, comment_hash varchar);
"""
_COMMENTS: Final = (
    "(select comment, sha256(comment) as comment_hash, min(answer_key) as answer_key"
    " from marts.fct_survey_responses where comment is not null group by all)"
)
#: The tables that models read.
FOR_MODELS: Final = ("read_answers", "answer_topics", "declared_topics")
_FOR_MODELS: Final = f"""
    create or replace table topics.read_answers as
    select answers.answer_key, readings.language
    from marts.fct_survey_responses as answers
    inner join topics.readings as readings on sha256(answers.comment) = readings.comment_hash
    where {labelled.READABLE};
    create or replace table topics.answer_topics as
    select answers.answer_key, mentions.topic
    from marts.fct_survey_responses as answers
    inner join topics.mentions as mentions on sha256(answers.comment) = mentions.comment_hash;
    create or replace table topics.declared_topics (
        topic varchar, topic_label varchar, labelled_comments bigint,
        agreed bigint, only_taxonomy bigint, only_person bigint
    );
"""
_TEXT: Final = pa.string()
_READINGS: Final = pa.schema(
    [pa.field("comment_hash", _TEXT), pa.field("language", _TEXT), pa.field("notes", pa.list_(_TEXT))]
)
_MENTIONS: Final = pa.schema(
    [pa.field(name, _TEXT) for name in ("comment_hash", "topic")] + [pa.field("is_denied", pa.bool_())]
)


@dataclass(frozen=True)
class Kept:
    """How many different comments are kept, were read now, were forgotten, and could not be read; and a line
    for each kind of unusual comment."""

    comments: int
    read: int
    forgotten: int
    said: tuple[str, ...]
    unread: int = 0


def reader(company: Path) -> str:
    """A text that differs when the same comment may be read otherwise."""
    return inputs.digest(
        [
            (company / taxonomy.FILE).read_text("utf-8"),
            version("simplemma"),
            version("py3langid"),
            inputs.files([CHECKOUT / "topics"], {".py"}),
        ]
    )


def keep(
    warehouse: Path, declared: Taxonomy | None, by: str, clear: Clear, labels: Sequence[Label] = ()
) -> Kept:
    """Read the comments that have not been read by this reader, and forget what nobody says any more.

    What `clear` gives no text for stays as it was read before, if it was. Without a taxonomy nothing is kept,
    and what models read is empty.
    """
    with duckdb.connect(str(warehouse)) as connection:
        if declared is None:
            connection.execute("drop schema if exists topics cascade")
            connection.execute(TABLES + _FOR_MODELS)
            connection.execute(
                "drop table topics.readings; drop table topics.mentions; drop table topics.labelled"
            )
            return Kept(0, 0, 0, ())
        connection.execute(TABLES)
        wanted = connection.execute(
            f"select comment_hash, comment from {_COMMENTS}"
            " anti join (from topics.readings where reader = ?) using (comment_hash) order by all",
            [by],
        ).fetchall()
        texts = clear(comment for _, comment in wanted)
        fresh = [(name, texts[comment]) for name, comment in wanted if comment in texts]
        forgotten = _forget(connection, by, [name for name, _ in fresh])
        _match_labels(connection, labels, clear, fresh)
        read = read_all(fresh, declared, min(os.cpu_count() or 1, _MOST_PROCESSES))
        for batch in iter(lambda: list(islice(read, BATCH)), []):
            _write(connection, batch, by)
        _write_for_models(connection, declared, labels)
        [(comments,)] = connection.execute("select count(*) from topics.readings").fetchall()
        unread = len(wanted) - len(fresh)
        connection.execute("create or replace table topics.unread as select ?::bigint as comments", [unread])
        return Kept(comments, len(fresh), forgotten, tuple(unusual(connection)), unread)


def _forget(connection: duckdb.DuckDBPyConnection, by: str, read_now: Sequence[str]) -> int:
    """What another reader has read and this one reads now, and comments that no answer of the mart has."""
    connection.execute("begin")
    [(forgotten,)] = connection.execute(
        "delete from topics.readings where (reader <> ? and comment_hash in (select unnest(?::varchar[])))"
        f" or comment_hash not in (select comment_hash from {_COMMENTS})",
        [by, read_now],
    ).fetchall()
    connection.execute(
        "delete from topics.mentions where comment_hash not in (select comment_hash from topics.readings)"
    )
    connection.execute(
        f"delete from topics.labelled where comment_hash not in (select comment_hash from {_COMMENTS})"
    )
    connection.execute("commit")
    return int(forgotten)


def _match_labels(
    connection: duckdb.DuckDBPyConnection,
    labels: Sequence[Label],
    clear: Clear,
    fresh: Sequence[tuple[str, str]],
) -> None:
    """Find the comments of labels, which know the hashes of texts: among all comments where a label is new.

    A label of which nothing was found is remembered too, unless some text could not be read.
    """
    asked = {label.comment_hash for label in labels}
    known = {
        name for (name,) in connection.execute("select distinct label_hash from topics.labelled").fetchall()
    }
    among, is_whole = fresh, False
    if asked - known:
        comments = connection.execute(f"select comment_hash, comment from {_COMMENTS}").fetchall()
        texts = clear(comment for _, comment in comments)
        among = [(name, texts[comment]) for name, comment in comments if comment in texts]
        is_whole = len(among) == len(comments)
    found = {labelled.hashed(text): name for name, text in among}
    new: list[tuple[str, str | None]] = [(label, found[label]) for label in asked & found.keys()]
    if is_whole:
        new += [(label, None) for label in asked - known - found.keys()]
    if new:
        connection.executemany(
            "delete from topics.labelled where label_hash = ?", [[label] for label, _ in new]
        )
        connection.executemany("insert into topics.labelled values (?, ?)", new)


def _write(connection: duckdb.DuckDBPyConnection, batch: list[Read], by: str) -> None:
    readings = [
        {"comment_hash": name, "language": found.language, "notes": [note.name for note in found.notes]}
        for name, found in batch
    ]
    connection.register("new_readings", pa.Table.from_pylist(readings, _READINGS))
    connection.register("new_mentions", pa.Table.from_pylist([*_mentions(batch)], _MENTIONS))
    connection.execute("begin")
    connection.execute(
        "insert into topics.readings select comment_hash, ?, language, notes from new_readings", [by]
    )
    connection.execute("insert into topics.mentions select * from new_mentions")
    connection.execute("commit")
    connection.unregister("new_readings")
    connection.unregister("new_mentions")


def _write_for_models(
    connection: duckdb.DuckDBPyConnection, declared: Taxonomy, labels: Sequence[Label]
) -> None:
    """All of it again: it is made of what is kept within a second. An earlier reader may have known topics
    that are no more."""
    names = [topic.name for topic in declared.topics]
    connection.execute("begin")
    connection.execute("delete from topics.mentions where topic not in (select unnest(?))", [names])
    connection.execute(_FOR_MODELS)
    found = labelled.agreements(connection, labels, names)
    connection.executemany(
        "insert into topics.declared_topics values (?, ?, ?, ?, ?, ?)",
        [(topic.name, topic.label, *astuple(found[topic.name])) for topic in declared.topics],
    )
    connection.execute("commit")


def _mentions(batch: Iterable[Read]) -> Iterator[dict[str, object]]:
    """A topic counts as denied where every one of its words is: "not slow", and no other word of it."""
    for name, found in batch:
        for mention in found.mentions:
            yield {
                "comment_hash": name,
                "topic": mention.topic,
                "is_denied": all(decided.is_denied for decided in mention.by),
            }


def unusual(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Each kind of unusual comment, in the order of `Note`, with its number and the first answers that have
    it. A comment that several answers have is one."""
    found = connection.execute(
        "with noted as (select comment_hash, unnest(notes) as note from topics.readings)"
        f" select note, count(*), list(answer_key order by answer_key)[:{_EXAMPLES}]"
        f" from noted inner join {_COMMENTS} using (comment_hash) group by all"
    ).fetchall()
    counted = {note: (number, examples) for note, number, examples in found}
    for note in Note:
        if note.name in counted:
            number, examples = counted[note.name]
            more = ", …" if number > len(examples) else ""
            yield f"{note}: {number:,} ({', '.join(examples)}{more})"
