"""What people answered, before anybody wrote it into a file."""

from dataclasses import dataclass
from datetime import datetime

from hypothesis import strategies as st

#: Outside these hours of a day some zone skips or repeats a local time.
_SAFE_HOURS = (6, 22)
_WORDS = [
    "super",
    "slow",
    "café",
    "naïve",
    "Größe",
    '5"',
    "€",
    ",",
    ";",
    "|",
    "'",
    "=",
    "+",
    "-",
    "#",
    "10",
    "NA",
    "ok?",
    "😀",
    "日本",
    "x\ty",
]


@dataclass(frozen=True)
class Known:
    """One answer. `local` is the moment on the respondent's clock, without a zone."""

    number: int
    score: int | None
    local: datetime
    email: str | None
    account: str | None
    comment: str | None


@st.composite
def answers(draw: st.DrawFn) -> list[Known]:
    """One to six answers with numbers of their own."""
    numbers = draw(st.lists(st.integers(1, 10**12), min_size=1, max_size=6, unique=True))
    return [draw(_answer(number)) for number in numbers]


@st.composite
def _answer(draw: st.DrawFn, number: int) -> Known:
    local = draw(st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31)))
    hour = min(max(local.hour, _SAFE_HOURS[0]), _SAFE_HOURS[1])
    words = draw(st.lists(st.sampled_from(_WORDS), max_size=6))
    separator = draw(st.sampled_from([" ", " ", " ", "\n", "\r\n"]))
    return Known(
        number,
        draw(st.none() | st.integers(0, 10)),
        local.replace(hour=hour, microsecond=0),
        draw(st.none() | st.sampled_from(["a@b.example", "Ünal@firma.example", "x.y+z@mail.example"])),
        draw(st.none() | st.integers(1, 99_999).map(str)),
        separator.join(words) or None,
    )
