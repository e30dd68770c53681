"""The evidence behind a published figure: its answers, exclusions, definition, lineage and ledger rows.

Belongs here: collecting it from the ledger, the published copy and the working file, without personal data,
and arranging it as the files of a pack. Does not belong here: choosing the figure (`selection`),
checking the evidence (`proof`), or counting again from raw (`expectations`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from publication import content, hashing, ledger, membership
from publication.acceptance import Acceptance
from publication.figure import COUNTS, dimensions, key
from publication.ledger import FINGERPRINT
from witness import record

FIGURES = "figures.csv"
ANSWERS = "answers.csv"
EXCLUSIONS = "exclusions.csv"
DEFINITION = "definition.csv"
LINEAGE = "lineage.csv"
CHAIN = "ledger/chain.csv"
ROWS = "ledger/rows.csv"
ACCEPTED = "ledger/accepted.csv"
RECOUNT = "recount.csv"
PUBLICATION = "publication.json"
README = "README.txt"
PUBLISHED = (*COUNTS, "nps", "nps_low", "nps_high", "reportability", "branch_name")
"""The columns of `nps_scores` that are compared, as published."""


class EvidenceError(Exception):
    """The evidence cannot be collected. The message says why and what to do."""


@dataclass(frozen=True)
class Table:
    """Column names and rows."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def records(self) -> list[dict[str, Any]]:
        """Every row by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Evidence:
    """The evidence for figures of one publication; `answers` is None for an earlier publication."""

    figures: Table
    answers: Table | None
    exclusions: Table | None
    lineage: Table | None
    definition: Table


def collect(warehouse: Path | None, version: Path, figures: Table) -> Evidence:
    """The evidence for `figures` (from `selection`) of the publication in the folder `version`.

    `warehouse` is the working file from which they were published, or None if it no longer has their answers.
    Raises EvidenceError if the working file does not hold the published answers.
    """
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach {content.literal(version / content.DATABASE_NAME)} as copy (read_only)")
        named = key(figures.columns)
        keys = pa.Table.from_pylist([{name: row[name] for name in named} for row in figures.records()])
        connection.register("asked", keys)
        definition = _table(
            connection,
            "select * from copy.metric_definitions"
            " where definition_version in (select definition_version from asked) order by all",
        )
        if warehouse is None:
            return Evidence(figures, None, None, None, definition)
        try:
            connection.execute(f"attach {content.literal(warehouse)} as working (read_only)")
        except duckdb.IOException as error:
            raise EvidenceError(
                f"the working file {warehouse} cannot be read: it does not exist, or a refresh is writing;"
                f" try again when the refresh has finished ({str(error).splitlines()[0]})"
            ) from error
        connection.execute(_behind(figures))
        connection.execute("create temporary table used as select distinct answer_key from behind")
        _same_answers(connection, figures, warehouse)
        return Evidence(
            figures,
            _table(connection, _answers(dimensions(figures.columns))),
            _table(connection, _EXCLUSIONS),
            _table(connection, _LINEAGE),
            definition,
        )


def files(evidence: Evidence, version: Path, rows: pa.Table, recounted: Table | None) -> dict[str, bytes]:
    """The files of a pack; `rows` are the ledger rows of the publication in the folder `version`."""
    published = (*key(evidence.figures.columns), *PUBLISHED)
    packed = {
        README: _README.encode("utf-8"),
        PUBLICATION: (version / "manifest.json").read_bytes(),
        FIGURES: as_csv(Table(published, only(evidence.figures, published))),
        DEFINITION: as_csv(evidence.definition),
        **_chain(evidence.figures, rows),
    }
    for name, table in (
        (ANSWERS, evidence.answers),
        (EXCLUSIONS, evidence.exclusions),
        (LINEAGE, evidence.lineage),
        (RECOUNT, recounted),
    ):
        if table is not None:
            packed[name] = as_csv(table)
    return packed | shipped(version)


def shipped(version: Path) -> dict[str, bytes]:
    """The documents of a publication, the records of how it was made, and the record of its head."""
    heads = [version / name for name in (record.FILE, record.SIGNATURE)]
    return {path.name: path.read_bytes() for path in heads if path.is_file()} | {
        path.relative_to(version).as_posix(): path.read_bytes()
        for folder in (content.DOCUMENTS, content.RECORDS)
        for path in sorted((version / folder).rglob("*"))
        if path.is_file()
    }


def as_csv(table: Table) -> bytes:
    """A table as UTF-8 CSV with a header; null is an empty cell, numbers are written in full."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(["" if value is None else str(value) for value in row] for row in table.rows)
    return buffer.getvalue().encode("utf-8")


def only(table: Table, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """The rows of a table with these columns only, in this order."""
    places = [table.columns.index(name) for name in columns]
    return [tuple(row[place] for place in places) for row in table.rows]


def _chain(figures: Table, rows: pa.Table) -> dict[str, bytes]:
    """The figures' ledger rows in full; from the first of them on, only the content hash of all others."""
    hashes = ledger.content_hashes(rows)
    named = key(rows.column_names)
    keys = zip(*(rows.column(name).to_pylist() for name in named), strict=True)
    place = {each: index for index, each in enumerate(keys)}
    wanted = sorted(place[each] for each in only(figures, named))
    picked = rows.take(wanted)
    columns = tuple(rows.column_names)
    listed = zip(*(picked.column(name).to_pylist() for name in columns), strict=True)
    full = [(index + 1, *row) for index, row in zip(wanted, listed, strict=True)]
    links = _accepted(rows)
    # The rows after them prove the accepted limits, so the chain begins with the first row.
    after = [(index + 1, hashes[index]) for index in range(0 if links else wanted[0], len(hashes))]
    return {
        **links,
        ROWS: as_csv(Table(("position", *columns), full)),
        CHAIN: as_csv(Table(("position", "content_hash"), after)),
    }


def _accepted(rows: pa.Table) -> dict[str, bytes]:
    """The limits accepted for the publication, as links of the chain; no file if there are none."""
    accepted, head = ledger.accepted_in(rows), ledger.accepted_after(rows)
    links = []
    for each in accepted:
        content_of = each.content(rows.column("sequence")[0].as_py())
        previous, head = head, hashing.row_hash(head, hashing.content_hash(content_of))
        links.append((*content_of, previous, head))
    columns = ("sequence", *(each.name for each in fields(Acceptance)), "previous_hash", "row_hash")
    return {ACCEPTED: as_csv(Table(columns, links))} if links else {}


def _same_answers(connection: duckdb.DuckDBPyConnection, figures: Table, warehouse: Path) -> None:
    named = key(figures.columns)
    found = {
        row[:-1]: str(row[-1])
        for row in connection.execute(
            f"select {', '.join(named)}, sum(answer_fingerprint) from behind group by all"
        ).fetchall()
    }
    for row in figures.records():
        if found.get(tuple(row[name] for name in named)) != str(row[FINGERPRINT]):
            raise EvidenceError(
                f"{warehouse} no longer holds the published answers: a later build was stopped or is running;"
                " run `nps refresh` until it publishes, then audit again"
            )


def _table(connection: duckdb.DuckDBPyConnection, query: str) -> Table:
    found = connection.execute(query)
    return Table(tuple(column[0] for column in found.description), found.fetchall())


def _behind(figures: Table) -> str:
    """Pairs of a figure and an answer; a view, because each answer is in hundreds of figures."""
    split = dimensions(figures.columns)
    segments = sorted({row["segment"] for row in figures.records()})
    answers = "working.marts.fct_survey_responses where is_counted"
    return f"""
        create temporary view behind as
        with states as (
            {membership.by_segment(answers, segments, split)}
        )
        select
            {", ".join(f"asked.{name}" for name in key(figures.columns))}, states.answer_key,
            states.answer_fingerprint
        from asked
        inner join states on {membership.member("asked", "states", split)}
        where asked.measure = 'in_period' or states.current_until > asked.period_end
    """


def _answers(split: Sequence[str]) -> str:
    return f"""
        select
            md5(answer_key) as answer_id, response_date, survey_type, likelihood_score, nps_band, nps_weight,
            {", ".join(split)}, definition_version, current_until, answer_fingerprint
        from working.marts.fct_survey_responses
        where answer_key in (select answer_key from used)
        order by response_date, answer_id
    """


_EXCLUSIONS = """
    with periods as (
        select survey_type, period_grain, period_start, period_end from asked
        union
        select '(none)', period_grain, period_start, period_end from asked
    )
    select
        periods.survey_type, periods.period_grain, periods.period_start, periods.period_end,
        answers.source, answers.disposition, count(*) as answers
    from periods
    inner join working.marts.fct_survey_responses as answers
        on coalesce(answers.survey_type, '(none)') = periods.survey_type
        and periods.period_start <= answers.response_date and periods.period_end > answers.response_date
    where not answers.is_counted
    group by all
    order by all
"""
_LINEAGE = """
    select
        if(source = 'files', 'raw_files.surveys_responses', 'raw_' || source || '.responses') as raw_table,
        survey_id, question_id, load_id, loaded_at, count(*) as answers
    from working.marts.fct_survey_responses
    where answer_key in (select answer_key from used)
    group by all
    order by all
"""
_README = """Evidence for published NPS figures.

manifest.json       SHA-256 of every other file
publication.json    the publication's own manifest
head.json           the record of its head: sequence, ledger_head, SHA-256 of publication.json
head.sig            its signature (Ed25519), if the company signs
figures.csv         the figures as published
answers.csv         the counted answers behind them (ids are hashes; no personal data)
exclusions.csv      answers of the same survey type and period that do not count, by reason
definition.csv      the definition in force, in words and data
lineage.csv         where the answers came from: raw table, survey, question, load
ledger/rows.csv     the figures' rows in the ledger audit_published_figures
ledger/accepted.csv limits that a person accepted for this publication, and why; no file if there are none
ledger/chain.csv    content hashes from the first of those rows to the publication's last: the proof that
                    they end in ledger_head of publication.json
recount.csv         the same figures, counted again from the vendors' records by a second implementation
records/            how they were made: compiled SQL, dbt's manifest and results, the guard's results
documents/          the semantic layer's document

Verify it with `nps audit verify <this pack> --key acme.pub`, with the company's public key from somebody
you trust; no warehouse is needed. By hand: `openssl pkeyutl -verify -rawin -pubin -inkey acme.pub -in
head.json -sigfile head.sig` checks the signature. A row's content is the JSON
array of its columns sequence to answers_fingerprint as text (between channel and definition_version
"dimension=member" for each column that does not hold (all)), content_hash = SHA-256 of it, row_hash = SHA-256
of the previous row_hash followed by content_hash.
"""
