"""The company's own statement of what its score means: constants only.

Belongs here: bands, windows, tiers, rates and the registry, as its management would write them on one page.
Does not belong here: anything read from the warehouse; that the two agree is what comparing them shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SOURCE: Final = "qualtrics"
DEFINITION_VERSION: Final = "2023.1"
UNASSIGNED: Final = "Unassigned"
ALL: Final = "(all)"
DAY: Final = 86_400
Z_95: Final = 1.959963984540054

BANDS: Final = ("detractor",) * 7 + ("passive",) * 2 + ("promoter",) * 2
"""The band of each score from 0 to 10."""

VALUE_WINDOW_DAYS: Final = 365
TIERS: Final = (("strategic", 100_000.0), ("key", 25_000.0), ("core", 5_000.0), ("starter", 0.0))
"""Highest first; an amount belongs to the first whose minimum it reaches, below all of them to the last."""

REPORTABILITY: Final = (("reportable", 100), ("indicative", 30), ("interval_only", 5), ("suppressed", 0))

QUARANTINE_DAYS: Final = {"relationship": 180, "transactional": 90}

EUR_PER_UNIT: Final = {"eur": 1.0, "usd": 0.92, "gbp": 1.17, "jpy": 0.0062}
MINOR_UNITS: Final = {"eur": 2, "usd": 2, "gbp": 2, "jpy": 0}

OWN_DOMAINS: Final = frozenset({"verdant.example"})


@dataclass(frozen=True)
class Question:
    """A registered NPS question; an empty stage means the account's lifecycle stage as of the answer."""

    survey_type: str
    journey_stage: str
    touchpoint: str


REGISTRY: Final = {
    ("SV_Relationship001", "QID1"): Question("relationship", "", "company"),
    ("SV_Onboarding0001", "QID1"): Question("transactional", "onboarding", "onboarding"),
    ("SV_Adoption000001", "QID1"): Question("transactional", "adoption", "adoption"),
    ("SV_Support0000001", "QID1"): Question("transactional", "support", "support"),
    ("SV_BranchVisit001", "QID1"): Question("transactional", "branch_visit", "branch_visit"),
    ("SV_Renewal0000001", "QID1"): Question("transactional", "renewal", "renewal"),
}
SURVEYS_ASKING_MORE: Final = frozenset({"SV_Support0000001", "SV_Onboarding0001"})
"""Surveys whose QID3 is a scored question too, and not NPS."""

STAGES: Final = frozenset({"onboarding", "adoption", "support", "branch_visit", "renewal"})

DISPOSITIONS: Final = (
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
    "counted",
)
"""In order of precedence."""

TRAILING_DAYS: Final = {"trailing_90d": 90, "trailing_365d": 365}
CURRENT_STATE_OVER: Final = "trailing_365d"
"""The one grain for which each person's latest answer is published."""

FALSE_DISCOVERY_RATE: Final = 0.05

DIMENSIONS: Final = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
ACCOUNT_DIMENSIONS: Final = ("customer_value_tier", "branch", "region", "plan")
"""What an account has whether it answers or not; stage and channel belong to an answer."""

SEGMENTS: Final[tuple[tuple[str, ...], ...]] = (
    (),
    *((dimension,) for dimension in DIMENSIONS),
    ("customer_value_tier", "journey_stage"),
    ("branch", "journey_stage"),
    ("customer_value_tier", "branch"),
)
