"""Wild answers, and the downstream models built over them.

The answers are put where the models read them (`int_survey_answers__identified` by which they are judged,
`int_survey_answers__as_of` by which they are described), thousands at once and full of ties, boundaries and
nonsense. What they must lead to is stated in the tests.
"""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pytest

DOWNSTREAM = ("intermediate.nps", "marts.nps", "marts.statistics", "publication")
# money is not built of the answers, and these accounts are not invoiced
WITHOUT_MONEY = ("--exclude", "marts.finance+")
DAY = timedelta(days=1)
ASKED = [
    ("files", "relationship", "nps"),
    ("qualtrics", "sv_relationship001", "qid1"),
    ("qualtrics", "SV_Relationship001", "QID1"),
    ("qualtrics", "SV_Support0000001", "QID1"),
    ("qualtrics", "SV_BranchVisit001", "QID1"),
    ("qualtrics", "SV_Support0000001", "QID3"),
    ("qualtrics", "SV_Product0000001", "QID1"),
]
SCORES = [*map(float, range(11)), *map(float, range(11)), None, 6.5, 10.5, 11.0, -1.0, math.inf, math.nan]

Answer = dict[str, Any]


def wild_answers(count: int, seed: int) -> list[Answer]:
    chance = random.Random(seed)
    moments = [
        datetime(2023, 11, 30, 23, 59, 59) + offset * DAY + second * timedelta(seconds=1)
        for offset in range(0, 800, 30)
        for second in (-1, 0, 1)
    ]
    answers = []
    for number in range(count):
        source, survey, question = chance.choice(ASKED)
        responded_at = chance.choice(
            [chance.choice(moments), datetime(2024, 1, 1) + chance.random() * 800 * DAY]
        )
        answers.append(
            {
                "answer_key": f"{source}:{number:05}",
                "source": source,
                "survey_id": survey,
                "question_id": question,
                "score": chance.choice(SCORES),
                "responded_at": responded_at,
                "sent_at": chance.choice(
                    [None, None, responded_at, responded_at + chance.choice([-1, 1]) * DAY]
                ),
                "event_at": chance.choice(
                    [None, None, responded_at, responded_at + chance.choice([-1, 1]) * DAY]
                ),
                "invitation_id": chance.choice([None, f"i{chance.randrange(count)}"]),
                "person_key": f"p{chance.randrange(count // 4)}",
                "is_test": chance.random() < 0.03,
                "is_staff": chance.random() < 0.03,
                "branch_key": chance.choice([None, "b1", "b2", "elsewhere"]),
                "region": chance.choice([None, "", "North", "South"]),
                "plan": chance.choice([None, "basic", "pro"]),
                "channel": chance.choice([None, "email", "web"]),
                "lifecycle_stage": chance.choice([None, "Adoption", "renewal ", "churned"]),
                "trailing_revenue_amount": chance.choice(
                    [None, -5, 0, 4999.99, 5000, 24999.99, 25000, 100000]
                ),
            }
        )
    return answers


def landed_as(opened: duckdb.DuckDBPyConnection, model: str) -> None:
    """Puts those columns of `rows` that the model has into a table that takes its place."""
    name, kind = (
        f"intermediate.{model}",
        opened.execute(
            "select table_type from information_schema.tables where table_name = ?", [model]
        ).fetchall()[0][0],
    )
    opened.execute(f"create table stand_in as from {name} limit 0")
    opened.execute(f"drop {'view' if kind == 'VIEW' else 'table'} {name}")
    opened.execute(f"create table {name} as from stand_in")
    opened.execute("drop table stand_in")
    columns = {column for (column, *_) in opened.execute(f"describe {name}").fetchall()}
    shared = ", ".join(sorted(columns & set(opened.table("rows").columns)))
    opened.execute(f"insert into {name} by name select {shared} from rows")


@pytest.fixture(scope="session")
def answers() -> list[Answer]:
    return wild_answers(4000, seed=20261121)


@pytest.fixture(scope="session")
def counted_warehouse(
    new_warehouse: Any, tmp_path_factory: pytest.TempPathFactory, answers: list[Answer]
) -> Any:
    """The downstream models built over the wild answers, every dbt test of theirs passed."""
    warehouse = new_warehouse(tmp_path_factory.mktemp("recount"), ("files",))
    warehouse.create_raw()
    read_by_them = (
        *("+audit_reconciliation", "+int_survey_invitations__identified"),
        *("+int_account_revenue__at_standings", "+dim_account_versions"),
        *("+dim_employees", "+dim_branch_hours"),
    )
    warehouse.build(
        "--select", "resource_type:seed", *read_by_them, "--exclude-resource-type", "unit_test", "test"
    )
    rows = pa.Table.from_pylist(
        [{**answer, "load_id": "1", "loaded_at": datetime(2026, 1, 1)} for answer in answers]
    )
    with warehouse.connection() as opened:
        opened.register("rows", rows)
        for model in ("int_survey_answers__identified", "int_survey_answers__as_of"):
            landed_as(opened, model)
        opened.execute(
            "insert into marts.dim_branches (branch_key, branch_id, source, branch_name) "
            "values ('b1', 'B1', 'files', 'Main Street'), ('b2', 'B2', 'files', 'Harbour')"
        )
    warehouse.build("--select", *DOWNSTREAM, *WITHOUT_MONEY)
    return warehouse
