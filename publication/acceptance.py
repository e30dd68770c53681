"""An exceeded limit that a person accepted for one publication.

Belongs here: what is recorded about it. Does not belong here: which limits exist, or who may accept them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import orjson


@dataclass(frozen=True)
class Acceptance:
    """Which limit of which subject was accepted, the observed value and the maximum, by whom, when (UTC,
    ISO 8601) and why."""

    limit: str
    subject: str
    observed: float
    maximum: float
    accepted_by: str
    accepted_at: str
    reason: str

    def content(self, sequence: int) -> tuple[str, ...]:
        """The hashed content, as text, with the sequence of its publication."""
        return (str(sequence), *(str(value) for value in asdict(self).values()))


def as_json(accepted: Iterable[Acceptance]) -> bytes:
    """The acceptances as a JSON list."""
    return orjson.dumps([asdict(each) for each in accepted])


def from_json(text: bytes | str) -> tuple[Acceptance, ...]:
    """Raises ValueError if the text is not a list of acceptances."""
    try:
        return tuple(Acceptance(**each) for each in orjson.loads(text))
    except (TypeError, orjson.JSONDecodeError) as error:
        raise ValueError(f"not a list of accepted limits ({error})") from error
