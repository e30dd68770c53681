"""A failed step as a message to act on: without stack trace, exception classes and line breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import dagster as dg
from dagster import DagsterEvent

from ingestion.errors import FinalLoadError, LoadError
from orchestration import environment, space
from serving.errors import CopyError, DigestError

IN_WORDS = {LoadError.__name__, FinalLoadError.__name__, CopyError.__name__, DigestError.__name__}
"""Errors whose message is more useful than that of their cause."""


def first_failure(events: Iterable[DagsterEvent]) -> tuple[str, str] | None:
    """The first failed step and its error in one line; None if no step failed."""
    return next(each_failure(events), None)


def each_failure(events: Iterable[DagsterEvent]) -> Iterator[tuple[str, str]]:
    """Every failed step and its error in one line."""
    for event in events:
        if event.is_step_failure:
            yield event.step_key or "", space.explained(_cause(event), environment.home())


def interrupted(events: Iterable[DagsterEvent]) -> bool:
    """Whether a signal ended a step, not an error of its own."""
    sources = (event.step_failure_data.error_source for event in events if event.is_step_failure)
    return any(source is not None and source.name == "INTERRUPT" for source in sources)


def failed_checks(evaluations: Iterable[dg.AssetCheckEvaluation]) -> list[tuple[str, str, str]]:
    """Asset, check and finding of every check that failed with severity ERROR."""
    return [
        (evaluation.asset_key.to_user_string(), evaluation.check_name, _finding(evaluation))
        for evaluation in evaluations
        if not evaluation.passed and evaluation.severity == dg.AssetCheckSeverity.ERROR
    ]


def one_line(message: str) -> str:
    """The message with every run of white space, including line breaks, as one space."""
    return " ".join(message.split())


def _cause(event: DagsterEvent) -> str:
    error = event.step_failure_data.error
    if error is None:
        return event.message or "the step failed"
    while error.cause is not None and error.cls_name not in IN_WORDS:
        error = error.cause
    prefix, colon, rest = error.message.partition(": ")
    is_class = colon and error.cls_name and prefix.endswith(error.cls_name)
    return one_line(rest if is_class else error.message)


def _finding(evaluation: dg.AssetCheckEvaluation) -> str:
    """The check's description; a dbt test has none, but counts its failing rows."""
    if evaluation.description:
        return one_line(evaluation.description)
    failed_rows = evaluation.metadata.get("dagster_dbt/failed_row_count")
    return f"{failed_rows.value} rows fail it" if failed_rows else "it did not pass"
