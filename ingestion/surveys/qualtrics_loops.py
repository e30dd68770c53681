"""Questions that are asked once for each round of a loop (Loop & Merge): `1_QID1`, `2_QID1`.

Each round is an answer of its own, under the question's id, so that the registry knows it; its record id
names the round. A response without any round has the question's own answer, or none.

Belongs here: which lines have rounds, and what becomes of those. Does not belong here: where else a value is
(`qualtrics_tables.py`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.arrow import convert_batch
from ingestion.lanes import Converted, together
from ingestion.records import Block
from ingestion.surveys.qualtrics_tables import Question
from ingestion.tables import TableSpec

_ROUND: Final = re.compile(r"(x?\d+_)(.+)")
_compute: Final[Any] = pc  # the stubs know no mix of arrays and scalars


def lines_with_rounds(block: Block, questions: Sequence[Question]) -> list[int]:
    """The lines in which a scored question is asked in rounds; hardly any survey has one."""
    keys = [question.score_key.encode() for question in questions]
    if not any(b"_" + key + b'"' in block.data for key in keys):
        return []
    sign = re.compile(rb'"x?\d+_(?:' + b"|".join(map(re.escape, keys)) + rb')"\s*:')
    return [at for at, line in enumerate(block.lines) if sign.search(line)]


def answers_in_rounds(
    block: Block,
    questions: Sequence[Question],
    table_of: Callable[[Question], TableSpec],
    constants_of: Callable[[Question], Mapping[str, Any]],
) -> Converted:
    """A row of each response for each question and round; what is no response is rejected once."""
    batch = block.parsed()
    answers = batch.part(objects=True)
    made = [convert_batch(table_of(questions[0]), batch.part(objects=False), constants_of(questions[0]))]
    for question in questions:
        for loop, places in _rounds(answers.records, question).items():
            asked = replace(question, loop=loop)
            name = f"{loop}{question.question_id}"
            part = answers.chosen(places).renamed(f"{answers.origin}#{name}")
            rows, rejects = convert_batch(table_of(asked), part, constants_of(question))
            made.append((_named(rows, loop), _named(rejects, loop)))
    return together([Converted(*each) for each in made])


def _rounds(records: Sequence[Any], question: Question) -> dict[str, list[int]]:
    """Round → the places of the records that have it; the empty one for those that have none."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, record in enumerate(records):
        values = record.get("values")
        keys = values if type(values) is dict else {}
        matches = [_ROUND.fullmatch(key) for key in keys]
        loops = [match[1] for match in matches if match and match[2] == question.score_key]
        for loop in loops or [""]:
            found[loop].append(at)
    return found


def _named(table: pa.Table, loop: str) -> pa.Table:
    """The same records, their id with the round: `R_1:1_QID1`."""
    at = table.schema.get_field_index("record_id")
    named = _compute.replace_substring_regex(table["record_id"], "^(.*):", rf"\1:{loop}")
    return table.set_column(at, table.schema.field(at), named)
