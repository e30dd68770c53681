"""What `nps drivers` shows: how much each attribute of the answers tells of their score.

Belongs here: which answers, and columns. Does not belong here: the method (`orchestration.importance`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
from rich.console import Console
from rich.table import Table

from orchestration.attributes import Asked, chosen, last_day, read
from orchestration.environment import ConfigurationError
from orchestration.importance import MOST_ATTRIBUTES, Importance, importance
from publication.figure import dimensions
from publication.wording import count, percentage

NOTES = (
    "Share of the variance of scores, over every order of the attributes (LMG), less what chance gives.",
    "The interval draws accounts; one that begins at 0 is not distinguishable from nothing.",
    "Attributes that tell of the score need not cause it.",
)
#: Fewer answers than this tell nothing of an attribute.
_FEWEST = 100
_ANSWERS = """
    select * from marts.fct_survey_responses
    where is_counted and response_date >= cast($as_of as date) - 365 and response_date < $as_of
        and ($survey_type is null or survey_type = $survey_type)
"""


class Wanted(NamedTuple):
    """A survey type, else all; attributes that are not published, beside the dimensions; dimensions to leave
    out."""

    survey_type: str | None
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def run(warehouse: Path, wanted: Wanted, form: str, console: Console) -> None:
    """Show the attributes of each survey type and version of the definition, the most important first.

    Reads the working file, as only its owner can. Raises ConfigurationError without one, for an attribute
    that there is not and for too many, LookupError where no survey type has enough answers in the year.
    """
    if not warehouse.exists():
        raise ConfigurationError(f"there is no working file {warehouse}: `nps refresh` makes it")
    also = chosen(wanted.also)
    told: dict[tuple[str, str, int], list[Importance]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = _attributes(connection, wanted.without)
        as_of = last_day(connection)
        asked = {"as_of": as_of, "survey_type": wanted.survey_type}
        kinds = connection.execute(
            f"select survey_type, definition_version, count(*) from ({_ANSWERS})"
            " group by all having count(*) >= $fewest order by all",
            {**asked, "fewest": _FEWEST},
        ).fetchall()
        for kind, version, answers in kinds:
            seed = int.from_bytes(hashlib.sha256(f"{kind}|{version}|{as_of}".encode()).digest()[:8])
            found = _important(connection, names, also, Asked(kind, version, as_of), seed)
            told[kind, version, answers] = found
    if not told:
        raise LookupError(f"no survey type has {_FEWEST} counted answers in the year up to as-of")
    if form == "json":
        rows = [
            {"survey_type": kind, "definition_version": version, **row._asdict()}
            for (kind, version, _), rows in told.items()
            for row in rows
        ]
        print(json.dumps(rows, indent=1))
        return
    for (kind, version, answers), of_kind in told.items():
        title = f"{kind}, {count(answers)} answers of the year before {as_of}, definition {version}"
        console.print(title, soft_wrap=True)
        console.print(_table(of_kind), "")
    for note in NOTES:
        console.print(note, style="dim", soft_wrap=True)


def _important(
    connection: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    also: Sequence[str],
    asked: Asked,
    seed: int,
) -> list[Importance]:
    """Members are numbered by name, so that the same answers give the same numbers; who has no value of an
    attribute is a member of its own."""
    numbers = ", ".join(f"dense_rank() over (order by {name}) - 1 as {name}" for name in names)
    found = connection.execute(
        f"select likelihood_score, {numbers},"
        " dense_rank() over (order by coalesce(account_key, person_key)) - 1 as account"
        f" from ({_ANSWERS}) where definition_version = $version order by answer_key",
        {"as_of": asked.as_of, "survey_type": asked.survey_type, "version": asked.version},
    ).fetchnumpy()
    members = {name: np.asarray(found[name], np.int64) for name in names}
    for attribute in (each for name in also for each in read(connection, name, asked)):
        members[attribute.name] = np.zeros(len(found["account"]), np.int64)
        members[attribute.name][attribute.row] = attribute.value + 1
    varying = sum(bool(values.any()) for values in members.values())
    if varying > MOST_ATTRIBUTES:
        raise ConfigurationError(
            f"{varying} attributes are too many, {MOST_ATTRIBUTES} are taken together: leave some out with"
            " --without"
        )
    scores = np.asarray(found["likelihood_score"], np.float64)
    return importance(scores, members, np.asarray(found["account"], np.int64), seed)


def _attributes(connection: duckdb.DuckDBPyConnection, without: Collection[str]) -> tuple[str, ...]:
    found = connection.execute("select * from publication.nps_scores limit 0").description
    names = dimensions([column[0] for column in found])
    if unknown := sorted({*without} - {*names}):
        raise ConfigurationError(f'there is no dimension "{unknown[0]}": there are {", ".join(names)}')
    return tuple(name for name in names if name not in without)


def _table(rows: Sequence[Importance]) -> Table:
    shown = Table(header_style="bold", box=None, pad_edge=False)
    shown.add_column("attribute", no_wrap=True)
    for heading in ("share", "95 %"):
        shown.add_column(heading, justify="right")
    for row in rows:
        shown.add_row(
            row.attribute, percentage(row.share), f"{percentage(row.low)} to {percentage(row.high)}"
        )
    return shown
