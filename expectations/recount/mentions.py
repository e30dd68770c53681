"""What comments mention, as figures of topics take it, and how sure it is.

The topics are read from the company's own file, its labels too; what a comment mentions from what the
reading of comments left, by the hash of the token of each answer's comment. Labels know the hashes of texts:
which comment one is of was left there, too. No comment is read again here: `matching` does that.

Belongs here: mentions of answers, and what the labelled sample says. Does not belong here: figures
(`topics`).
"""

from __future__ import annotations

import csv
import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from expectations.governed_tables import tables

#: Where nothing can be read in a comment, it neither mentions a topic nor leaves it out.
_UNREAD = frozenset({"EMPTY", "NO_WORD", "UNKNOWN_LANGUAGE", "NO_WORDS_IN_LANGUAGE"})
_LABELS = "labels/topics.csv"


@dataclass(frozen=True)
class Sureness:
    """Of the labelled comments that are read: found by taxonomy and person, by only one of them."""

    labelled: int
    agreed: int
    only_taxonomy: int
    only_person: int


@dataclass(frozen=True)
class Mentioned:
    """Topic → its label and how sure it is; answers with a comment that is read → the topics it mentions."""

    labels: Mapping[str, str]
    sureness: Mapping[str, Sureness]
    of_answers: Mapping[str, frozenset[str]]


def mentioned(connection: duckdb.DuckDBPyConnection) -> Mentioned:
    """Everything; nothing where the company declares no topics, or no comment has been read."""
    labels = {
        row["key"].removesuffix(".label"): json.loads(row["value"])
        for row in tables()["topics"].rows
        if row["key"].endswith(".label") and row["key"].count(".") == 1
    }
    there = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'topics' and table_name = 'readings'"
    ).fetchone()
    if not labels or not there:
        return Mentioned({}, {}, {})
    found: dict[str, set[str]] = {
        name: set()
        for name, notes in connection.execute("select comment_hash, notes from topics.readings").fetchall()
        if not _UNREAD & {*notes}
    }
    for name, topic in connection.execute("select comment_hash, topic from topics.mentions").fetchall():
        found[name].add(topic)
    of_answers = {
        key: frozenset(found[name])
        for key, name in connection.execute(
            "select answer_key, sha256(comment) from marts.fct_survey_responses where comment is not null"
        ).fetchall()
        if name in found
    }
    matched = dict(
        connection.execute(
            "select label_hash, comment_hash from topics.labelled where comment_hash is not null"
        ).fetchall()
    )
    labelled = {matched[name]: said for name, said in _labelled().items() if name in matched}
    return Mentioned(labels, _sureness(found, labelled, [*labels]), of_answers)


def _sureness(
    found: Mapping[str, set[str]], labelled: Mapping[str, frozenset[str]], topics: Sequence[str]
) -> dict[str, Sureness]:
    pairs = [(found[name], said) for name, said in labelled.items() if name in found]
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for taxonomy, person in pairs:
        for at, some in enumerate((taxonomy & person, taxonomy - person, person - taxonomy)):
            for topic in some:
                counts[topic][at] += 1
    return {topic: Sureness(len(pairs), *counts[topic]) for topic in topics}


def _labelled() -> dict[str, frozenset[str]]:
    """The last label of each comment."""
    path = Path(os.environ["NPS_COMPANY"], _LABELS)
    if not path.exists():
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {
            row["comment_hash"]: frozenset(filter(None, row["topics"].split(";")))
            for row in csv.DictReader(file)
        }
