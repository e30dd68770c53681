"""What the lines of an invoice are worth: together its net.

Belongs here: sharing out. Does not belong here: how a vendor writes its lines (`vendors`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Line(NamedTuple):
    """A line as it is sent: its own amount without tax, and its period, if it has one."""

    amount: float
    start: int | None
    end: int | None


class Share(NamedTuple):
    """A line's share of the net, in the unit of the net, and its period in the unit that came."""

    net: float
    start: int
    end: int


def shared_out(net: float, issued: int, sent: Sequence[Line]) -> list[Share]:
    """Each line over its own period, or when it was issued. What they say more or less than the net is shared
    out by their sizes; where none has any, the first has it all."""
    if not sent:
        return [Share(net, issued, issued)]
    size, rest = sum(abs(line.amount) for line in sent), net - sum(line.amount for line in sent)
    found = []
    for number, (amount, start, end) in enumerate(sent):
        if start is None or end is None or end <= start:
            start = end = issued
        share = amount + rest * abs(amount) / size if size else (net if number == 0 else 0.0)
        found.append(Share(share, start, end))
    return found
