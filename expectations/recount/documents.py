"""What billing documents state, and the rates that make one currency of their amounts.

Belongs here: the form all billing systems' documents come in, rates. Does not belong here: reading documents
(`billing`, `vendors`), or what was earned until when (`revenue`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from expectations.governed_tables import tables
from expectations.recount.statistics import Floats, Integers

DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1)


class Stated(NamedTuple):
    """A document in its own currency, `amount` in main units; microseconds, a moment where start = end.

    `recurs_until` is where its subscription ended; `is_invoiced` is false where only a subscription or
    movement says what is earned, and what that is `monthly`.
    """

    document: str
    account: str | None
    currency: str
    amount: float
    converted_at: int
    start: int
    end: int
    recurs_until: int | None = None
    is_invoiced: bool = True
    monthly: float | None = None


@dataclass(frozen=True)
class Rates:
    """Currency → days from which a rate holds, ascending, and the rates; and the digits of its minor unit."""

    lines: Mapping[str, tuple[Integers, Floats]]
    minor_units: Mapping[str, int]

    def at(self, currencies: Any, moments: Integers, documents: Sequence[str]) -> Floats:
        """The rate of each currency in force at each moment."""
        rates = np.zeros(moments.size)
        for currency in np.unique(currencies).tolist():
            days, of_days = self.lines.get(currency, (np.zeros(0, np.int64), np.zeros(0)))
            places = np.flatnonzero(currencies == currency)
            found = np.searchsorted(days, moments[places], "right") - 1
            if (found < 0).any():
                lacking = places[found < 0]
                first = lacking[moments[lacking].argmin()]
                day = _EPOCH + timedelta(microseconds=int(moments[first]))
                others = f" and {lacking.size - 1} more" if lacking.size > 1 else ""
                raise ValueError(
                    f"no rate for {currency} on {day} ({documents[first]}{others}): add it to"
                    " definition/exchange_rates.csv in the company folder"
                )
            rates[places] = of_days[found]
        return rates


def governed_rates() -> Rates:
    """The company's rates, by currency."""
    lines: dict[str, list[tuple[int, float]]] = defaultdict(list)
    minor_units: dict[str, int] = {}
    for each in sorted(tables()["exchange_rates"].rows, key=lambda each: each["valid_from"]):
        day = (date.fromisoformat(each["valid_from"]) - _EPOCH).days * DAY
        lines[each["currency"]].append((day, float(each["rate_to_reporting"])))
        minor_units[each["currency"]] = int(each["minor_units"])
    by_currency = {
        currency: (np.array([day for day, _ in of], np.int64), np.array([rate for _, rate in of]))
        for currency, of in lines.items()
    }
    return Rates(by_currency, minor_units)
