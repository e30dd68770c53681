"""An exceeded limit that a person accepted for one publication.

Belongs here: what is recorded of it. Does not belong here: which limits there are, or who may accept them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True)
class Acceptance:
    """Which limit of which subject was accepted, what was observed against which maximum, by whom, when (UTC,
    ISO 8601) and why."""

    limit: str
    subject: str
    observed: float
    maximum: float
    accepted_by: str
    accepted_at: str
    reason: str

    def content(self, sequence: int) -> tuple[str, ...]:
        """What is hashed of it, as text, with the publication it was accepted for."""
        return (str(sequence), *(str(value) for value in asdict(self).values()))


def as_json(accepted: Iterable[Acceptance]) -> bytes:
    """The acceptances as a JSON list."""
    return orjson.dumps([asdict(each) for each in accepted])


def from_json(text: bytes | str) -> tuple[Acceptance, ...]:
    """Raises ValueError where the text is no list of acceptances."""
    try:
        return tuple(Acceptance(**each) for each in orjson.loads(text))
    except (TypeError, orjson.JSONDecodeError) as error:
        raise ValueError(f"not a list of accepted limits ({error})") from error
