"""Topics by segment, counted again answer by answer: `nps_topics`.

Written from docs/decisions/0088-topics-as-figures.md.

Belongs here: what a row says. Does not belong here: who mentions what (`topic_counts`), which rows there are
(`topics_hidden`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from expectations.definition import Version
from expectations.recount import statistics, topics_hidden
from expectations.recount.figures import Figures
from expectations.recount.mentions import mentioned
from expectations.recount.statistics import Counts, Z, wilson
from expectations.recount.topic_counts import ALL, DAYS, SEGMENTS, YEAR, Cell, Counted, Parts, Said


class Topic(NamedTuple):
    """A topic of a cell, as it may be shown. The amount is in ten-thousandths of the reporting currency."""

    survey_type: str
    period_grain: str
    segment: str
    customer_value_tier: str
    journey_stage: str
    branch: str
    definition_version: str
    topic: str
    period_start: date
    period_end: date
    topic_label: str
    comments: int
    mentions: int
    mention_share: float
    mention_share_change: float | None
    mentioning_nps: float | None
    other_nps: float | None
    nps_difference: float | None
    difference_low: float
    difference_high: float
    difference_p_value: float | None
    difference_q_value: float | None
    mentioning_accounts: int | None
    mentioning_revenue: int | None
    labelled_comments: int
    topic_precision: float | None
    topic_precision_low: float | None
    topic_precision_high: float | None
    topic_recall: float | None
    topic_recall_low: float | None
    topic_recall_high: float | None


KEY = Topic._fields[:8]


def built() -> str:
    """A query of the published rows as `Topic`."""
    columns = ", ".join(Topic._fields)
    return (
        f"select {columns} from (select * replace"
        " (cast(mentioning_revenue * 10000 as bigint) as mentioning_revenue) from publication.nps_topics)"
    )


def topics(
    connection: duckdb.DuckDBPyConnection,
    answers: pa.Table,
    standings: pa.Table,
    told: Figures,
    definitions: Sequence[Version],
    as_of: date,
) -> list[Topic]:
    """Every row. The tables are those of counted answers and of customers, `told` the published scores."""
    found = mentioned(connection)
    if not found.labels:
        return []
    counted = Counted(answers, standings, found, as_of)
    floors = {each.version: dict(each.floors) for each in definitions}
    visible = topics_hidden.visible(told, as_of)
    rows = []
    for grain in DAYS:
        for kind in sorted({cell[:3] for cell in counted.windows[grain]}):
            rows += _segment(counted, kind, grain, {k: int(v) for k, v in floors[kind[1]].items()}, visible)
    return rows


def _segment(
    counted: Counted,
    kind: tuple[str, str, str],
    grain: str,
    floors: Mapping[str, int],
    visible: set[tuple[str, Cell]],
) -> list[Topic]:
    """The rows of a survey type, version, segment and period: one family."""
    floor, enough = floors["interval_only"], floors["indicative"]
    shown: list[tuple[Cell, str, Parts]] = []
    for topic in counted.found.labels:
        hidden = topics_hidden.hidden(counted, kind, grain, topic, floor, visible)
        for cell, said in counted.windows[grain].items():
            parts = said.parts(topic)
            few = min(sum(parts.mentioning), sum(parts.other)) < floor
            if cell[:3] == kind and cell not in hidden and not few:
                shown.append((cell, topic, parts))
    if not shown:
        return []
    one, other = (
        Counts(*np.array([getattr(parts, name) for *_, parts in shown], np.int64).T)
        for name in ("mentioning", "other")
    )
    has_score = np.minimum(one.responses, other.responses) >= enough
    p_values = np.full(len(shown), np.nan)
    p_values[has_score] = statistics.two_sided(statistics.difference(one.at(has_score), other.at(has_score)))
    q_values = np.full(len(shown), np.nan)
    if has_score.any():
        families = np.zeros(int(has_score.sum()), np.int64)
        q_values[has_score] = statistics.false_discovery_rate(p_values[has_score], families)
    (score, squared), (other_score, other_squared) = statistics.adjusted(one), statistics.adjusted(other)
    middle, reach = 100 * (score - other_score), 100 * Z * np.sqrt(squared + other_squared)
    scores, others = statistics.nps(one), statistics.nps(other)
    numbers = {
        "mentioning_nps": np.where(has_score, scores, np.nan),
        "other_nps": np.where(has_score, others, np.nan),
        "nps_difference": np.where(has_score, scores - others, np.nan),
        "difference_low": np.maximum(-200.0, middle - reach),
        "difference_high": np.minimum(200.0, middle + reach),
        "difference_p_value": p_values,
        "difference_q_value": q_values,
    }
    rows = []
    for at, which in enumerate(shown):
        row = _columns(counted, grain, floor, *which)
        row |= {name: None if np.isnan(each[at]) else float(each[at]) for name, each in numbers.items()}
        rows.append(Topic(**row))
    return rows


def _columns(
    counted: Counted, grain: str, floor: int, cell: Cell, topic: str, parts: Parts
) -> dict[str, Any]:
    """All of a row but what its family is tested together for."""
    survey_type, version, segment, member = cell
    mentions, comments = sum(parts.mentioning), sum(parts.mentioning) + sum(parts.other)
    accounts, revenue = _worth(counted, cell, grain, topic, floor)
    sure = counted.found.sureness[topic]
    return {
        **{"survey_type": survey_type, "definition_version": version, "segment": segment},
        **{name: member if segment == name else ALL for name in SEGMENTS[1:]},
        **{"period_grain": grain, "period_start": counted.ends[grain], "period_end": counted.as_of},
        **{"topic": topic, "topic_label": counted.found.labels[topic]},
        **{"comments": comments, "mentions": mentions, "mention_share": mentions / comments},
        "mention_share_change": _change(
            counted.windows[f"before {grain}"].get(cell), topic, mentions / comments, floor
        ),
        **{"mentioning_accounts": accounts, "mentioning_revenue": revenue},
        "labelled_comments": sure.labelled,
        **_share("topic_precision", sure.agreed, sure.only_taxonomy),
        **_share("topic_recall", sure.agreed, sure.only_person),
    }


def _change(before: Said | None, topic: str, share: float, floor: int) -> float | None:
    if before is None:
        return None
    mentions, others = (sum(part) for part in before.parts(topic)[:2])
    return share - mentions / (mentions + others) if min(mentions, others) >= floor else None


def _worth(counted: Counted, cell: Cell, grain: str, topic: str, floor: int) -> tuple[int | None, int | None]:
    """Accounts and what they paid: of the year, where every member of the segment has enough of them."""
    beside = [
        len(accounts)
        for (other, of), accounts in counted.accounts.items()
        if of == topic and other[:3] == cell[:3]
    ]
    own = counted.accounts.get((cell, topic))
    if grain != YEAR or not own or min(beside) < floor:
        return None, None
    return len(own), sum(counted.paid[account, cell[1]] for account in own)


def _share(name: str, count: int, others: int) -> dict[str, float | None]:
    """A share with its interval; nothing where there is nothing to share."""
    total = count + others
    found = (count / total, *wilson(count, total)) if total else (None, None, None)
    return dict(zip((name, f"{name}_low", f"{name}_high"), found, strict=True))
