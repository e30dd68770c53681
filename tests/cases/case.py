"""What a case is, and the page that all of them make. Knows no case."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path


class Section(StrEnum):
    """The parts of the page, in its order."""

    READING = "Reading"
    DELIVERIES = "Files that come again"
    MEANING = "What the columns mean"
    UNCLEAR = "Messages that say what to do"


@dataclass(frozen=True)
class Case:
    """One kind of input.

    `given` is the input in a few words, `right` the value it should have, `got` what version 0.6.0 made of
    it, `now` what the product makes of it: `prove` sends the input through the product, in an empty folder,
    and says what came out in exactly these words.
    """

    section: Section
    kind: str
    given: str
    right: str
    got: str
    now: str
    prove: Callable[[Path], str]


def page(cases: Sequence[Case]) -> str:
    """The cases as Markdown: a table for each section."""
    order = list(Section)
    parts = [
        "# Inputs from the field",
        "",
        "Kinds of input that people really send. *Got* is the result of version 0.6.0; *now* is the result",
        "that the tests in `tests/cases/` see. `python -m tests.cases` writes this page; `make test` fails",
        "if it is out of date.",
    ]
    for section, found in groupby(
        sorted(cases, key=lambda case: order.index(case.section)), key=lambda case: case.section
    ):
        parts += ["", f"## {section}", "", "| kind | input | right | got | now |", "|---|---|---|---|---|"]
        parts += [
            "| " + " | ".join(map(_cell, (c.kind, c.given, c.right, c.got, c.now))) + " |" for c in found
        ]
    return "\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
