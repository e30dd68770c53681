"""What came of a refresh, read from the events of its runs.

How it looks to a person is the command line's business; how it comes about is `refresh.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import dagster as dg

from orchestration import events, failures, gaps, shortfall
from orchestration.environment import Home
from publication import versions


@dataclass(frozen=True)
class SourceLoad:
    """What one source brought in this run: new record versions, quarantined rows, and one-line remarks for
    the user."""

    source: str
    rows: int
    quarantined: int
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass: the asset, the check's name and what it found, in one line."""

    asset: str
    check: str
    finding: str


@dataclass(frozen=True)
class RefreshReport:
    """The outcome of a refresh; `version` is the published version afterwards (None if there is none yet).

    `run_id` is the run that failed, else its last one. Where nothing was new and nothing was built,
    `standing_since` says when what still holds was built and checked. `exceeded` are the limits that stopped
    it, `accepted` those that a person let pass, `not_needed` what was accepted and not exceeded; `shortfall`
    is what could not be joined or read, and `gaps` the sources that are stale. Each is a line. `never_loaded`
    are the vendors of which there is nothing. It `went_on` where a source could not be loaded and the rest
    was built, judged and published: that is no success.
    """

    run_id: str
    succeeded: bool
    as_of: str
    loads: tuple[SourceLoad, ...]
    models: int
    checks_passed: int
    failed_checks: tuple[FailedCheck, ...]
    failed_step: str | None
    error: str | None
    version: str | None
    changed: bool
    seconds: float
    undelivered: tuple[str, ...] = ()
    exceeded: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    not_needed: tuple[str, ...] = ()
    shortfall: tuple[str, ...] = ()
    standing_since: str | None = None
    gaps: tuple[str, ...] = ()
    never_loaded: tuple[str, ...] = ()
    went_on: bool = False


def of(
    runs: Sequence[dg.ExecuteInProcessResult],
    home: Home,
    as_of: str,
    seconds: float,
    standing_since: str | None = None,
) -> RefreshReport:
    """The report of a refresh that consisted of these runs."""
    materializations = [each for run in runs for each in _materializations(run)]
    evaluations = [each for run in runs for each in run.get_asset_check_evaluations()]
    failed_checks = tuple(FailedCheck(*failed) for failed in failures.failed_checks(evaluations))
    limits = next((each for each in evaluations if each.check_name == events.LIMITS), None)
    failed = [each for run in runs for each in failures.each_failure(run.get_step_failure_events())]
    failed_step, error = (failed[0][0], "; ".join(said for _, said in failed)) if failed else (None, None)
    if failed_checks:
        first = failed_checks[0]
        error = f"{first.check} on {first.asset}: {first.finding}"
    # Where nobody has built what knows it, or knows that it still holds, it may be true no more.
    is_known = standing_since is not None or any(_is_unmatched(each) for each in materializations)
    current = versions.current(home.published)
    return RefreshReport(
        run_id=next((run for run in runs if not run.success), runs[-1]).run_id,
        succeeded=all(run.success for run in runs),
        as_of=as_of,
        loads=tuple(_loads(materializations)),
        models=sum(1 for materialization in materializations if _is_model(materialization)),
        checks_passed=sum(1 for evaluation in evaluations if evaluation.passed),
        failed_checks=failed_checks,
        failed_step=failed_step,
        error=error,
        version=current.name if current else None,
        changed=any(
            bool(materialization.metadata[events.CHANGED].value)
            for materialization in materializations
            if materialization.asset_key == events.PUBLISHED_COPY
        ),
        seconds=seconds,
        exceeded=_listed(limits, events.EXCEEDED),
        accepted=_listed(limits, events.ACCEPTED),
        not_needed=_listed(limits, events.NOT_NEEDED),
        shortfall=shortfall.lines(home.warehouse) if is_known else (),
        standing_since=standing_since,
        gaps=tuple(gap.sentence for gap in gaps.standing(home)),
        never_loaded=gaps.never_loaded(home),
        went_on=len(runs) > 1 and runs[-1].success and not runs[0].success,
    )


def _listed(evaluation: dg.AssetCheckEvaluation | None, name: str) -> tuple[str, ...]:
    """The lines that a check reports under a name."""
    value: Any = evaluation.metadata[name].value if evaluation else []
    return tuple(map(str, value))


def _materializations(result: dg.ExecuteInProcessResult) -> Iterator[dg.AssetMaterialization]:
    for event in result.get_asset_materialization_events():
        yield event.step_materialization_data.materialization


def _is_unmatched(materialization: dg.AssetMaterialization) -> bool:
    return materialization.asset_key.to_user_string().replace("/", ".") == shortfall.UNMATCHED


def _is_model(materialization: dg.AssetMaterialization) -> bool:
    unique_id = materialization.metadata.get("unique_id")
    return unique_id is not None and str(unique_id.value).startswith("model.")


def _loads(materializations: Sequence[dg.AssetMaterialization]) -> Iterator[SourceLoad]:
    """One for each source, summed over its tables, in the order they were loaded."""
    totals: dict[str, list[int]] = {}
    remarks: dict[str, tuple[str, ...]] = {}
    for materialization in materializations:
        if events.LOADED in materialization.metadata:
            source = materialization.asset_key.path[0].removeprefix("raw_")
            total = totals.setdefault(source, [0, 0])
            total[0] += int(str(materialization.metadata[events.LOADED].value))
            total[1] += int(str(materialization.metadata[events.QUARANTINED].value))
        if events.REMARKS in materialization.metadata:
            source = materialization.asset_key.path[0].removeprefix("raw_")
            remarks[source] = tuple(map(str, cast(list[Any], materialization.metadata[events.REMARKS].value)))
    for source, (rows, quarantined) in totals.items():
        yield SourceLoad(source, rows, quarantined, remarks.get(source, ()))
