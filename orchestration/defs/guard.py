"""The guard as blocking checks: nothing is built on, or published from, data that did not pass.

Belongs here: between which assets a stage stands. Does not belong here: what is expected (`expectations/`).
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from expectations import limits, recount, rereading, runner, suites
from expectations.definition import Limit
from expectations.raw_tables import RAW_TABLES
from expectations.vendors import vendor_fields
from ingestion import registry
from orchestration import (
    acceptance,
    clear_texts,
    dbt,
    environment,
    gaps,
    policy,
    progress,
    receiving,
    reports,
    vendors,
)
from orchestration.environment import Home
from orchestration.events import ACCEPTED, EXCEEDED, LIMITS, NOT_NEEDED
from publication import reader
from publication.gaps import Gap
from semantics import agreement

EXPECTATIONS = "expectations"
READ_AGAIN = "read_again"
RECOUNTED = dg.AssetKey(["publication", "nps_scores"])
SHOWN_EXAMPLES = 5


def defs() -> dg.Definitions:
    """raw → marts, marts → publication models, publication models → published copy."""
    return dg.Definitions(
        asset_checks=[
            _intake(),
            *(_stage(stage) for stage in suites.STAGES),
            recounted,
            limits_kept,
            semantic_layer_agrees,
        ]
    )


def _intake() -> dg.AssetChecksDefinition:
    """One step that reads new loads again, and a check result for each raw table."""
    on = vendors.enabled()
    tables = {
        (vendor, table): dg.AssetKey([f"raw_{vendor}", table])
        for vendor in on
        for table in RAW_TABLES[vendor]
    }

    @dg.multi_asset_check(
        name="guard_intake",
        specs=[
            dg.AssetCheckSpec(
                READ_AGAIN,
                asset=key,
                blocking=True,
                description="Files and payloads, counted and read again in plain Python.",
            )
            for key in tables.values()
        ],
        pool=policy.WRITER_POOL,
    )
    def read_again() -> Iterator[dg.AssetCheckResult]:
        progress.report("guard", "reading the loads again")
        home = environment.home()
        seen_through = _seen_through(home.read_again)
        found = rereading.reread(
            home.warehouse,
            home.inbox,
            seen_through,
            registry.names(),
            sources=on,
        )
        if not any(found.differences.values()):
            # of a vendor that is turned off, what was read is not forgotten
            _write_seen_through(home.read_again, seen_through | found.seen_through)
            receiving.let_go(home, datetime.now(UTC))
        for table, key in tables.items():
            differences = found.differences[table]
            yield dg.AssetCheckResult(
                passed=not differences,
                asset_key=key,
                check_name=READ_AGAIN,
                description="; ".join(map(str, differences[:SHOWN_EXAMPLES]))
                or "the second reading agrees with what was loaded",
                metadata={"files": found.files, "rows": found.rows, "differences": len(differences)},
            )

    return read_again


def _seen_through(path: Path) -> dict[str, str]:
    """Source → its newest load that was read again without a difference; empty before the first."""
    return dict(json.loads(path.read_text("utf-8"))) if path.is_file() else {}


def _write_seen_through(path: Path, loads: dict[str, str]) -> None:
    """Write completely or not at all: half a file would stop every later run."""
    half = path.with_suffix(".tmp")
    half.write_text(json.dumps(loads, indent=1), "utf-8")
    half.replace(path)


def _stage(stage: suites.Stage) -> dg.AssetChecksDefinition:
    """One step that runs a stage's suites once, and a check result for each of its tables."""
    on = vendors.enabled()
    tables = {suite.name: asset_key(suite.name) for suite in suites.suites(stage, on)}

    @dg.multi_asset_check(
        name=f"guard_{stage}",
        specs=[
            dg.AssetCheckSpec(
                EXPECTATIONS,
                asset=key,
                blocking=True,
                description=f"What the definition expects of {table}, stated independently of its SQL.",
            )
            for table, key in tables.items()
        ],
        pool=policy.WRITER_POOL,
    )
    def guard() -> Iterator[dg.AssetCheckResult]:
        progress.report("guard", f"{stage} tables")
        home = environment.home()
        fields = vendor_fields(registry.names())
        verdict = runner.run(stage, home.warehouse, on, home.reports, fields)
        reports.judged(home, verdict)
        for table, key in tables.items():
            yield _result(key, [check for check in verdict.results if check.table == table])

    return guard


@dg.asset_check(
    asset=RECOUNTED,
    name="recount",
    blocking=True,
    pool=policy.WRITER_POOL,
    description="Every figure and exclusion, counted again from raw in plain Python.",
)
def recounted() -> dg.AssetCheckResult:
    """Compare the second implementation with the first: any difference stops the publication."""
    progress.report("guard", "recounting from raw")
    home = environment.home()
    warehouse = home.warehouse
    again = recount.recount(
        warehouse,
        environment.pin_as_of(),
        registry.names(),
        sources=vendors.enabled(),
    )
    differences = recount.compare(again, warehouse)
    return dg.AssetCheckResult(
        passed=not differences,
        description="; ".join(sentence(difference) for difference in differences[:SHOWN_EXAMPLES])
        or f"{len(again.rows)} answers, {len(again.figures)} figures and {len(again.dispositions)} exclusions"
        f" agree{_unmatched(home)}",
        metadata={
            "figures": len(again.figures),
            "recounted": len(again.rows),
            "answers": sum(again.dispositions.values()),
            "differences": len(differences),
        },
    )


@dg.asset_check(
    asset=RECOUNTED,
    name=LIMITS,
    blocking=True,
    pool=policy.WRITER_POOL,
    description="Every governed limit is kept, or a person has accepted the excess.",
)
def limits_kept(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
    """An exceeded limit that nobody accepted stops the publication; so does a wrong audit_limits."""
    progress.report("guard", "limits")
    home = environment.home()
    applied = limits.apply(
        home.warehouse, environment.pin_as_of(), vendors.enabled(), reader.members(home.published)
    )
    different = limits.differences(applied, home.warehouse)
    applied += [_incomplete(gap) for gap in gaps.standing(home) if gap.source in vendors.absent()]
    given = acceptance.carried()
    stopping, passed = acceptance.judge(applied, given)
    acceptance.leave(home, context.op_execution_context.run_id, applied, passed)
    reports.limited(home, applied, passed)
    unused = [
        each.limit if each.subject is None else f"{each.limit}:{each.subject}"
        for each in given
        if not any(each.covers(one) and one.is_exceeded for one in applied)
    ]
    lines = [each.sentence for each in stopping]
    return dg.AssetCheckResult(
        passed=not (stopping or different),
        description="; ".join([*different[:SHOWN_EXAMPLES], *lines])
        or f"{len(applied)} limits are kept or accepted",
        metadata={
            "limits": len(applied),
            EXCEEDED: lines,
            ACCEPTED: [
                f"{each.limit} of {each.subject}, by {each.accepted_by}: {each.reason}" for each in passed
            ],
            NOT_NEEDED: unused,
            "differences": different[:SHOWN_EXAMPLES],
        },
    )


def _incomplete(gap: Gap) -> limits.Applied:
    """A source that is in no figure, because it was never loaded."""
    none = Limit(acceptance.INCOMPLETE, "source", 0, "sources", 1, "correct what its load says and refresh")
    return limits.Applied(none, gap.source, 1, 1, gap.sentence)


@dg.asset_check(
    asset=RECOUNTED,
    name="semantic_layer_agrees",
    blocking=True,
    pool=policy.WRITER_POOL,
    description="The company and each dimension, asked of MetricFlow as people ask it.",
)
def semantic_layer_agrees() -> dg.AssetCheckResult:
    """Compare the third implementation with the first: any difference stops the publication."""
    progress.report("guard", "querying the semantic layer")
    found = agreement.compare(environment.home().warehouse, dbt.target())
    return dg.AssetCheckResult(
        passed=not found.differing,
        description="; ".join(
            f"{difference.column} of {difference.figure}: MetricFlow {difference.asked}, "
            f"published {difference.published}"
            for difference in found.differences[:SHOWN_EXAMPLES]
        )
        or f"{found.cells} cells agree",
        metadata={
            "cells": found.cells,
            "differing": found.differing,
            "the company's windows": "newest days only" if found.is_partial else "all",
        },
    )


def _unmatched(home: Home) -> str:
    """What the recount could not do without the vault's key."""
    return "; topics of no comment were matched again" if clear_texts.without_the_key(home) else ""


def sentence(difference: recount.Difference) -> str:
    """A difference in words."""
    figure = difference.name
    return f"{difference.column} of {figure}: recounted {difference.recounted}, built {difference.published}"


def asset_key(table: str) -> dg.AssetKey:
    """The asset key of `schema.table`."""
    return dg.AssetKey(table.split("."))


def _result(key: dg.AssetKey, checks: Sequence[runner.Check]) -> dg.AssetCheckResult:
    failed = [check for check in checks if not check.success]
    return dg.AssetCheckResult(
        passed=bool(checks) and not failed,
        asset_key=key,
        check_name=EXPECTATIONS,
        description="; ".join(f"{check.name}: {check.sentence} ({check.observed})" for check in failed)
        or ("every expectation holds" if checks else "no expectation was checked"),
        metadata={
            "expectations": len(checks),
            "failed": [check.name for check in failed],
            "examples": {
                check.name: json.loads(json.dumps(check.examples[:SHOWN_EXAMPLES], default=str))
                for check in failed
            },
        },
    )
