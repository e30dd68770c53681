"""What stops a refresh, in one line. Belongs here: the words. Does not belong here: who objects."""

from __future__ import annotations

from dataclasses import dataclass

SHOWN = 200


@dataclass(frozen=True)
class Objection:
    """Why a refresh stopped: stage, name of the check, what it found, how many others objected too."""

    stage: str
    check: str
    finding: str
    others: int = 0


def one_line(message: str) -> str:
    """The beginning of a message, every run of white space as one blank."""
    words = " ".join(message.split())
    return words if len(words) <= SHOWN else f"{words[: SHOWN - 1]}…"
