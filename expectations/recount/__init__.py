"""Recounts the score from raw answers in plain Python, as a patient auditor would with a spreadsheet.

No dbt, no shared SQL, no import of another room: raw records in (`raw`, `crm`, `billing`), the definition
read independently (`rules`, `dimensions`, `expectations.definition`), every cell counted (`cells`) and its
statistics calculated (`statistics`, `population`, `figures`).

Up to `LARGE` answers everything is recounted from raw. Above that, all answers of a sample of persons are
recounted and compared with `fct_survey_responses` one by one; the figures are then counted from the rows of
that table. Customers of each day are treated the same way, with accounts instead of persons.

Belongs here: the recount's interface. Does not belong here: how it counts.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations import definition
from expectations.collector import without_collection
from expectations.declared_fields import with_declared
from expectations.declaring import Names
from expectations.dimensions import governed
from expectations.recount import (
    answers,
    bridge,
    bridge_hidden,
    comparison,
    control,
    conventions,
    integrity,
    invitations,
    matching,
    practice,
    raw,
    root_causes,
    standings,
    targets,
    topics,
)
from expectations.recount.changes import Explained, explained
from expectations.recount.coding import rows_as_table
from expectations.recount.comparison import Difference
from expectations.recount.figures import Figures, figures
from expectations.recount.invitations import Asked
from expectations.recount.keys import FigureKey
from expectations.recount.members import Members
from expectations.recount.sample import Sample
from expectations.recount.standings import Standing
from expectations.recount.versions import RawRecords
from expectations.vendors import for_the_recount, vendor_fields

__all__ = ["LARGE", "Difference", "FigureKey", "Figures", "Recount", "compare", "recount"]

#: More answers than this are recounted on a sample, unless `NPS_RECOUNT` is `all`.
LARGE = 200_000
_SAMPLED_ANSWERS = 20_000
_ENGINE_MEMORY = "512MB"


@dataclass(frozen=True)
class Recount:
    """Everything recounted: answers, invitations, customers of each day, rows of the dimensions one by one,
    every figure, explained change, topic, best practice, cause, signal, target and chart, answers received by
    (source, disposition), and how they lead to figures (`bridge`).

    With a `sample`, `rows` and `invitations` are those of its persons only; with `accounts`, `standings` are
    of those only.
    """

    as_of: date
    rows: Sequence[answers.Row]
    invitations: Sequence[Asked]
    standings: Sequence[Standing]
    members: Sequence[Members]
    figures: Figures
    dispositions: Mapping[tuple[str, str], int]
    bridge: Sequence[bridge.Line] = ()
    sample: Sample | None = None
    accounts: Sample | None = None
    changes: Sequence[Explained] = ()
    topics: Sequence[topics.Topic] = ()
    causes: Sequence[root_causes.Cause] = ()
    integrity: integrity.Integrity = integrity.NOTHING
    targets: Sequence[targets.Attainment] = ()
    charts: Sequence[control.Charted] = ()
    practices: Sequence[practice.Practice] = ()


def recount(
    warehouse: Path,
    as_of: date,
    names: Names | None = None,
    everything: bool | None = None,
    definitions: Sequence[definition.Version] | None = None,
    sources: Collection[str] | None = None,
) -> Recount:
    """Recount from the raw tables of the working file, opened read-only. `as_of` is UTC, exclusive.

    `names` are the company's own for the vendors' fields: vendor → setting of its loader → names.
    `everything` recounts all answers however many there are; None: as `NPS_RECOUNT` says. `definitions` are
    the company's versions unless given. `sources` are those that are turned on; None: all that have raw
    tables. What a vendor sent that is turned off since stays in raw and is no part of any figure.
    Raises duckdb.Error when the file cannot be read, ValueError for revenue without an exchange rate.
    """
    versions = definition.versions() if definitions is None else definitions
    split = governed()
    fields = for_the_recount(vendor_fields(names))
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        records = RawRecords(connection, with_declared(fields, split), split, sources)
        sample = None if _everything(everything) else _sample(records)
        found = answers.everything(records, versions, as_of, sample, _everything(everything))
        rows, asked = found.answers, found.invitations
        counted = (
            rows_as_table(answers.Row, (row for row in rows if row.disposition == "counted"), split.names)
            if sample is None
            else answers.counted_in_marts(connection, split)
        )
        delivered = (
            rows_as_table(Asked, (row for row in asked if row.is_delivered), split.names)
            if sample is None
            else invitations.delivered_in_marts(connection, split)
        )
        customers = (
            rows_as_table(Standing, found.standings, split.of_accounts)
            if found.accounts is None
            else connection.execute(standings.built(None, split)).to_arrow_table()
        )
        received = (
            Counter((row.source, row.disposition) for row in rows)
            if sample is None
            else answers.built_dispositions(connection)
        )
        quarantined = raw.quarantined(records)
        of_surveys = bridge.received(rows) if sample is None else bridge.received_in_marts(connection)
        changed = explained(connection, counted, delivered, versions, as_of, split)
        told = figures(counted, delivered, customers, versions, as_of, split)
        about = topics.topics(connection, counted, customers, told, versions, as_of)
        practices = practice.practices(connection, counted, told.cards, about, as_of)
        causes = root_causes.root_causes(counted, told, versions, as_of)
        signals = integrity.integrity(connection, told, versions, as_of)
    hidden = bridge_hidden.months(told)
    return Recount(
        as_of=as_of,
        rows=rows,
        invitations=asked,
        standings=found.standings,
        members=found.members,
        accounts=found.accounts,
        figures=told,
        changes=changed,
        topics=about,
        practices=practices,
        causes=causes,
        integrity=signals,
        targets=targets.attainment(told, versions, as_of),
        charts=control.charts(told, versions, as_of),
        dispositions={
            **received,
            **{(source, "quarantined"): records for source, records in quarantined.items()},
        },
        bridge=[
            *bridge.lines(of_surveys, versions, hidden),
            *conventions.lines(counted, customers, versions, as_of, hidden),
        ],
        sample=sample,
    )


def compare(recounted: Recount, warehouse: Path) -> list[Difference]:
    """Where answers, invitations, dimensions, figures and exclusions of the working file differ from these.

    Figures are compared as they may be shown. An empty list means that every answer recounted, every column
    of every cell of `nps_scores`, of every scorecard, explained change, topic, best practice, cause, signal,
    target and chart, and every exclusion agrees.
    """
    sample = recounted.sample
    persons = None if sample is None else sample.condition("person_key")
    split = recounted.figures.keys.dimensions
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        return [
            *comparison.of_answers(connection, recounted.rows, persons, split),
            *comparison.of_invitations(connection, recounted.invitations, persons, split),
            *comparison.of_standings(connection, recounted.standings, recounted.accounts, split),
            *comparison.of_members(connection, recounted.members),
            *comparison.of_figures(connection, recounted.figures),
            *comparison.of_scorecards(connection, recounted.figures.cards),
            *comparison.of_changes(connection, recounted.changes),
            *comparison.of_topics(connection, recounted.topics),
            *matching.differences(connection, warehouse.parent),
            *comparison.of_practices(connection, recounted.practices),
            *comparison.of_root_causes(connection, recounted.causes),
            *comparison.of_integrity(connection, recounted.integrity),
            *comparison.of_targets(connection, recounted.targets),
            *comparison.of_charts(connection, recounted.charts),
            *comparison.of_exclusions(connection, recounted.dispositions),
            *comparison.of_bridge(connection, recounted.bridge),
        ]


def _everything(asked: bool | None) -> bool:
    return os.environ.get("NPS_RECOUNT", "") == "all" if asked is None else asked


def _sample(records: RawRecords) -> Sample | None:
    """None where all answers are few enough."""
    received = raw.received(records)
    return None if received <= LARGE else Sample.of(_SAMPLED_ANSWERS / received)
