"""What can be wrong with a question to the semantic layer."""

from __future__ import annotations

BUILD_FIRST = "run `nps refresh` or `nps demo` first"


class UnknownNameError(ValueError):
    """A metric, dimension or grain that does not exist; the message lists the existing ones."""


class QuestionError(ValueError):
    """A question with known names that cannot be answered; the message says why."""


class NothingBuiltError(Exception):
    """There is no working file or no semantic layer yet; the message says what to do."""


class BeingBuiltError(Exception):
    """The working file cannot be read while a refresh writes it."""
