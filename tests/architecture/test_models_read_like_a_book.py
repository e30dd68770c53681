"""The house style of dbt (docs/how-to/write-a-model.md): every step does something, nothing is said thrice.

Does not belong here: layout, which sqlfluff judges, and whether the documentation is complete (tests/dbt).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import yaml

from tests.architecture.test_data_flows_one_way import MODELS

PROJECT = MODELS.parent
CTE = re.compile(r"^(?:with (?:recursive )?)?(\w+) as \(\n(.*?)^\)", re.MULTILINE | re.DOTALL)
ALL_OF_IT = re.compile(r"\s*select \* from (?:\w+|\{\{ ref\('\w+'\) \}\})\s*")
AT_MOST = 2


def idle_steps(sql: str) -> list[str]:
    """CTEs that only pass on: the last one if it is all that is selected, an import that one step reads."""
    steps = dict(CTE.findall(sql))
    closing = sql.strip().rpartition("\n\n")[2]
    passed_on = [name for name in steps if closing.split() == ["select", "*", "from", name]]
    imports = [name for name, body in steps.items() if ALL_OF_IT.fullmatch(body)]
    return passed_on + [
        name
        for name in imports
        if len(re.findall(rf"\b(?:from|join) {name}\b", sql)) == 1 and f"'{name}'" not in sql
    ]


def descriptions() -> Iterator[str]:
    """What is said of the models' columns, in words rather than by the name of a doc block."""
    for path in sorted(MODELS.rglob("*.yml")):
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", []):
            for column in model.get("columns", []):
                if not column["description"].startswith("{{"):
                    yield " ".join(column["description"].split())


def test_every_step_does_something() -> None:
    models = {path.stem: path.read_text("utf-8") for path in MODELS.rglob("*.sql")}
    assert len(models) > 80
    idle = {name: steps for name, sql in models.items() if (steps := idle_steps(sql))}
    assert not idle, f"steps that only pass on: {idle}"


def test_what_is_said_three_times_is_a_doc_block() -> None:
    repeated = {text: count for text, count in Counter(descriptions()).items() if count > AT_MOST}
    assert not repeated, f"make each a block of dbt_project/docs: {repeated}"


def test_every_doc_block_is_used() -> None:
    written = {path: path.read_text("utf-8") for path in PROJECT.rglob("*.yml")}
    used = {name for text in written.values() for name in re.findall(r"doc\('(\w+)'\)", text)}
    blocks = [
        name
        for path in sorted((PROJECT / "docs").glob("*.md"))
        for name in re.findall(r"\{% docs (\w+) %\}", path.read_text("utf-8"))
    ]
    assert set(blocks) == used
    assert len(blocks) == len(used)


def test_an_idle_step_is_seen() -> None:
    imported = "with a as (\n    select * from {{ ref('b') }}\n)\n\nselect\n    x\nfrom a\n"
    renamed = "with final as (\n    select x from {{ ref('b') }}\n)\n\nselect * from final\n"
    assert idle_steps(imported) == ["a"]
    assert idle_steps(renamed) == ["final"]
    assert idle_steps(imported.replace("}}\n)", "}}\n    where y\n)")) == []
    assert idle_steps(imported + "inner join a as other on true\n") == []
