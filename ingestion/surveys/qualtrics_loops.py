"""Questions that are asked once for each round of a loop (Loop & Merge): `1_QID1`, `2_QID1`.

Each round is an answer of its own, under the question's id, so that the registry knows it; its record id
names the round. A response without any round has the question's own answer, or none.

Belongs here: which responses have rounds, and what becomes of those. Does not belong here: where else a value
is (`qualtrics_tables.py`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.arrow import Converted, convert_batch, dig, together
from ingestion.records import Batch
from ingestion.surveys.qualtrics_tables import Question
from ingestion.tables import TableSpec

_ROUND: Final = re.compile(r"(x?\d+_)(.+)")
_compute: Final[Any] = pc  # the stubs know no mix of arrays and scalars


def with_rounds(answers: Batch, questions: Sequence[Question]) -> list[int]:
    """The places of the responses in which a scored question is asked in rounds."""
    signs = [f'_{question.score_key}"'.encode() for question in questions]
    return [
        at
        for at, line in enumerate(answers.lines)
        if any(sign in line for sign in signs)
        and any(_loops(answers.parse(line), question) for question in questions)
    ]


def answers_in_rounds(
    answers: Batch,
    questions: Sequence[Question],
    table_of: Callable[[Question], TableSpec],
    constants_of: Callable[[Question], Mapping[str, Any]],
) -> Converted:
    """A row of each response for each question and round."""
    made = []
    for question in questions:
        for loop, places in _rounds(answers.records, question).items():
            asked = replace(question, loop=loop)
            name = f"{loop}{question.question_id}"
            part = answers.chosen(places).renamed(f"{answers.origins[0]}#{name}")
            rows, rejects = convert_batch(table_of(asked), part, constants_of(question))
            made.append(Converted(_named(rows, loop), _named(rejects, loop)))
    return together(made)


def _rounds(records: Iterable[Any], question: Question) -> dict[str, list[int]]:
    """Round → the places of the records that have it; the empty one for those that have none."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        for loop in _loops(record, question) or [""]:
            found[loop].append(at)
    return found


def _loops(record: Any, question: Question) -> list[str]:
    """The rounds of a response in which the question is asked, as its keys begin."""
    values = dig(record, "values")
    matches = [_ROUND.fullmatch(key) for key in values] if type(values) is dict else []
    return [match[1] for match in matches if match and match[2] == question.score_key]


def _named(table: pa.Table, loop: str) -> pa.Table:
    """The same records, their id with the round: `R_1:1_QID1`."""
    at = table.schema.get_field_index("record_id")
    named = _compute.replace_substring_regex(table["record_id"], "^(.*):", rf"\1:{loop}")
    return table.set_column(at, table.schema.field(at), named)
