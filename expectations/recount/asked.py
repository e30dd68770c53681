"""Questions as their vendor's own definitions had them when an answer was read.

Belongs here: which version of a question an answer was read under. Does not belong here: what a definition
says (`vendors`), answers (`raw`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from expectations.declaring import Asked, Question
from expectations.recount.ids import identity
from expectations.recount.versions import RawRecords


class Questions:
    """All questions, as they were from each load on; `unknown` stands for those that raw does not have."""

    def __init__(
        self, unknown: Question, versions: Mapping[tuple[str, str], list[tuple[str, int, Question]]]
    ) -> None:
        self._unknown = unknown
        self._versions = {key: sorted(found, key=lambda each: each[:2]) for key, found in versions.items()}

    def asked(self, survey: str, question: str, load: str) -> Question:
        """The question as it was known in a load."""
        known = self._versions.get((survey, question))
        if not known:
            return self._unknown
        place = bisect_right(known, load, key=lambda each: each[0])
        return known[max(place - 1, 0)][2]


def read(
    records: RawRecords, vendor: str, unknown: Question, asked_by: Callable[[dict[str, Any]], Question]
) -> Asked:
    """All versions of all questions of a vendor, whose definitions `asked_by` reads."""
    versions: dict[tuple[str, str], list[tuple[str, int, Question]]] = defaultdict(list)
    for record, load, _, position, definition in records.rows(vendor, "questions", ("definition",)):
        survey, _, question = record.rpartition(":")
        versions[identity(survey) or "", identity(question) or ""].append(
            (load, position, asked_by(definition))
        )
    return Questions(unknown, versions).asked
