"""How a load may end under a fault. In each case raw is whole in the end."""

from enum import StrEnum


class Outcome(StrEnum):
    """What the table says."""

    SAME_LOAD = "same load"
    NEXT_LOAD = "next load"
    QUARANTINED = "quarantine"
