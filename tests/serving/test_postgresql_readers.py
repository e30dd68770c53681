"""Readers of a branch or region see their own rows and the company's totals, whatever they ask.

Each test asks as such a role in a real PostgreSQL, and looks for the rows of others.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from serving.postgresql import CopyError, Reader, copy
from tests.serving.postgresql import BOARD, LYON, NORTH, READERS, STRANGER, Server, publication

pytestmark = pytest.mark.xdist_group("postgresql")

Forbidden = psycopg.errors.InsufficientPrivilege
#: What a reader of B1 must not find anywhere: names and figures of other branches and regions.
OTHERS = ("B2", "B3", "Oslo", "Rome", "South", "-31.25", "13", "15", "11")


@pytest.fixture(scope="module")
def database(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    name = postgresql.database("rows_of_readers")
    folder = tmp_path_factory.mktemp("readers")
    for number in (1, 2):
        copy(publication(folder / str(number), number), postgresql.target(name))
    return name


@pytest.fixture
def lyon(postgresql: Server, database: str) -> Iterator[psycopg.Connection]:
    with postgresql.connect(database, LYON) as connection:
        yield connection


def cells(server: Server, database: str, role: str) -> set[tuple[object, ...]]:
    return set(server.ask(database, role, "select segment, branch, region from nps.nps_scores"))


def test_each_reader_sees_what_the_config_says(postgresql: Server, database: str) -> None:
    company = ("company", "(all)", "(all)")
    own = {("branch", "B1", "(all)"), ("branch*journey_stage", "B1", "(all)")}
    assert cells(postgresql, database, LYON) == {company, *own}
    north = {company, *own, ("branch", "B2", "(all)"), ("region", "(all)", "North")}
    assert cells(postgresql, database, NORTH) == north
    assert len(cells(postgresql, database, BOARD)) == 9
    with pytest.raises(Forbidden):
        cells(postgresql, database, STRANGER)
    of_table = {
        role: [len(postgresql.ask(database, role, f"select * from nps.{table}")) for table in TABLES]
        for role in (BOARD, NORTH, LYON)
    }
    assert of_table == {BOARD: [9, 3, 1, 1, 1, 3], NORTH: [0, 2, 1, 1, 0, 1], LYON: [0, 1, 1, 1, 0, 1]}


TABLES = (
    *("nps_responses", "branch_scorecards", "metric_definitions", "response_dispositions"),
    *("restated_answers", "nps_bridge"),
)

WAYS = {
    "the table behind the view": "select * from nps_kept.nps_scores",
    "copy": "copy nps_kept.nps_scores to stdout",
    "copy of a query": "copy (select * from nps.nps_scores) to stdout",
    "a condition": "select * from nps.nps_scores where branch = 'B3' or true",
    "a subquery": "select * from (select *, rank() over (order by nps) from nps.nps_scores) as ranked",
    "a common table expression": "with a as materialized (select * from nps.nps_scores) select * from a",
    "an aggregate": "select string_agg(distinct branch || region, ',') from nps_kept.branch_scorecards",
    "a join from the other side": "select * from nps.branch_scorecards full join nps.nps_scores"
    " using (branch)",
    "a lateral join": "select b.* from nps.publication, lateral (select * from nps.nps_scores) as b",
    "a table expression": "table nps.nps_scores",
    "a correlated subquery": "select (select max(nps) from nps.nps_scores s where s.branch <> p.version)"
    " from nps.publication p where (select max(nps) from nps.nps_scores) > 12.5",
    "a sample": "select * from nps_kept.nps_scores tablesample system (100)",
    "another's limits": "select * from nps_kept.readers",
    "statistics": "select * from pg_stats where schemaname = 'nps_kept' and tablename <> 'publications'",
    "extended statistics": "select * from pg_stats_ext where schemaname = 'nps_kept'",
}


@pytest.mark.parametrize("way", WAYS)
def test_no_query_gives_what_is_anothers(lyon: psycopg.Connection, way: str) -> None:
    query = WAYS[way]
    with lyon.cursor() as cursor:
        if query.startswith("copy"):
            with cursor.copy(query) as rows:
                found = b"".join(bytes(row) for row in rows).decode()
        else:
            found = str(cursor.execute(query).fetchall())
    assert not [other for other in OTHERS if other in found], found


@pytest.mark.parametrize(
    "way", [way for way in WAYS if "statistics" not in way and way != "a correlated subquery"]
)
def test_the_same_queries_would_find_it(postgresql: Server, database: str, way: str) -> None:
    """Asked by a reader of everything they give others' rows: they ask for what must not be given."""
    query = WAYS[way]
    with postgresql.connect(database, BOARD) as connection, connection.cursor() as cursor:
        if query.startswith("copy"):
            with cursor.copy(query) as rows:
                found = b"".join(bytes(row) for row in rows).decode()
        else:
            found = str(cursor.execute(query).fetchall())
    assert way == "another's limits" or [other for other in OTHERS if other in found]


@pytest.mark.parametrize(
    "statement",
    [
        f"set role {BOARD}",
        f"set session authorization {BOARD}",
        "select * from nps_kept.nps_scores for update",
        "insert into nps_kept.readers select 'lyon'::regrole, 'everything', ''",
        "update nps_kept.readers set dimension = 'everything'",
        "delete from nps_kept.readers",
        "alter table nps_kept.nps_scores disable row level security",
        "drop policy readers on nps_kept.nps_scores",
        "create policy mine on nps_kept.nps_scores using (true)",
        "create or replace view nps.nps_scores as select 1",
        "create view nps.mine as select * from nps_kept.nps_scores",
        "create table nps.mine as select * from nps_kept.nps_scores",
        "create trigger mine before update on nps_kept.nps_scores for each row"
        " execute function suppress_redundant_updates_trigger()",
        "analyze (verbose) nps_kept.nps_scores; select 1 from pg_statistic",
        "select * from pg_statistic",
        "alter role lyon bypassrls",
        "grant board to lyon",
    ],
)
def test_what_would_lift_the_limits_is_forbidden(lyon: psycopg.Connection, statement: str) -> None:
    with pytest.raises((Forbidden, psycopg.errors.InvalidGrantOperation)):
        lyon.execute(statement)


def test_row_security_cannot_be_switched_off(lyon: psycopg.Connection) -> None:
    lyon.execute("set row_security = off")
    with pytest.raises(Forbidden, match="query would be affected by row-level security"):
        lyon.execute("select * from nps.nps_scores")


def test_a_prepared_statement_is_limited_whatever_plan_it_has(lyon: psycopg.Connection) -> None:
    lyon.execute(
        "prepare asked (text) as select branch, promoters from nps_kept.nps_scores where branch = $1"
    )
    for mode in ("force_generic_plan", "force_custom_plan"):
        lyon.execute(f"set plan_cache_mode = {mode}")
        for _ in range(7):
            assert lyon.execute("execute asked ('B3')").fetchall() == []
            assert len(lyon.execute("execute asked ('B1')").fetchall()) == 4


def test_a_view_of_ones_own_is_limited_too(lyon: psycopg.Connection) -> None:
    lyon.execute("create temp view mine as select * from nps_kept.nps_scores")
    lyon.execute("create temp view of_mine with (security_barrier = false) as select * from mine")
    assert {row[0] for row in lyon.execute("select branch from of_mine").fetchall()} == {"(all)", "B1"}


LEAK = """
    create function pg_temp.leak(value anyelement) returns boolean language plpgsql {} cost 0.0000001
    as $$ begin raise notice 'seen: %', value; return true; end $$
"""


@pytest.mark.parametrize("kind", ["", "stable", "immutable", "security definer"])
def test_a_function_never_gets_to_see_anothers_row(lyon: psycopg.Connection, kind: str) -> None:
    said: list[str] = []
    lyon.add_notice_handler(lambda notice: said.append(str(notice.message_primary)))
    lyon.execute(LEAK.format(kind))
    for table in ("nps.nps_scores", "nps_kept.nps_scores"):
        lyon.execute(f"select * from {table} where pg_temp.leak(branch_name)")
        lyon.execute(f"select * from {table} order by pg_temp.leak(branch_name)")
        lyon.execute(
            f"select * from {table} s join nps.branch_scorecards b on pg_temp.leak(s.branch_name || b.branch)"
        )
    assert any("Lyon" in line for line in said)
    assert not [line for line in said if any(other in line for other in OTHERS)]


def test_a_function_cannot_be_called_leakproof(lyon: psycopg.Connection) -> None:
    with pytest.raises(Forbidden, match="leakproof"):
        lyon.execute(LEAK.format("leakproof"))


def test_an_error_message_tells_nothing_of_others(lyon: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as failed:
        lyon.execute("select * from nps_kept.nps_scores where branch_name::integer = 1 and branch <> '(all)'")
    assert "Lyon" in str(failed.value)
    # A division by zero where another's figure is what was guessed would say so.
    assert lyon.execute("select * from nps_kept.nps_scores where 1 / (nps + 31.25) = 0").fetchall() == []


GUESSES = {
    "nps_scores": ("branch = '{}'", "branch = '{}' and nps < -31", "branch_name = '{}' and promoters = 2"),
    "branch_scorecards": ("branch = '{}'", "region = 'South' and branch = '{}'", "branch in ('{}')"),
}


@pytest.mark.parametrize("place", ["nps", "nps_kept"])
@pytest.mark.parametrize(
    ("table", "guess"), [(table, guess) for table, guesses in GUESSES.items() for guess in guesses]
)
def test_a_plan_tells_nothing_of_others(lyon: psycopg.Connection, place: str, table: str, guess: str) -> None:
    """What the server plans and does for another's rows is what it does for rows that nobody has."""
    assert told(lyon, f"{place}.{table}", guess, "Rome" if "name" in guess else "B3") == told(
        lyon, f"{place}.{table}", guess, "nobody"
    )
    assert told(lyon, f"{place}.{table}", "branch = '{}'", "B1") != told(
        lyon, f"{place}.{table}", "branch = '{}'", "nobody"
    )


def told(connection: psycopg.Connection, table: str, guess: str, name: str) -> str:
    query = f"select count(*) from {table} where {guess.format(name)}"
    lines: list[str] = []
    for how in ("verbose", "analyze, timing off, summary off, buffers off"):
        found = connection.execute(f"explain ({how}) {query}").fetchall()
        lines += [line for (line,) in found]
    return "\n".join(lines).replace(f"'{name}'", "''").replace(f"{{{name}}}", "{}")


def test_an_operator_of_ones_own_is_not_asked(
    postgresql: Server, database: str, lyon: psycopg.Connection
) -> None:
    """With it every comparison would come true, if the policy looked for operators where readers do."""
    with postgresql.connect(database) as connection:
        connection.execute("create schema of_lyon authorization lyon")
    lyon.execute("create function of_lyon.always(text, text) returns boolean language sql as 'select true'")
    lyon.execute("create operator of_lyon.= (function = of_lyon.always, leftarg = text, rightarg = text)")
    lyon.execute("set search_path = of_lyon, pg_catalog")
    assert lyon.execute("select 'a'::text = 'b'::text").fetchall() == [(True,)]
    found = lyon.execute("select distinct branch from nps_kept.nps_scores").fetchall()
    assert {branch for (branch,) in found} == {"(all)", "B1"}


def test_another_version_has_the_same_limits(lyon: psycopg.Connection) -> None:
    rows = lyon.execute("select publication_sequence, branch from nps_kept.branch_scorecards").fetchall()
    assert sorted(rows) == [(1, "B1"), (2, "B1")]


@pytest.fixture
def own(postgresql: Server, request: pytest.FixtureRequest) -> str:
    return postgresql.database(f"o{abs(hash(request.node.nodeid))}")


def test_limits_follow_the_config_with_the_same_publication(
    postgresql: Server, own: str, tmp_path: Path
) -> None:
    folder = publication(tmp_path / "1", 1)
    copy(folder, postgresql.target(own))
    moved = (Reader(BOARD), Reader(LYON, "branch", ("B2", "B3")))
    copy(folder, postgresql.target(own, moved))
    assert {branch for _, branch, _ in cells(postgresql, own, LYON)} == {"(all)", "B2", "B3"}
    with pytest.raises(Forbidden):
        cells(postgresql, own, NORTH)
    copy(folder, postgresql.target(own))
    assert {branch for _, branch, _ in cells(postgresql, own, NORTH)} == {"(all)", "B1", "B2"}


def test_a_person_with_two_roles_sees_both(postgresql: Server, own: str, tmp_path: Path) -> None:
    copy(
        publication(tmp_path / "1", 1),
        postgresql.target(own, (Reader(LYON, "branch", ("B1",)), Reader(NORTH, "branch", ("B3",)))),
    )
    with postgresql.connect("postgres") as connection:
        connection.execute("create role of_two login in role lyon, north")
    assert {branch for _, branch, _ in cells(postgresql, own, "of_two")} == {"(all)", "B1", "B3"}


@pytest.mark.parametrize("right", ["superuser", "bypassrls", "in role publisher"])
def test_a_limit_that_would_not_hold_is_refused(
    postgresql: Server, own: str, tmp_path: Path, right: str
) -> None:
    role = right.replace(" ", "_")
    with postgresql.connect("postgres") as connection:
        connection.execute(f"create role {role} login {right}")
    with pytest.raises(CopyError, match=rf"{role} is to see branch B1 only, and may pass over limits"):
        copy(publication(tmp_path / "1", 1), postgresql.target(own, (Reader(role, "branch", ("B1",)),)))


@pytest.mark.parametrize(("dimension", "member"), [("branch", "(all)"), ("plan", "Scale")])
def test_a_limit_that_is_none_is_refused(
    postgresql: Server, own: str, tmp_path: Path, dimension: str, member: str
) -> None:
    with pytest.raises(CopyError, match="lyon cannot be limited to"):
        copy(publication(tmp_path / "1", 1), postgresql.target(own, (Reader(LYON, dimension, (member,)),)))


def test_a_table_without_a_rule_is_for_readers_of_everything(
    postgresql: Server, own: str, tmp_path: Path
) -> None:
    folder = publication(tmp_path / "1", 1, "create table notes as select 1 as line")
    copy(folder, postgresql.target(own, READERS))
    assert postgresql.ask(own, LYON, "select * from nps.notes") == []
    assert postgresql.ask(own, BOARD, "select * from nps.notes") == [(1,)]
