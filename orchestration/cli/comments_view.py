"""What `nps comments` shows: topics with their answers, and masked comments of one topic.

Belongs here: which answers are shown, and how. Does not belong here: what is masked (`topics.masked`), or
what a comment mentions (`mentions.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.clear_texts import Clear
from orchestration.cli import console as speak
from orchestration.environment import ConfigurationError
from orchestration.mentions import unusual
from topics.assigning import Assigner
from topics.masked import masked
from topics.taxonomy import Taxonomy

#: A counted answer and a topic that its comment mentions.
_MENTIONED: Final = """
    select
        answers.response_date, answers.responded_at, answers.answer_key, answers.likelihood_score,
        answers.nps_band,
        coalesce(branches.branch_name, answers.branch) as branch_name, answers.branch, readings.language,
        mentions.topic, answers.comment
    from topics.mentions as mentions
    inner join topics.readings as readings using (comment_hash)
    inner join marts.fct_survey_responses as answers on mentions.comment_hash = sha256(answers.comment)
    left join marts.dim_branches as branches on answers.branch_key = branches.branch_key
    where answers.is_counted and (
        $branch is null or lower($branch) in (lower(branches.branch_name), lower(answers.branch))
    )
"""


@contextmanager
def opened(warehouse: Path, reader: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working file, read-only; what it keeps must be of today's taxonomy.

    Raises:
        ConfigurationError: comments were not read, or read by another taxonomy.
    """
    remedy = "`nps refresh` does it"
    if not warehouse.exists():
        raise ConfigurationError(f"there is no working file {warehouse}: `nps refresh` makes it")
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        try:
            readers = {
                by for (by,) in connection.execute("select distinct reader from topics.readings").fetchall()
            }
        except duckdb.CatalogException as error:
            raise ConfigurationError(f"no comment has been read yet: {remedy}") from error
        if readers - {reader}:
            raise ConfigurationError(
                f"comments were read by another taxonomy or release and have to be read again: {remedy}"
            )
        yield connection


def write_topics(
    connection: duckdb.DuckDBPyConnection,
    declared: Taxonomy,
    branch: str | None,
    form: str,
    console: Console,
) -> None:
    """Every topic with its answers by band, and what was unusual in comments."""
    _known(connection, branch)
    found = connection.execute(
        "select topic, count(*), count(*) filter (nps_band = 'detractor'),"
        f" count(*) filter (nps_band = 'promoter') from ({_MENTIONED}) group by all",
        {"branch": branch},
    ).fetchall()
    counts = {topic: tuple(numbers) for topic, *numbers in found}
    rows = [
        {
            "topic": each.name,
            "meaning": each.meaning,
            **dict(
                zip(("answers", "detractors", "promoters"), counts.get(each.name, (0, 0, 0)), strict=True)
            ),
        }
        for each in declared.topics
    ]
    _write(rows, form, console)
    if form == "table":
        for line in unusual(connection):
            console.print(line, style="dim", markup=False)


def write_comments(
    connection: duckdb.DuckDBPyConnection,
    declared: Taxonomy,
    topic: str,
    branch: str | None,
    last: int,
    form: str,
    console: Console,
    clear: Clear,
) -> None:
    """The newest comments that mention a topic, and by which words, which are found in the text once more.

    Raises:
        ValueError: there is no such topic or branch.
        ConfigurationError: there are such comments, and none of their texts may be read.
    """
    names = [each.name for each in declared.topics]
    if topic not in names:
        raise ValueError(f"no topic is called {topic!r}; there are {', '.join(names)}")
    _known(connection, branch)
    employees = staff(connection, clear)
    found = connection.execute(
        "select response_date, likelihood_score, branch_name, language, comment"
        f" from ({_MENTIONED}) where topic = $topic order by responded_at desc, answer_key limit $last",
        {"branch": branch, "topic": topic, "last": last},
    ).fetchall()
    texts, reader = clear(comment for *_, comment in found), Assigner(declared)
    if found and not texts:
        raise ConfigurationError("no comment may be read here")
    rows = [
        {
            "date": day.isoformat(),
            "score": score,
            "branch": where,
            "words": ", ".join(masked(word, language, employees) for word in _words(reader, topic, text)),
            "comment": " ".join(masked(text, language, employees).split()),
        }
        for day, score, where, language, comment in found
        if (text := texts.get(comment)) is not None
    ]
    if not rows and form == "table":
        console.print(f"no counted answer mentions {topic}", markup=False)
        return
    _write(rows, form, console)


def _words(reader: Assigner, topic: str, text: str) -> list[str]:
    """The words of a comment by which it mentions a topic, each once."""
    mentions = (mention for mention in reader.read(text).mentions if mention.topic == topic)
    return list(dict.fromkeys(decided.written for mention in mentions for decided in mention.by))


def staff(connection: duckdb.DuckDBPyConnection, clear: Clear) -> list[str]:
    """The names of employees, which are masked wherever they stand."""
    found = connection.execute(
        "select distinct employee_name from marts.dim_employees where employee_name is not null"
    ).fetchall()
    return [*clear(name for (name,) in found).values()]


def _known(connection: duckdb.DuckDBPyConnection, branch: str | None) -> None:
    found = connection.execute(
        "select distinct branch_name from marts.dim_branches"
        " where $branch is null or lower($branch) in (lower(branch_name), lower(branch_id))",
        {"branch": branch},
    ).fetchall()
    if not found and branch is not None:
        raise ValueError(f"no branch is called {branch!r}: `nps show --by branch` lists them")


def _write(rows: list[dict[str, Any]], form: str, console: Console) -> None:
    if form == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, value in (rows[0] if rows else {}).items():
        table.add_column(name, justify="right" if isinstance(value, int) else "left")
    for row in rows:
        # Square brackets are masks here, and no markup of the terminal.
        table.add_row(*(str(cell if cell is not None else "").replace("[", r"\[") for cell in row.values()))
    if form == "md":
        print(speak.markdown(table).replace(r"\[", "["))
    else:
        console.print(table)
