"""Who sees which rows of a copy: PostgreSQL's row-level security on the kept tables.

What a role may see is rows of a table, so it changes in the same transaction as the publication and takes no
lock. Each table has one policy, made once. A table without a rule is for readers of everything alone.

Belongs here: roles, grants, policies. Does not belong here: the tables (`shape`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from psycopg import Cursor
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from serving.postgresql.shape import PUBLICATIONS, Shape
from serving.postgresql.target import EVERYTHING, Reader, Target

READERS = "readers"
IS_AMONG = "is_among"
POLICY = "readers"
#: Dimensions by which a reader may be limited.
LIMITS = ("branch", "region")
#: Tables without branches that every reader may see whole.
_FOR_ALL = ("metric_definitions", "response_dispositions", PUBLICATIONS)
#: Not a member but its absence: a reader of it would see rows that are split by other dimensions.
NO_MEMBER = "(all)"
#: Column → its value in rows of the whole company, which every reader may see. A survey may be one branch's.
_TOTALS = {"segment": "company", "survey_id": NO_MEMBER}


# Of a reader's own harmless condition and the policy, PostgreSQL applies first what costs less, and `explain
# analyze` tells whether the policy was asked: one could guess another's rows, condition by condition. So the
# policy costs next to nothing and comes first. The operator is named in full: a reader may have made another.
_COMPARE = """
    create or replace function {} (value text, members text[]) returns boolean
    language plpgsql immutable parallel safe cost 0.000001
    as $$ begin return value operator(pg_catalog.=) any (members); end $$
"""


class ReaderError(Exception):
    """A reader cannot be what the config says. The message names the role and the remedy."""


def refuse_unlimited(cursor: Cursor, readers: Iterable[Reader]) -> None:
    """Check that every role exists, and that its limits would hold.

    Raises ReaderError for a role that is missing, or that has limits which PostgreSQL would not apply to it.
    """
    for reader in readers:
        cursor.execute(
            "select rolsuper or rolbypassrls or pg_has_role(oid, current_user, 'member')"
            " from pg_roles where rolname = %s",
            [reader.role],
        )
        found = cursor.fetchone()
        if found is None:
            raise ReaderError(f'there is no role {reader.role}: `create role "{reader.role}"`, then refresh')
        if reader.dimension == EVERYTHING:
            continue
        if found[0]:
            raise ReaderError(
                f"{reader.role} is to see {reader.dimension} {', '.join(reader.members)} only, and may pass"
                " over limits (superuser, bypassrls, or a member of the role that copies): take that from it"
            )
        if reader.dimension not in LIMITS or NO_MEMBER in reader.members:
            raise ReaderError(f"{reader.role} cannot be limited to {reader.dimension} {reader.members}")


def admit(cursor: Cursor, target: Target, shapes: Iterable[Shape], branches: Mapping[str, list[str]]) -> None:
    """Let exactly the target's readers read; `branches` says which belong to each region today."""
    table = Identifier(target.kept, READERS)
    cursor.execute(
        SQL(
            "create table if not exists {}"
            " (role_oid oid not null, dimension text not null, member text not null)"
        ).format(table)
    )
    cursor.execute(SQL(_COMPARE).format(Identifier(target.kept, IS_AMONG)))
    _protect(cursor, target, READERS, SQL("pg_has_role(role_oid, 'usage')"))
    _protect(cursor, target, PUBLICATIONS, _rule(target, PUBLICATIONS, ()))
    for shape in shapes:
        _protect(cursor, target, shape.name, _rule(target, shape.name, shape.columns))
    cursor.execute(SQL("delete from {}").format(table))
    cursor.executemany(
        SQL("insert into {} select oid, %s, %s from pg_roles where rolname = %s").format(table),
        [
            (dimension, member, reader.role)
            for reader in target.readers
            for dimension, member in _seen(reader, branches)
        ],
    )
    _grant(cursor, target)


def _seen(reader: Reader, branches: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    if reader.dimension == EVERYTHING:
        yield EVERYTHING, ""
    for member in reader.members:
        yield reader.dimension, member
        if reader.dimension == "region":
            yield from (("branch", branch) for branch in branches.get(member, ()))


def _rule(target: Target, name: str, columns: Iterable[str]) -> Composed:
    """Which rows of a table the current user may see; what compares is `is_among` and nothing else."""
    readers, is_among = Identifier(target.kept, READERS), Identifier(target.kept, IS_AMONG)
    member = SQL("exists (select from {})").format(readers)
    allowed: list[Composable] = [
        SQL("exists (select from {} where dimension = {})").format(readers, Literal(EVERYTHING))
    ]
    if name in _FOR_ALL:
        allowed.append(member)
    allowed += [
        SQL("({}({}, array[{}]) and {})").format(is_among, Identifier(column), Literal(value), member)
        for column, value in _TOTALS.items()
        if column in columns
    ]
    allowed += [
        SQL("{}({}, array(select member from {} where dimension = {}))").format(
            is_among, Identifier(limit), readers, Literal(limit)
        )
        for limit in LIMITS
        if limit in columns
    ]
    return SQL(" or ").join(allowed)


def _protect(cursor: Cursor, target: Target, name: str, rule: Composable) -> None:
    """One policy on a table, made again only where its rule has changed: that takes a lock."""
    table, text = Identifier(target.kept, name), rule.as_string(cursor)
    mark = hashlib.sha256(text.encode()).hexdigest()
    cursor.execute(
        "select obj_description(oid, 'pg_policy') from pg_policy where polrelid = %s::regclass",
        [table.as_string(cursor)],
    )
    policies = cursor.fetchall()
    if policies == [(mark,)]:
        return
    cursor.execute(SQL("alter table {} enable row level security").format(table))
    if policies:
        cursor.execute(SQL("drop policy {} on {}").format(Identifier(POLICY), table))
    cursor.execute(
        SQL("create policy {} on {} for select using ({})").format(Identifier(POLICY), table, rule)
    )
    cursor.execute(SQL("comment on policy {} on {} is {}").format(Identifier(POLICY), table, Literal(mark)))


def _grant(cursor: Cursor, target: Target) -> None:
    """Take every right from roles that are no reader any more, and let readers select."""
    cursor.execute(
        "select distinct rolname from pg_class as tables, aclexplode(relacl) as rights"
        " inner join pg_roles as roles on roles.oid = rights.grantee"
        " where relnamespace in (%s::regnamespace, %s::regnamespace) and grantee <> relowner",
        [Identifier(schema).as_string(cursor) for schema in (target.kept, target.schema)],
    )
    reading = {reader.role for reader in target.readers}
    former = sorted({name for (name,) in cursor.fetchall()} - reading)
    for schema in (Identifier(target.kept), Identifier(target.schema)):
        for role in map(Identifier, former):
            cursor.execute(SQL("revoke all on all tables in schema {} from {}").format(schema, role))
            cursor.execute(SQL("revoke all on schema {} from {}").format(schema, role))
        for role in map(Identifier, sorted(reading)):
            cursor.execute(SQL("grant usage on schema {} to {}").format(schema, role))
            cursor.execute(SQL("grant select on all tables in schema {} to {}").format(schema, role))
