"""The published figures as they would be with the definition as it is now, approved or not.

Everything that depends on the changed tables is built again from what is loaded, in a copy of the working
file that is removed afterwards.

Belongs here: that build and the comparison. Does not belong here: what changed in words (`company.changes`),
or one version for all time (`restatement`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from orchestration import dbt, environment, failures, instance, progress, vendors
from orchestration.environment import ConfigurationError, Home
from publication import content, reader
from publication.figure import DIMENSIONS, KEY, MEASURES

_WAREHOUSE = "warehouse.duckdb"
#: Shown one by one: the newest two periods of these, and the newest 365 days.
_GRAINS = ("quarter", "month")


class PreviewError(Exception):
    """The figures could not be built; the message names what failed. Nothing else has changed."""


@dataclass(frozen=True)
class Effect:
    """A published figure as it is and as it would be; None where there is none, or where it is suppressed."""

    survey_type: str
    segment: str
    member: str
    period_grain: str
    period_start: date
    definition_version: str
    responses: int | None
    nps: float | None
    new_responses: int | None
    new_nps: float | None


@dataclass(frozen=True)
class Preview:
    """`cells` figures are published now, `changed` would not be what they are, `new` would be added.

    `shown` are those of the company and of single dimensions, of the current period and the last, whose score
    or number of answers would be another: the company's first, then by how much. Where a figure is among the
    `changed` only, what accompanies it is another, such as its revenue coverage.
    """

    as_of: date
    cells: int
    changed: int
    scores: int
    gone: int
    new: int
    shown: tuple[Effect, ...]


def preview(tables: Sequence[str]) -> Preview:
    """Build what depends on these tables of the definition, and compare it with what is published.

    Raises:
        ConfigurationError: the configuration cannot be used, or a refresh is running.
        publication.reader.NothingPublishedError: there is nothing to compare with yet.
        PreviewError: a model failed.
    """
    home = environment.prepare()
    said = reader.manifest(home.published)
    published, as_of = home.published / "versions" / said.version, said.as_of
    if not home.warehouse.exists():
        raise ConfigurationError(f"{home.warehouse} is gone: run `nps refresh` to build it again")
    with tempfile.TemporaryDirectory(dir=home.path, prefix="preview-") as made:
        copy = Path(made) / _WAREHOUSE
        with instance.alone(home):
            shutil.copyfile(home.warehouse, copy)
        progress.report("build", "figures under the definition as it is now")
        _build(home, Path(made), tables, as_of)
        return _compared(published / content.DATABASE_NAME, copy, as_of)


def _build(home: Home, folder: Path, tables: Sequence[str], as_of: date) -> None:
    """Run dbt on the copy; what does not depend on these tables stays as it was last built."""
    dbt.prepared_manifest(vendors.enabled())
    manifest = dbt.parsed()
    selected = [each for table in tables for each in (table, f"{table}+,+nps_scores")]
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    with environment.restored():
        os.environ |= {"NPS_HOME": str(folder), "NPS_AS_OF": as_of.isoformat()}
        ended = dbt.run(
            ["--no-write-json", "build", "--select", *selected, *kinds],
            project=home.project,
            folder=folder / "target",
            manifest=manifest,
        )
    if not ended.success:
        raise PreviewError("; ".join(dbt.failed_nodes(ended)) or failures.one_line(str(ended.exception)))


def _compared(published: Path, copy: Path, as_of: date) -> Preview:
    key = ", ".join(KEY)
    members = ", ".join(
        f"nullif({'branch_name' if dimension == 'branch' else dimension}, '(all)')"
        for dimension in DIMENSIONS
    )
    with duckdb.connect() as connection:
        connection.execute(f"attach {content.literal(published)} as published (read_only)")
        connection.execute(f"attach {content.literal(copy)} as made (read_only)")
        described = connection.execute("describe published.nps_scores").fetchall()
        # The last digits of a double depend on the order in which an engine adds.
        values = ", ".join(
            f"round({name}, 9)" if kind == "DOUBLE" else name
            for name, kind, *_ in described
            if name not in KEY
        )
        connection.execute(f"""
            create temporary table compared as
            with before as (select *, row({values}) as held from published.nps_scores),
            after as (select *, row({values}) as held from made.publication.nps_scores)
            select
                {key}, coalesce(after.branch_name, before.branch_name) as branch_name,
                before.responses, before.nps, after.responses as new_responses, after.nps as new_nps,
                before.held is distinct from after.held as is_other,
                before.responses is distinct from after.responses
                or round(before.nps, 1) is distinct from round(after.nps, 1) as is_another_score
            from before full outer join after using ({key})
        """)
        totals = connection.execute("""
            select
                count(responses),
                count(responses) filter (is_other and new_responses is not null),
                count(responses) filter (is_another_score and new_responses is not null),
                count(*) filter (new_responses is null),
                count(*) filter (responses is null)
            from compared
        """).fetchall()
        shown = connection.execute(f"""
            with recent as (
                select *, dense_rank() over (partition by period_grain order by period_start desc) as ago
                from compared where measure = '{MEASURES[0]}'
            )
            select
                survey_type, segment, concat_ws(' ', {members}), period_grain, period_start,
                definition_version, responses, nps, new_responses, new_nps
            from recent
            where
                is_another_score and segment in {("company", *DIMENSIONS)}
                and ((period_grain in {_GRAINS} and ago <= 2) or (period_grain = 'trailing_365d' and ago = 1))
            order by
                segment <> 'company',
                case when segment <> 'company' then -coalesce(abs(new_nps - nps), 0) end,
                survey_type, period_grain desc, period_start desc, segment, 3, definition_version
        """).fetchall()
    cells, changed, scores, gone, new = totals[0]
    return Preview(as_of, cells, changed, scores, gone, new, tuple(Effect(*row) for row in shown))
