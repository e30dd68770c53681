"""What of a figure of money follows from the rows behind it by counting and adding alone.

Rates, ratios and intervals are the recount's to prove (`expectations`).

Belongs here: which column counts or adds which rows. Does not belong here: the rows (`money_kinds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple


class Sum(NamedTuple):
    """A column: how many rows or accounts there are, or what is paid; of some parts, or of all."""

    column: str
    of: Literal["rows", "accounts", "paid"]
    parts: tuple[str, ...] = ()

    def over(self, rows: Sequence[Mapping[str, str]]) -> Decimal:
        """Its value over the rows behind a figure."""
        meant = [row for row in rows if not self.parts or row["part"] in self.parts]
        if self.of == "paid":
            return sum((Decimal(row["paid"]) for row in meant), Decimal())
        return Decimal(len(meant) if self.of == "rows" else len({row["account_key"] for row in meant}))


#: A year later: everybody but those of the year before.
_AFTER = ("stayed", "came back", "new, by referral", "new, not by referral", "new, nobody says how")

SUMS: Mapping[str, tuple[Sum, ...]] = {
    "association_placebo": (
        Sum("accounts", "accounts"),
        Sum("windows", "rows"),
        Sum("lost", "rows", ("lost",)),
    ),
    "band_transitions": (Sum("accounts", "accounts"), Sum("mrr_before", "paid")),
    "churn_curves": (
        Sum("at_risk", "rows"),
        Sum("churned", "rows", ("churned",)),
        Sum("censored", "rows", ("censored",)),
    ),
    "earned_growth": (
        Sum("accounts_before", "rows", ("before",)),
        Sum("earned_accounts", "rows", ("new, by referral",)),
        Sum("bought_accounts", "rows", ("new, not by referral",)),
        Sum("unknown_accounts", "rows", ("new, nobody says how",)),
        Sum("returned_accounts", "rows", ("came back",)),
        Sum("mrr_before", "paid", ("before",)),
        Sum("mrr_after", "paid", _AFTER),
        Sum("retained_mrr", "paid", ("stayed",)),
        Sum("earned_mrr", "paid", ("new, by referral",)),
    ),
    "non_response": (Sum("responses", "rows", ("answered",)), Sum("silent", "rows", ("silent",))),
    "revenue_association": (
        Sum("accounts", "accounts"),
        Sum("windows", "rows"),
        Sum("churned", "rows", ("churned",)),
        Sum("mrr_before", "paid"),
    ),
    "revenue_at_risk": (Sum("accounts", "accounts", ("today",)), Sum("mrr", "paid", ("today",))),
    "revenue_coverage": (Sum("accounts", "accounts"), Sum("mrr", "paid")),
    "weighted_scores": (Sum("accounts", "accounts"), Sum("responses", "rows")),
}
