"""All answers again under one named version of the definition, beside the published figures.

The same models are built into separate schemas (`restated_*`), from the same identities, attributes and
revenue, which do not depend on the definition. Belongs here: that build and the comparison. Does not belong
here: what a version means (the company folder), and publication: a restatement is not published.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration import dbt, environment, failures, instance, progress, vendors
from orchestration.environment import ConfigurationError, Home
from publication import reader

FIGURES = "nps_scores.parquet"
# Builds what depends on a definition on the way to publication; everything else is read from the last
# refresh.
BUILD = (
    *("build", "--select", "resource_type:seed", "nps_definitions+,+path:models/publication"),
    *("--resource-type", "seed", "--resource-type", "model", "--resource-type", "test"),
    *("--indirect-selection", "cautious", "--defer", "--favor-state"),
)
COMPARED = """
    select
        survey_type, period_end, definition_version, responses, nps, nps_low, nps_high, reportability
    from {figures}
    where
        segment = 'company' and measure = 'in_period' and period_grain = 'trailing_365d'
        and period_end = (select max(period_end) from {figures} where period_grain = 'trailing_365d')
    order by survey_type, definition_version
"""


class RestatementError(Exception):
    """The restatement could not be built; the message names what failed. Nothing else has changed."""


@dataclass(frozen=True)
class Figure:
    """The company's score of one survey type over 365 days, under the named version.

    Scores are −100..100, not rounded; suppressed ones are None.
    """

    survey_type: str
    period_end: date
    definition_version: str
    responses: int
    nps: float | None
    nps_low: float | None
    nps_high: float | None
    reportability: str


@dataclass(frozen=True)
class Restatement:
    """The published figures, the same under `version`, and the file of all restated figures."""

    version: str
    as_of: date
    published: tuple[Figure, ...]
    restated: tuple[Figure, ...]
    path: Path


def restate(version: str) -> Restatement:
    """Build the figures as of the current publication under `version` and write them to a file.

    The file is `$NPS_HOME/restated/<version>/nps_scores.parquet`. Neither the published copy nor the
    ordinary schemas of the working file are written to.

    Raises:
        ValueError: no such version; the message lists the existing ones.
        ConfigurationError: the configuration cannot be used, or a refresh is running.
        publication.reader.NothingPublishedError: there is nothing to compare with yet.
        RestatementError: a model or a test failed, or the working file is in use.
    """
    home = environment.prepare()
    definitions = environment.company() / "definition" / "nps_definitions.csv"
    known = definition_versions(definitions)
    if version not in known:
        raise ValueError(f"there is no definition version {version!r}; {definitions} has {', '.join(known)}")
    with reader.read_current(home.published) as (said, connection):
        published = _figures(connection, "nps_scores")
    if not home.warehouse.exists():
        raise ConfigurationError(f"{home.warehouse} is gone: run `nps refresh` to build it again")
    progress.report("build", f"every answer under {version}")
    with instance.alone(home):
        _free(home.warehouse)
        _build(home, version, said.as_of)
        path = _written(home, version)
    with duckdb.connect() as connection:
        connection.read_parquet(str(path)).create_view("restated_scores")
        restated = _figures(connection, "restated_scores")
    return Restatement(version, said.as_of, published, restated, path)


def definition_versions(definitions: Path) -> list[str]:
    """The versions of the definition, in the order of the table."""
    with definitions.open(encoding="utf-8-sig", newline="") as lines:
        return [row["definition_version"] for row in csv.DictReader(lines)]


def _free(warehouse: Path) -> None:
    """Raise RestatementError, with a clearer message than dbt's, if the file cannot be opened."""
    try:
        duckdb.connect(str(warehouse)).close()
    except duckdb.IOException as error:
        raise RestatementError(
            f"{warehouse} cannot be opened for writing; another program may have it open: {error}"
        ) from error


def _build(home: Home, version: str, as_of: date) -> None:
    """Run dbt; by their manifest, it reads everything that is not restated from the ordinary schemas."""
    with environment.restored():
        ordinary = dbt.prepared_manifest(vendors.enabled())
        os.environ |= {"NPS_DEFINITION": version, "NPS_AS_OF": as_of.isoformat()}
        ended = dbt.run([*BUILD, "--state", str(ordinary.parent)], folder=home.dbt_target / "restated")
    if not ended.success:
        raise RestatementError("; ".join(dbt.failed_nodes(ended)) or failures.one_line(str(ended.exception)))


def _written(home: Home, version: str) -> Path:
    """Write the restated figures to a file, completely or not at all."""
    path = home.path / "restated" / version / FIGURES
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        figures = connection.sql("select * from restated_publication.nps_scores order by all")
        figures.write_parquet(str(partial))
    partial.replace(path)
    return path


def _figures(connection: duckdb.DuckDBPyConnection, figures: str) -> tuple[Figure, ...]:
    rows: Sequence[tuple[object, ...]] = connection.execute(COMPARED.format(figures=figures)).fetchall()
    return tuple(Figure(*row) for row in rows)  # type: ignore[arg-type]
