"""The guard's own copy of the governed definition, version by version (`definition.toml`).

Belongs here: reading that file, and what must hold within it. Does not belong here: the seeds (the other
statement; `governed_seeds` compares them), or any rule about answers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("definition.toml")
BANDS = ("promoter", "passive", "detractor")
LIMITS = (
    *("quarantine/file", "quarantine/source", "quarantine/load", "unknown_ids/kind"),
    *("nothing_counted/source", "nothing_counted/company", "vanished_dimension/dimension"),
    *("stale_source/api", "stale_source/files"),
)
FLOORS = ("suppressed", "interval_only", "indicative", "reportable")
SCALE = range(11)


@dataclass(frozen=True)
class Limit:
    """Above `maximum` (in `unit`) publication stops, where at least `minimum_count` records are affected."""

    name: str
    applies_to: str
    maximum: float
    unit: str
    minimum_count: int


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
    tiers: tuple[tuple[str, int], ...]
    floors: tuple[tuple[str, int], ...]
    journey_stages: tuple[str, ...]
    limits: tuple[Limit, ...]

    def floor(self, reportability: str) -> int:
        """The number of answers from which a figure is at least so reportable."""
        return dict(self.floors)[reportability]


@cache
def versions() -> tuple[Version, ...]:
    """Every version of the page. Raises ValueError, naming version and remedy, for one that is not whole."""
    return tuple(read(version) for version in page()["versions"])


@cache
def page() -> dict[str, Any]:
    """All that is stated: `versions`, `questions` (the registry) and `own_email_domains`."""
    return tomllib.loads(PAGE.read_text("utf-8"))


def read(stated: Mapping[str, Any]) -> Version:
    """One version as `definition.toml` writes it. Raises ValueError when it is not whole."""
    name = str(stated.get("version", "without a name"))
    try:
        version = Version(
            version=name,
            valid_from=stated["valid_from"],
            valid_to=stated.get("valid_to"),
            bands={score: band["band"] for band in stated["bands"] for score in band["scores"]},
            weights={band["band"]: band["weight"] for band in stated["bands"]},
            window_days=dict(stated["window_days"]),
            tiers=_from_the_top(stated["tiers"]),
            floors=_from_the_top(stated["floors"]),
            journey_stages=tuple(stated["journey_stages"]),
            limits=tuple(
                Limit(each["limit"], each["of"], each["maximum"], each["unit"], each["from"])
                for each in stated["limits"]
            ),
        )
    except KeyError as missing:
        raise ValueError(f"{PAGE.name}: version {name} lacks {missing}; a version is whole") from missing
    scores = sorted(score for band in stated["bands"] for score in band["scores"])
    if scores != list(SCALE) or set(version.weights) != set(BANDS):
        raise ValueError(
            f"{PAGE.name}: the bands of version {name} hold {scores};"
            f" each of 0 to 10 belongs into one of {BANDS}"
        )
    if set(dict(version.floors)) != set(FLOORS):
        raise ValueError(f"{PAGE.name}: version {name} must state the floors {FLOORS}")
    if sorted(f"{each.name}/{each.applies_to}" for each in version.limits) != sorted(LIMITS):
        raise ValueError(f"{PAGE.name}: version {name} must state each of the limits {LIMITS} once")
    return version


def _from_the_top(minimums: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(minimums.items(), key=lambda line: -line[1]))
