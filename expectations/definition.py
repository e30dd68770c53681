"""The definition as the guard knows it: what NPS is everywhere, and what the company decides by version.

Belongs here: the bands, which no company decides, and what the rows of the company's tables mean. Does not
belong here: reading files (`governed_tables`), what dbt has built of them (`governed_seeds` compares it), or
any rule about answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from expectations.governed_tables import FOLDER, VERSION, VERSIONS, tables

#: What is true of NPS everywhere, in every version of every company.
BANDS = {
    **dict.fromkeys(range(7), "detractor"),
    **dict.fromkeys((7, 8), "passive"),
    **dict.fromkeys((9, 10), "promoter"),
}
WEIGHTS = {"detractor": -100, "passive": 0, "promoter": 100}
LIMITS = (
    *("quarantine/file", "quarantine/source", "quarantine/load", "unknown_ids/kind"),
    *("nothing_counted/source", "nothing_counted/company", "vanished_dimension/dimension"),
    *("stale_source/api", "stale_source/files"),
)
FLOORS = ("suppressed", "interval_only", "indicative", "reportable")
SCALE = range(11)


Least = TypeVar("Least", int, int | Decimal)


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

    `bands` is score → band, `weights` band → weight; `tiers` (minimum revenue, EUR) and `floors` (minimum
    number of answers) are ordered from the highest minimum down; `window_days` is by survey type.
    """

    version: str
    valid_from: date
    valid_to: date | None
    bands: Mapping[int, str]
    weights: Mapping[str, int]
    window_days: Mapping[str, int]
    tiers: tuple[tuple[str, int | Decimal], ...]
    floors: tuple[tuple[str, int], ...]
    journey_stages: tuple[str, ...]
    limits: tuple[Limit, ...]

    def floor(self, reportability: str) -> int:
        """The number of answers from which a figure is at least so reportable."""
        return dict(self.floors)[reportability]


def versions() -> tuple[Version, ...]:
    """Every version of the company. Raises ValueError, naming the version, for one that is not whole."""
    return tuple(_version(each) for each in tables()[VERSIONS].records)


def _version(stated: Mapping[str, str]) -> Version:
    name = stated[VERSION]
    version = Version(
        version=name,
        valid_from=date.fromisoformat(stated["valid_from"]),
        valid_to=day(stated["valid_to"]),
        bands=BANDS,
        weights=WEIGHTS,
        window_days={
            each["survey_type"]: int(each["window_days"]) for each in _of(name, "nps_quarantine_windows")
        },
        tiers=_from_the_top(
            (each["customer_value_tier"], _number(each["minimum_amount"]))
            for each in _of(name, "customer_value_tiers")
        ),
        floors=_from_the_top(
            (each["reportability"], int(each["minimum_responses"]))
            for each in _of(name, "reportability_floors")
        ),
        journey_stages=tuple(each["journey_stage"] for each in _of(name, "journey_stages")),
        limits=tuple(
            Limit(
                *(each["limit_name"], each["applies_to"], float(each["maximum"]), each["unit"]),
                *(int(each["minimum_count"]), each["remedy"]),
            )
            for each in _of(name, "publication_limits")
        ),
    )
    for table, held in (
        ("nps_quarantine_windows", version.window_days),
        ("customer_value_tiers", version.tiers),
    ):
        if not held:
            raise ValueError(f"{FOLDER}/{table}.csv lacks version {name}; a version is whole")
    if set(dict(version.floors)) != set(FLOORS):
        raise ValueError(f"{FOLDER}: version {name} must state the floors {FLOORS}")
    if sorted(f"{each.name}/{each.applies_to}" for each in version.limits) != sorted(LIMITS):
        raise ValueError(f"{FOLDER}: version {name} must state each of the limits {LIMITS} once")
    return version


def day(cell: str) -> date | None:
    """A cell that may be empty as a day."""
    return date.fromisoformat(cell) if cell else None


def _of(version: str, table: str) -> list[dict[str, str]]:
    return [each for each in tables()[table].records if each[VERSION] == version]


def _number(cell: str) -> int | Decimal:
    number = Decimal(cell)
    return int(number) if number == int(number) else number  # a whole one is compared much faster


def _from_the_top(minimums: Iterable[tuple[str, Least]]) -> tuple[tuple[str, Least], ...]:
    return tuple(sorted(minimums, key=lambda line: -line[1]))
