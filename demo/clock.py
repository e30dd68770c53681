"""The simulated company's clock: the one moment all vendor APIs agree on.

Belongs here: reading and moving the simulated time. Does not belong here: what a vendor shows at a
moment (`demo.vendors.records`) or the HTTP route that moves the clock (`demo.server`).
"""

from datetime import UTC, datetime, timedelta
from threading import Lock


def parse_moment(text: str) -> datetime:
    """An ISO 8601 text as an aware UTC datetime; a text without a zone is taken as UTC.

    Raises ValueError when the text is not ISO 8601.
    """
    moment = datetime.fromisoformat(text.strip())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Clock:
    """A clock that stands still until it is moved; safe to read and move from several threads."""

    def __init__(self, now: datetime) -> None:
        self._lock = Lock()
        self._now = _in_utc(now)

    @property
    def now(self) -> datetime:
        """The simulated moment, aware, UTC."""
        with self._lock:
            return self._now

    def move_to(self, moment: datetime) -> datetime:
        """Set the clock, forwards or backwards, and return the new moment."""
        with self._lock:
            self._now = _in_utc(moment)
            return self._now

    def advance(self, days: float = 1.0) -> datetime:
        """Move the clock on by so many days of 24 hours and return the new moment."""
        with self._lock:
            self._now += timedelta(days=days)
            return self._now


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
