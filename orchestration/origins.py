"""What is about to be published was made from what is here now: raw, the company's folder, the release.

Belongs here: where each of these is found. Does not belong here: how it is kept (`publication.origin`), or
making a publication again (`rerun`).
"""

from __future__ import annotations

import hashlib
from datetime import date
from importlib import metadata
from pathlib import Path

import duckdb

from orchestration import environment, inputs, vendors
from orchestration.environment import Home
from publication import manifest
from publication.origin import Draft, Loads, Origin

#: Of the company's folder: what decides a figure. Credentials are no part of it.
_COMPANY = ("config.toml", "definition/**/*", "labels/**/*", "mappings/**/*")
RAW = "schema_name like 'raw\\_%' escape '\\' and not starts_with(table_name, '_dlt')"
#: A load is read where it is complete.
READ = "select load_id from {schema}._dlt_loads where status = 0"


def draft(home: Home, as_of: date) -> Draft:
    """What a publication that is made now is made from. Raises duckdb.Error, OSError."""
    company = environment.company()
    texts = {str(path.relative_to(company)): path.read_bytes() for path in _files(company)}
    digests = {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        raw = held(connection)
    return Draft(
        Origin(
            as_of=as_of.isoformat(),
            vendors=tuple(vendors.enabled()),
            raw=raw,
            company=digests,
            release=release(),
            libraries=libraries(),
            revision=manifest.git_revision(),
        ),
        {digests[name]: text for name, text in texts.items()},
    )


def held(connection: duckdb.DuckDBPyConnection) -> dict[str, Loads]:
    """What raw holds, by schema. Raises duckdb.Error."""
    found: dict[str, Loads] = {}
    tables = connection.execute(
        f"select schema_name, table_name from duckdb_tables() where {RAW} order by all"
    ).fetchall()
    for schema, table in tables:
        read = READ.format(schema=schema)
        if schema not in found:
            [(number, last)] = connection.execute(
                f"select count(*), coalesce(arg_max(load_id, cast(load_id as double)), '') from ({read})"
            ).fetchall()
            found[schema] = Loads(number, last, {})
        [(rows,)] = connection.execute(
            f'select count(*) from "{schema}"."{table}" where _dlt_load_id in ({read})'
        ).fetchall()
        found[schema].rows[table] = rows
    return found


def release() -> dict[str, str]:
    """A digest of each room of the product that has a part in a figure."""
    return {room.name: _content(room) for room in inputs.ROOMS if room.is_dir()}


def libraries() -> dict[str, str]:
    """The version of each installed library."""
    return {each.name.lower(): each.version for each in metadata.distributions()}


def _content(room: Path) -> str:
    """A digest of a room's files that is the same wherever the checkout is."""
    files = sorted(path for path in room.rglob("*") if path.suffix in inputs.SUFFIXES and path.is_file())
    named = ((path.relative_to(room), path) for path in files)
    return inputs.digest(
        f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for name, path in named
        if inputs.MADE.isdisjoint(name.parts)
    )


def _files(company: Path) -> list[Path]:
    return sorted(path for pattern in _COMPANY for path in company.glob(pattern) if path.is_file())
