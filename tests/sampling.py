"""Which of many a day has. Belongs here: choosing by the date. Does not belong here: what is chosen from."""

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

Each = TypeVar("Each")


def of_the_day(every: Sequence[Each], share: int, day: date) -> set[Each]:
    """One in `share` of a sequence. In any `share` days in a row, each is chosen once."""
    return set(every[day.toordinal() % share :: share])
