"""`nps show`: published figures as a table, Markdown, CSV or JSON. Suppressed figures are not there."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from publication import reader
from publication.reader import Score, Scorecard
from publication.wording import (
    count,
    interval,
    one_decimal,
    percentage,
    period,
    place,
    probability,
    remark,
    signed,
)

#: The heights of a sparkline, and how many periods it shows.
_BARS = "▁▂▃▄▅▆▇█"
_TREND = 12


def write(
    scores: Sequence[Score], style: str, console: Console, history: Sequence[Score] | None = None
) -> None:
    """Print scores; `style` is `table`, `md`, `csv` or `json`. CSV and JSON are unrounded.

    `history`, all periods of the same figures, adds the trend of each to a table.
    """
    if style == "json":
        json.dump([_row(score) for score in scores], sys.stdout, indent=2, default=str, ensure_ascii=False)
        sys.stdout.write("\n")
    elif style == "csv":
        rows = [_row(score) for score in scores]
        writer = csv.DictWriter(sys.stdout, [field.name for field in dataclasses.fields(Score)])
        writer.writeheader()
        writer.writerows(
            {**row, "members": "; ".join(score.members)} for row, score in zip(rows, scores, strict=True)
        )
    else:
        shown = table(scores, history=history)
        if style == "md":
            sys.stdout.write(markdown(shown))
        else:
            console.print(shown)


def trend(values: Sequence[float | None], low: float, high: float) -> str:
    """A sparkline of scores between two bounds; a dot where no score is published."""
    steps = len(_BARS) - 1
    width = (high - low) or 1.0
    return "".join("·" if value is None else _BARS[round(steps * (value - low) / width)] for value in values)


def nothing_shown(
    published: Path, by: str, period: str, measure: str, survey_type: str | None
) -> ValueError | LookupError:
    """Why there is no result, and what to do."""
    types = reader.survey_types(published)
    if not types:
        return LookupError("no answer is published; `nps sources` shows what was loaded and what was not")
    if survey_type is not None and survey_type not in types:
        return ValueError(f"there is no survey type {survey_type!r}; choose one of {', '.join(types)}")
    return LookupError(
        f"nothing is published by {by} for {period} ({measure}); try --period trailing_365d or --by company"
    )


def table(scores: Sequence[Score], title: str | None = None, history: Sequence[Score] | None = None) -> Table:
    """Scores as a table: n, NPS, its interval, its change and, where n is small, a remark.

    A period or version common to all rows goes into the title, so that the table fits a usual terminal. All
    trends of a table are drawn on one scale.
    """
    parts = [part for part in scores[0].segment.split("*") if part != "company"] if scores else []
    periods = [period(score.period_grain, score.period_start, score.period_end) for score in scores]
    has_periods, has_versions = len(set(periods)) > 1, len({score.definition_version for score in scores}) > 1
    heading = ", ".join(filter(None, (title, *([] if has_periods else periods[:1]))))
    shown = Table(title=heading, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for part in parts or ["survey type"]:
        shown.add_column(part.removesuffix("_tier").replace("_", " "), no_wrap=True)
    if has_periods:
        shown.add_column("period")
    if has_versions:
        shown.add_column("version")
    for number in ("answers", "response", "NPS", "95 % interval"):
        shown.add_column(number, justify="right", no_wrap=True)
    shown.add_column("change", justify="right", min_width=8)
    lines = _trends(history or ())
    if lines:
        shown.add_column("trend", no_wrap=True)
    shown.add_column("", min_width=len("indicative"))
    for score, named, before in zip(scores, periods, (None, *scores), strict=False):
        if parts and (before is None or before.survey_type != score.survey_type):
            shown.add_row(score.survey_type, style="bold")
        shown.add_row(
            *(score.members if parts else (score.survey_type,)),
            *([named] if has_periods else []),
            *([score.definition_version] if has_versions else []),
            count(score.responses),
            percentage(score.response_rate),
            one_decimal(score.nps),
            interval(score.nps_low, score.nps_high),
            change(score),
            *([lines[_whose(score)]] if lines else []),
            remark(score.reportability),
        )
    return shown


def _whose(score: Score) -> tuple[object, ...]:
    return score.survey_type, score.members, score.definition_version


def _trends(history: Sequence[Score]) -> dict[tuple[object, ...], str]:
    """The newest periods of each figure, by whose it is."""
    values: dict[tuple[object, ...], list[float | None]] = {}
    for score in history:
        values.setdefault(_whose(score), []).append(score.nps)
    newest = {key: scores[-_TREND:] for key, scores in values.items()}
    known = [value for scores in newest.values() for value in scores if value is not None]
    if not known:
        return {}
    return {key: trend(scores, min(known), max(known)) for key, scores in newest.items()}


def scorecards(cards: Sequence[Scorecard], title: str | None = None) -> Table:
    """Branches as a table: pooled scores, ranges of ranks, and whether they differ."""
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    shown.add_column("branch")
    for heading in ("answers", "NPS", "pooled", "95 % interval", "q", "rank"):
        shown.add_column(heading, justify="right")
    shown.add_column("vs. rest of company")
    for card in cards:
        shown.add_row(
            card.branch_name,
            count(card.responses),
            one_decimal(card.nps),
            one_decimal(card.pooled_nps),
            interval(card.pooled_low, card.pooled_high),
            probability(card.comparison_q_value),
            place(card.best_rank, card.worst_rank),
            card.standing or "n too small",
        )
    return shown


def change(score: Score) -> str:
    """`+3.9 (q 0.02)`: the change since the previous period, with its q-value among those shown with it."""
    if score.nps_change is None:
        return ""
    return f"{signed(score.nps_change)} (q {probability(score.change_q_value)})"


def _row(score: Score) -> dict[str, object]:
    return dataclasses.asdict(score)
