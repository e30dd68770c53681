"""What is true in the simulated company: every planted effect with its parameters.

Belongs here: the numbers that decide how the company behaves, and nothing that draws or computes. The same
numbers are written to `truth.json`, so that whoever analyses the company can be checked against them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Opinion:
    """How likely customers are to recommend, on the 0-10 scale before rounding; effects add up."""

    base: float = 8.35
    branch_spread: float = 0.35
    worst_branch: int = 17
    worst_branch_effect: float = -1.8
    best_branch: int = 4
    best_branch_effect: float = 1.2
    stage: dict[str, float] = field(
        default_factory=lambda: {
            "onboarding": -0.3,
            "adoption": 0.35,
            "support": -0.8,
            "branch_visit": 0.25,
            "renewal": -0.15,
        }
    )
    tier: dict[str, float] = field(
        default_factory=lambda: {"starter": -0.45, "core": 0.0, "key": 0.35, "strategic": 0.7}
    )
    season_amplitude: float = 0.3
    season_best_day_of_year: int = 172
    account_spread: float = 0.7
    contact_spread: float = 0.5
    noise_spread: float = 1.45


@dataclass(frozen=True)
class Onboarding:
    """Some new customers are set up badly and say so until they have recovered.

    After onboarding they are asked how well they were set up in time, 0 to 10: `late` of those who were set
    up badly, `in_time` of the others, on average.
    """

    failing_share: float = 0.12
    effect: float = -3.0
    lasting_days: int = 150
    usual_days: int = 90
    late: float = 2.0
    in_time: float = 8.0
    time_spread: float = 1.5
    rated_share: float = 0.95


@dataclass(frozen=True)
class Overselling:
    """One employee asks own customers for a nine or a ten after an event."""

    employee: int = 7
    persuaded_share: float = 0.65
    comment_share: float = 0.3
    one_device_share: float = 0.25


@dataclass(frozen=True)
class Manipulation:
    """In the last year of the history, two branches work on their score. No true score changes.

    One lets invitations bounce: so many of those that nobody answered. The other fills in some of its
    customers' answers on the device at its counter.
    """

    bouncing_branch: int = 19
    bounced_share: float = 0.4
    counter_branch: int = 12
    one_device_share: float = 0.5


@dataclass(frozen=True)
class Churn:
    """Chance that an active account leaves within a quarter, by its latest band of the last 180 days."""

    look_back_days: int = 180
    detractor: float = 0.085
    passive: float = 0.025
    promoter: float = 0.01
    silent: float = 0.02
    refunded_share: float = 0.3


@dataclass(frozen=True)
class Referral:
    """Promoters bring new accounts of the same branch some weeks later."""

    share_of_new_accounts: float = 0.35
    unexplained_share: float = 0.04
    earliest_days: int = 10
    latest_days: int = 150


@dataclass(frozen=True)
class Moves:
    """How often accounts change, over three years."""

    branch: float = 0.08
    owner: float = 0.25
    plan: float = 0.3
    upgrade_share: float = 0.65
    merged_accounts: float = 0.012
    chained_share: float = 0.2
    deleted_accounts: float = 0.005
    merged_contacts: float = 0.015
    deleted_contacts: float = 0.005


@dataclass(frozen=True)
class Dirt:
    """Shares of all answers that are not what they should be."""

    preview_test_or_spam: float = 0.008
    unanswered: float = 0.03
    off_scale: float = 0.003
    non_integer: float = 0.002
    written_out: float = 0.001
    in_future: float = 0.0015
    before_invitation: float = 0.003
    before_event: float = 0.003
    staff: float = 0.006
    without_account: float = 0.012
    stale_account: float = 0.004
    edited: float = 0.015
    retaken: float = 0.02
    served_twice: float = 0.005
    late: float = 0.012
    date_only: float = 0.003
    uninvited: float = 0.04
    untidy_ids: float = 0.03
    short_ids: float = 0.04
    partial: float = 0.03


@dataclass(frozen=True)
class Effects:
    """All of it."""

    opinion: Opinion = Opinion()
    onboarding: Onboarding = Onboarding()
    overselling: Overselling = Overselling()
    manipulation: Manipulation = Manipulation()
    churn: Churn = Churn()
    referral: Referral = Referral()
    moves: Moves = Moves()
    dirt: Dirt = Dirt()

    def as_json(self) -> dict[str, Any]:
        """The parameters as plain data, for `truth.json`."""
        return asdict(self)
