"""The definition as the guard knows it: what NPS is everywhere, and what the company decides by version.

Belongs here: the bands, which no company decides, and what the rows of the company's tables mean. Does not
belong here: reading files (`governed_tables`), what dbt has built of them (`governed_seeds` compares it), or
any rule about answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from expectations.governed_tables import VERSION, VERSIONS, Row, tables

#: What is true of NPS everywhere, in every version of every company.
BANDS = {
    **dict.fromkeys(range(7), "detractor"),
    **dict.fromkeys((7, 8), "passive"),
    **dict.fromkeys((9, 10), "promoter"),
}
WEIGHTS = {"detractor": -100, "passive": 0, "promoter": 100}
#: Why an answer does not count: the first of these that applies.
EXCLUSIONS = (
    "erased",
    "preview_or_test",
    "unregistered_question",
    "unanswered",
    "non_integer",
    "off_scale",
    "in_future",
    "before_invitation",
    "before_event",
    "staff_or_own_domain",
    "superseded",
    "quarantine_window",
)
FLOORS = ("suppressed", "interval_only", "indicative", "reportable")


@dataclass(frozen=True)
class Limit:
    """Above `maximum` (in `unit`) publication stops, where at least `minimum_count` records are affected."""

    name: str
    applies_to: str
    maximum: float
    unit: str
    minimum_count: int
    remedy: str


@dataclass(frozen=True)
class Version:
    """One version of the definition: in force from `valid_from` until before `valid_to` (UTC dates).

    `bands` is score → band; `tiers` (minimum revenue, EUR) and `floors` (minimum
    number of answers) are ordered from the highest minimum down; `window_days` is by survey type.
    """

    version: str
    valid_from: date
    valid_to: date | None
    bands: Mapping[int, str]
    window_days: Mapping[str, int]
    tiers: tuple[tuple[str, int | Decimal], ...]
    floors: tuple[tuple[str, int | Decimal], ...]
    journey_stages: tuple[str, ...]
    limits: tuple[Limit, ...]


def versions() -> tuple[Version, ...]:
    """Every version of the company. That each is whole is what dbt's tests of its tables refuse first."""
    return tuple(_version(each) for each in tables()[VERSIONS].rows)


def _version(stated: Row) -> Version:
    def of(table: str, name: str, number: str) -> list[tuple[str, int | Decimal]]:
        """Names and their numbers, from the highest down."""
        rows = [row for row in tables()[table].rows if row[VERSION] == stated[VERSION]]
        return sorted(((row[name], _number(row[number])) for row in rows), key=lambda line: -line[1])

    limits = (row for row in tables()["publication_limits"].rows if row[VERSION] == stated[VERSION])
    return Version(
        version=stated[VERSION],
        valid_from=date.fromisoformat(stated["valid_from"]),
        valid_to=day(stated["valid_to"]),
        bands=BANDS,
        window_days={
            kind: int(days) for kind, days in of("nps_quarantine_windows", "survey_type", "window_days")
        },
        tiers=tuple(of("customer_value_tiers", "customer_value_tier", "minimum_amount")),
        floors=tuple(of("reportability_floors", "reportability", "minimum_responses")),
        journey_stages=tuple(name for name, _ in of("journey_stages", "journey_stage", "journey_order")),
        limits=tuple(
            Limit(
                *(row["limit_name"], row["applies_to"], float(row["maximum"]), row["unit"]),
                *(int(row["minimum_count"]), row["remedy"]),
            )
            for row in limits
        ),
    )


def day(cell: str) -> date | None:
    """A cell that may be empty as a day."""
    return date.fromisoformat(cell) if cell else None


def _number(cell: str) -> int | Decimal:
    number = Decimal(cell)
    return int(number) if number == int(number) else number  # a whole one is compared much faster
