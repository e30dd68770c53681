"""The counted answers behind each publication, kept beside the ledger and not published.

    answers/<version>.parquet    one row per counted answer, without personal data; removed with its version

The causes of restatements compare them with those of the next publication. Published rows tell less
(docs/decisions/0086-a-row-tells-no-more-than-a-score.md).

Belongs here: writing, finding and removing these files. Does not belong here: comparing them (`causes`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from publication import content, versions
from publication.figure import dimensions
from publication.manifest import Manifest, TableEntry

FOLDER = "answers"
NAME = "answers"
#: What releases up to 0.6.0 published, one row per answer.
_PUBLISHED = "nps_responses"
_VIEW = "counted_answers"


def attach(connection: duckdb.DuckDBPyConnection) -> str:
    """A view of the counted answers of `working`, and its name. Raises duckdb.Error."""
    cells = connection.execute(f"select * from working.{content.SCHEMA}.nps_scores limit 0").description
    connection.execute(
        f"""
        create or replace temporary view {_VIEW} as
        select
            md5(answer_key) as answer_id, survey_type, response_date, likelihood_score, nps_band, nps_weight,
            {", ".join(dimensions(column[0] for column in cells))}, definition_version
        from working.marts.fct_survey_responses
        where is_counted
        """
    )
    return _VIEW


def measured(connection: duckdb.DuckDBPyConnection) -> content.TableContent:
    """Their number and hash."""
    return content.measure(connection, attach(connection), NAME)


def write(connection: duckdb.DuckDBPyConnection, books: Path, version: str) -> TableEntry:
    """Keep the answers of `working` for a version, read-only and flushed to disk."""
    file = _file(books, version)
    file.parent.mkdir(parents=True, exist_ok=True)
    made = measured(connection)
    connection.execute(f"create or replace temporary table sorted_answers as from {_VIEW} order by all")
    content.write_parquet(connection, "sorted_answers", file)
    file.chmod(0o400)
    versions.to_disk(file)
    versions.to_disk(file.parent)
    return TableEntry(made.rows, made.content_hash, content.sha256(file))


def of_version(books: Path, folder: Path, said: Manifest) -> Path | None:
    """The answers of a version in its folder; None where they are gone or have changed."""
    if said.answers is not None:
        file, entry = _file(books, said.version), said.answers
    else:
        published = said.tables.get(_PUBLISHED)
        if published is None:
            return None
        file, entry = content.parquet_file(folder, _PUBLISHED), published
    return file if file.is_file() and content.sha256(file) == entry.parquet_sha256 else None


def relation(connection: duckdb.DuckDBPyConnection, file: Path) -> str:
    """A version's answers as a relation with the columns of `attach`."""
    source = f"read_parquet({content.literal(file)})"
    columns = [column[0] for column in connection.execute(f"select * from {source} limit 0").description]
    day = "*" if "response_date" in columns else "*, cast(responded_at as date) as response_date"
    return f"(select {day} from {source})"


def prune(books: Path, kept: Iterable[str]) -> None:
    """Remove the answers of all but these versions."""
    names = {_file(books, version).name for version in kept}
    for file in books.with_name(FOLDER).glob("*.parquet"):
        if file.name not in names:
            file.unlink()


def discard(books: Path, version: str) -> None:
    """Remove what was written for a version that was not published."""
    _file(books, version).unlink(missing_ok=True)


def _file(books: Path, version: str) -> Path:
    return books.with_name(FOLDER) / f"{version}.parquet"
