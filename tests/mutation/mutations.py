"""What a mutation is: an exact replacement of text in one room, and a sentence about who would do it.

Belongs here: how a change is made in a copy of the project, and that it cannot silently be no change. Does
not belong here: which changes there are (`catalogue/`), or what became of them (`worker`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LOADERS = "ingestion/"
MODELS = "dbt_project/"
DEFINITION = "demo/verdant/definition/"


class DisarmedError(Exception):
    """The text a mutation replaces is not there as often as it says: the catalogue must follow the code."""


@dataclass(frozen=True)
class Edit:
    """`before` occurs exactly `count` times in `file` (a path within the checkout) and becomes `after`."""

    file: str
    before: str
    after: str
    count: int = 1

    def applied(self, text: str) -> str:
        """The text with the change made.

        Raises:
            DisarmedError: `before` is not there `count` times, or the change changes nothing.
        """
        found = text.count(self.before)
        if found != self.count or self.before == self.after:
            raise DisarmedError(f"{self.file} has {found} × {self.before!r}, {self.count} expected")
        return text.replace(self.before, self.after)


@dataclass(frozen=True)
class Mutation:
    """One careless change. `name` is unique; `careless` says what somebody did, in words; all edits are made
    together and lie in one room, so that never both sides of a comparison are changed."""

    name: str
    careless: str
    edits: tuple[Edit, ...]

    @property
    def room(self) -> str:
        """Where its edits lie."""
        return next(room for room in (LOADERS, MODELS, DEFINITION) if self.edits[0].file.startswith(room))

    @property
    def changes_loaders(self) -> bool:
        return self.room == LOADERS

    @property
    def is_one_statement(self) -> bool:
        """Whether it changes the text of one model or seed and nothing else."""
        [*paths] = {Path(edit.file) for edit in self.edits}
        stated = {"models", "seeds", "definition"}
        return len(paths) == 1 and paths[0].suffix != ".yml" and bool(stated & {*paths[0].parts})

    def apply(self, checkout: Path) -> None:
        """Make the change in a copy of the checkout. Raises DisarmedError."""
        for edit in self.edits:
            path = checkout / edit.file
            try:
                text = path.read_text("utf-8")
            except FileNotFoundError:
                raise DisarmedError(f"{edit.file} is not there any more") from None
            path.write_text(edit.applied(text), "utf-8")


def change(name: str, careless: str, file: str, before: str, after: str, count: int = 1) -> Mutation:
    """A mutation of one edit."""
    return Mutation(name, careless, (Edit(file, before, after, count),))


def add_line(name: str, careless: str, file: str, after_line: str, line: str) -> Mutation:
    """A mutation that puts a line below another."""
    return change(name, careless, file, f"{after_line}\n", f"{after_line}\n{line}\n")


def drop_line(name: str, careless: str, file: str, line: str) -> Mutation:
    """A mutation that takes a line out."""
    return change(name, careless, file, f"{line}\n", "")
