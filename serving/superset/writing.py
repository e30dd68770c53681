"""Writes the bundle for one database: its address, and the columns as they were published.

Belongs here: what differs between companies. Does not belong here: metrics, charts and the dashboard; they
are the YAML in `bundle/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import duckdb
import yaml

from publication import content, reader, versions
from serving.errors import ExportError

BUNDLE = Path(__file__).parent / "bundle"
#: Superset unpacks everything into one folder, whatever its name is.
_ROOT = "nps"


def write(published: Path, to: Path, database: str | None = None, schema: str = "nps") -> None:
    """Write the bundle as the new zip file `to`.

    `database` is the URL of the copy in PostgreSQL, with tables in `schema`. Without it Superset reads the
    published DuckDB file.

    Raises ExportError, with a remedy; NothingPublishedError.
    """
    if to.suffix.lower() != ".zip":
        raise ExportError(f"{to} is no name for a bundle: let it end with .zip")
    with reader.open_current(published) as connection:
        files = bundle(connection, *_place(published, database, schema))
    try:
        with to.open("xb") as opened, ZipFile(opened, "w") as archive:
            for name, text in sorted(files.items()):
                # Without the time of day, so the same publication gives the same bytes.
                archive.writestr(ZipInfo(f"{_ROOT}/{name}"), text, ZIP_DEFLATED)
    except FileExistsError as error:
        raise ExportError(f"{to} exists: name a file that does not exist yet") from error
    except OSError as error:
        raise ExportError(f"{to} cannot be written ({error.strerror}): name another place") from error


def _place(published: Path, database: str | None, schema: str) -> tuple[str, str | None]:
    """SQLAlchemy's address of the tables, and their schema."""
    if database is None:
        file = published.resolve() / versions.LINK / content.DATABASE_NAME
        return f"duckdb:///{file}?access_mode=read_only", None
    kind, found, rest = database.partition("://")
    if not found or kind not in ("postgresql", "postgresql+psycopg2"):
        raise ExportError(f"{kind} is no database that is published to: postgresql://reader@host/database")
    return f"postgresql+psycopg2://{rest}", schema


def bundle(connection: duckdb.DuckDBPyConnection, address: str, schema: str | None) -> Mapping[str, str]:
    """The files of the bundle by name; the columns are those that `connection`'s tables have."""
    files = {}
    for path in sorted(BUNDLE.rglob("*.yaml")):
        text = path.read_text("utf-8")
        match path.relative_to(BUNDLE).parts[0]:
            case "databases":
                text = _dumped(yaml.safe_load(text) | {"sqlalchemy_uri": address})
            case "datasets":
                dataset = yaml.safe_load(text)
                text = _dumped(dataset | {"schema": schema, "columns": columns(connection, dataset)})
        files[path.relative_to(BUNDLE).as_posix()] = text
    return files


def columns(connection: duckdb.DuckDBPyConnection, dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A dataset's columns with their types and the descriptions of the published table they come from."""
    query = dataset["sql"] or f"select * from {dataset['table_name']}"
    described = connection.execute(
        "select column_name, min(comment) from duckdb_columns()"
        " where list_contains($1, table_name) group by column_name",
        [sorted(connection.get_table_names(query))],
    ).fetchall()
    descriptions = dict(described)
    return [
        {
            "column_name": name,
            "verbose_name": name.replace("_", " ").capitalize().replace("Nps", "NPS"),
            "type": str(kind),
            "is_dttm": str(kind) in ("DATE", "TIMESTAMP"),
            "description": descriptions.get(name),
            "groupby": True,
            "filterable": True,
        }
        for name, kind, *_ in connection.sql(query).description
    ]


def _dumped(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), sort_keys=False, allow_unicode=True)
