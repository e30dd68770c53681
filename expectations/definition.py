"""The definition as the guard knows it: what NPS is everywhere, and what the company decides by version.

Belongs here: the bands, and the company's second entry (`definition/guard.toml`) with what must hold within
it. Does not belong here: the governed tables (the other statement; `governed_seeds` compares them), or any
rule about answers.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

PAGE = "definition/guard.toml"
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


def versions() -> tuple[Version, ...]:
    """Every version of the page. Raises ValueError, naming version and remedy, for one that is not whole."""
    return tuple(read(version) for version in page()["versions"])


def page() -> dict[str, Any]:
    """The company's second entry: `versions`, `questions` (the registry) and `own_email_domains`.

    Raises ValueError if `NPS_COMPANY` is not set.
    """
    folder = os.environ.get("NPS_COMPANY")
    if not folder:
        raise ValueError("NPS_COMPANY is not set: name the company folder whose definition the guard uses")
    path = Path(folder) / PAGE
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8-sig"))


def read(stated: Mapping[str, Any]) -> Version:
    """One version as the page writes it. Raises ValueError when it is not whole."""
    name = str(stated.get("version", "without a name"))
    try:
        version = Version(
            version=name,
            valid_from=stated["valid_from"],
            valid_to=stated.get("valid_to"),
            bands=BANDS,
            weights=WEIGHTS,
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
        raise ValueError(f"{PAGE}: version {name} lacks {missing}; a version is whole") from missing
    if set(dict(version.floors)) != set(FLOORS):
        raise ValueError(f"{PAGE}: version {name} must state the floors {FLOORS}")
    if sorted(f"{each.name}/{each.applies_to}" for each in version.limits) != sorted(LIMITS):
        raise ValueError(f"{PAGE}: version {name} must state each of the limits {LIMITS} once")
    return version


def _from_the_top(minimums: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(minimums.items(), key=lambda line: -line[1]))
