"""Every model is compiled for warehouses that nobody here can reach, and read by a parser of their dialect.

That is less than running: types and functions are seen, what they mean is not. The how-to says the same
(`docs/how-to/other-warehouses.md`). Belongs here: engines without a test that builds. Does not belong here:
PostgreSQL and Spark, where everything is built and compared (`tests/end_to_end/test_the_same_elsewhere.py`).
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
import sqlglot
from sqlglot import ErrorLevel

from ingestion.registry import SOURCES
from tests.companies import ROOT
from tests.sampling import of_the_day

PROJECT = ROOT / "dbt_project"
DBT = ROOT / ".venv-warehouses" / "bin" / "dbt"
ENGINES = ("bigquery", "databricks", "snowflake")
SHARE = int(os.environ.get("WAREHOUSES_SHARE", "1"))

#: What a profile asks for; nothing is connected to.
SETTINGS = {
    "SNOWFLAKE_ACCOUNT": "none",
    "SNOWFLAKE_USER": "none",
    "SNOWFLAKE_PRIVATE_KEY_PATH": "/none",
    "BIGQUERY_PROJECT": "none",
    "BIGQUERY_METHOD": "oauth-secrets",
    "BIGQUERY_TOKEN": "none",
    "DATABRICKS_HOST": "none.example",
    "DATABRICKS_HTTP_PATH": "/none",
    "DATABRICKS_TOKEN": "none",
}

#: Words of the models for which sqlglot has another, and which the engine's own manual has as well.
ALSO_KNOWN = {
    "snowflake": {"integer", "string", "text", "numeric", "extract", "position", "mod", "substr"},
    "databricks": {"integer", "mod", "numeric", "position", "substr", "timestampadd"},
    "bigquery": {"bigint", "boolean", "decimal", "integer", "numeric", "strpos"},
}

_TYPE = re.compile(
    r"\bas\s+(bigint|bool|boolean|date|decimal|double|float|float64|int|int64|integer|number|numeric|string|text"
    r"|timestamp|varchar)\b(?=\s*[()])",
    re.IGNORECASE,
)


def words(sql: str, dialect: str) -> set[str]:
    """The functions that a statement calls, and the types that it casts to."""
    tokens = sqlglot.tokenize(sql, read=dialect)
    called = {
        one.text.lower()
        for one, next_ in pairwise(tokens)
        if next_.text == "(" and re.fullmatch(r"[A-Za-z_]\w*", one.text)
    }
    keywords = {
        "in",
        "over",
        "as",
        "and",
        "or",
        "on",
        "when",
        "then",
        "exists",
        "from",
        "not",
        "join",
        "filter",
    }
    return (called | {name.lower() for name in _TYPE.findall(sql)}) - keywords


def spelled_otherwise(sql: str, dialect: str) -> set[str]:
    """Words of a statement that the dialect's own writer does not use for the same.

    Raises sqlglot.errors.SqlglotError where the dialect has no such statement.
    """
    [tree] = sqlglot.parse(sql, read=dialect, error_level=ErrorLevel.RAISE)
    assert tree is not None
    return words(sql, dialect) - words(tree.sql(dialect), dialect)


@pytest.fixture(scope="module", params=ENGINES)
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """An engine, and the folder of its models' SQL."""
    if request.param not in of_the_day(ENGINES, SHARE, datetime.now(UTC).date()):
        pytest.skip("not today's")
    target = tmp_path_factory.mktemp(request.param)
    settings = SETTINGS | {
        "NPS_AS_OF": "2026-01-01",
        "NPS_VENDORS": ",".join(source.name for source in SOURCES),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    command: list[str | Path] = [
        DBT,
        "compile",
        "--target",
        request.param,
        "--no-populate-cache",
        "--no-introspect",
    ]
    folders: list[str | Path] = ["--profiles-dir", ".", "--target-path", target, "--log-path", target]
    done = subprocess.run(
        [*command, *folders], cwd=PROJECT, env={**os.environ, **settings}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    return request.param, target / "compiled" / "nps_warehouse" / "models"


def models(folder: Path) -> Iterator[Path]:
    """A test is compiled into a folder named after the file that declares it."""
    yield from (
        path for path in folder.rglob("*.sql") if not any(part.endswith(".yml") for part in path.parts)
    )


@pytest.mark.warehouses
def test_every_model_is_compiled_and_read_as_the_engine_would(compiled: tuple[str, Path]) -> None:
    engine, folder = compiled
    found = {path.stem: path.read_text("utf-8") for path in models(folder)}
    assert found.keys() == {path.stem for path in (PROJECT / "models").rglob("*.sql")}
    unreadable, unknown = set(), set()
    for name, sql in found.items():
        try:
            unknown |= spelled_otherwise(sql, engine)
        except sqlglot.errors.SqlglotError:
            unreadable.add(name)
    assert not unreadable, "no statement of the engine's"
    assert not unknown - ALSO_KNOWN[engine], "the engine does not know them"
    assert ALSO_KNOWN[engine] <= unknown, "no model uses it: take it off the list"


def test_what_an_engine_does_not_know_is_seen() -> None:
    of_duckdb = (r"select trim(a, e'\t') from b", "select unnest(array[1]) with ordinality as a")
    for engine in ENGINES:
        for sql in of_duckdb:
            with pytest.raises(sqlglot.errors.SqlglotError):
                spelled_otherwise(sql, engine)
    assert spelled_otherwise("select cast(a as double), position('b' in c) from d", "bigquery") == {
        "double",
        "position",
    }
