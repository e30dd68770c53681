"""The published definition, told again: every row of `metric_definitions` from the company's own tables.

Belongs here: how each element of the definition reads. Does not belong here: what the rows of the company's
tables mean (`definition`), or whether dbt has built from them (`governed_seeds`). What NPS is everywhere is
in `what_nps_is.csv`, in the words that are published.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from expectations.definition import BANDS, WEIGHTS
from expectations.definition_rows import text
from expectations.governed_tables import APPROVALS, VERSION, VERSIONS, Row, tables
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged

_EVERYWHERE: Final = Path(__file__).with_name("what_nps_is.csv")
_PERIOD: Final = ("definition_version", "valid_from", "valid_to", "reason")
_SAID: Final = ("element", "item", "value_text", "description")
_SEAL: Final = ("author", "proposed_on", "approved_by", "approved_on", "approved_as", "content_hash")


def told() -> Iterator[Row]:
    """Every row that has to be published; each cell is a text, an empty one where there is nothing to say."""
    with _EVERYWHERE.open(encoding="utf-8", newline="") as lines:
        everywhere = list(csv.DictReader(lines))
    for version in tables()[VERSIONS].rows:
        period = {name: version[name] for name in _PERIOD}
        seals = _seals(version[VERSION])
        for said in everywhere:
            yield {**period, **said, **dict.fromkeys(_SEAL, "")}
        for table, *cells in [*_of(version), *_approvals(seals)]:
            seal = {name: seals[table][name] if table in seals else "" for name in _SEAL}
            yield {**period, **dict(zip(_SAID, cells, strict=True)), **seal}


def _seals(version: str) -> dict[str, Row]:
    """The last approval of each table of a version and of each that all versions share."""
    approved = [row for row in tables()[APPROVALS].rows if row["approved_by"]]
    approved.sort(key=lambda row: int(row["approval"]))
    return {row["table_name"]: row for row in approved if row[VERSION] in ("", version)}


def _approvals(seals: Mapping[str, Row]) -> Iterator[tuple[str, str, str, str, str]]:
    for table, seal in seals.items():
        yield table, "approval", table, seal["content_hash"], seal["reason"]


def _of(version: Row) -> Iterator[tuple[str, str, str, str, str]]:
    """What a version decides: its table, and how that is told."""

    def rows(table: str) -> list[Row]:
        return [row for row in tables()[table].rows if row[VERSION] == version[VERSION]]

    for band, weight in WEIGHTS.items():
        scores = [score for score, its_band in BANDS.items() if its_band == band]
        span, weighs = f"{min(scores)}-{max(scores)}", f"Scores of the band; each weighs {weight}"
        yield "nps_score_bands", "score_band", band, span, weighs
    for row in rows("nps_quarantine_windows"):
        yield (
            *("nps_quarantine_windows", "quarantine_window", row["survey_type"]),
            f"{row['window_days']} days",
            "A later answer of the person for the same touchpoint replaces one in the window",
        )
    for row in rows("customer_value_tiers"):
        yield (
            *("customer_value_tiers", "customer_value_tier", row["customer_value_tier"]),
            f"{Decimal(row['minimum_amount']):.4f}",
            "Least recognised revenue of the 365 days before the answer, in EUR",
        )
    for row in rows("reportability_floors"):
        yield (
            *("reportability_floors", "reportability", row["reportability"]),
            f"{row['minimum_responses']} responses",
            "Least number of counted answers; applied last, on what is shown",
        )
    for row in rows("publication_limits"):
        yield (
            *("publication_limits", "publication_limit", f"{row['limit_name']} of each {row['applies_to']}"),
            f"{Decimal(row['maximum']):.2f} {row['unit']}, where it affects {row['minimum_count']} or more",
            f"More than this stops publication, unless a person accepts it; then: {row['remedy']}",
        )
    for row in rows("journey_stages"):
        place = f"place {row['journey_order']}"
        yield "journey_stages", "journey_stage", row["journey_stage"], place, row["description"]
    for row in tables()["nps_questions"].rows:
        if _meet(row, version):
            until = f" to {row['valid_to']}" if row["valid_to"] else ""
            yield (
                *("nps_questions", "question", f"{row['source']}/{row['survey_id']}/{row['question_id']}"),
                f"{row['survey_type']}, {row['touchpoint']}",
                f"{row['reason']}. Scale {row['scale_min']}-{row['scale_max']},"
                f" wording {row['wording_version']}, from {row['valid_from']}{until},"
                f" approved by {row['approved_by']}",
            )


def _meet(one: Row, other: Row) -> bool:
    """Whether two periods share a day; one without an end goes on."""
    end = "9999-12-31"
    return one["valid_from"] < (other["valid_to"] or end) and other["valid_from"] < (one["valid_to"] or end)


def _not_told_so() -> str:
    columns = (*_PERIOD, *_SAID, *_SEAL)
    given = ", ".join(f"coalesce(trim(cast({name} as varchar)), '') as {name}" for name in columns)
    rows = ", ".join(f"({', '.join(text(row[name]) for name in columns)})" for row in told())
    return offending(f"""
        select {", ".join(columns)}, sum(side) as rows_off
        from (
            select {given}, 1 as side from checked
            union all
            select *, -1 from (values {rows}) as told ({", ".join(columns)})
        ) as both_sides
        group by {", ".join(columns)}
        having sum(side) <> 0
    """)


class ExpectTheDefinitionToBePublished(ExpectNoOffendingRows):
    """A figure whose definition cannot be read, or is read wrong, cannot be governed."""

    description: str = (
        "Beside figures stands their definition, as the company folder has it: each element in its words, its"
        " period, its author and who approved it"
    )
    unexpected_rows_query: str = when_judged(_not_told_so)
