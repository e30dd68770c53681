"""`nps sources`: what is configured, when it was last loaded, what is in quarantine and why."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import duckdb
from rich.console import Console
from rich.table import Table

from ingestion import registry, warehouse
from orchestration import environment, gaps
from orchestration.cli import deliveries, received_view
from orchestration.environment import ConfigurationError
from publication.wording import count


@dataclass(frozen=True)
class Inventory:
    """What the working file holds of one source; `quarantined` counts rows by reason, `examples` describes
    one row of each."""

    last_load: datetime | None = None
    rows: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)


def write(console: Console) -> None:
    """Print every registered source, configured or not."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("source", "configured", "last load (UTC)"):
        table.add_column(heading)
    table.add_column("rows in raw", justify="right")
    table.add_column("quarantined")
    examples: list[str] = []
    off: list[str] = []
    files: list[deliveries.Delivery] = []
    with working_file() as (connection, note):
        files = deliveries.read(connection) if connection else []
        for source in registry.SOURCES:
            held = inventory(connection, source) if connection else None
            if held and source.name == "files" and files:
                # Files are reported file by file, without withdrawn rows.
                held = replace(held, quarantined=deliveries.by_reason(files), examples=[])
            examples += held.examples if held else []
            missing = missing_keys(source)
            state = (
                "yes" if not missing else "no" if len(missing) == len(source.required_keys) else "incomplete"
            )
            if missing and held and held.rows:
                off.append(
                    f"{source.name} is off: {count(held.rows)} of its rows stay in raw and count nowhere"
                )
            table.add_row(source.name, state, *_cells(held))
    console.print(table)
    for line in off:
        console.print(line, style="yellow", markup=False, soft_wrap=True)
    for gap in gaps.standing(environment.home()):
        console.print(gap.sentence, style="yellow", markup=False, soft_wrap=True)
    for example in examples:
        console.print(example, style="dim", markup=False, soft_wrap=True)
    deliveries.write(files, console)
    received_view.write(environment.home().received, _loaded(), console)
    for source in registry.SOURCES:
        if missing := missing_keys(source):
            console.print(f"{source.name} needs {', '.join(missing)}", style="dim")
    console.print(f"files are read from {warehouse.inbox()}", style="dim")
    if note:
        console.print(note, style="dim")


def _loaded() -> list[str]:
    """The sources that a refresh loads."""
    return [source.name for source in registry.SOURCES if not missing_keys(source)]


def missing_keys(source: registry.SourceSpec) -> list[str]:
    """The settings a source still needs; none means that it is enabled."""
    return [
        f"sources.{source.name}.{key}"
        for key in source.required_keys
        if warehouse.setting(source.name, key) is None
    ]


def inventory(connection: duckdb.DuckDBPyConnection, source: registry.SourceSpec) -> Inventory:
    """What is in the raw tables of a source; a table that was never loaded is not an error."""
    dataset = warehouse.dataset(source.name)
    found = connection.execute(
        "select table_name from duckdb_tables() where schema_name = ?", [dataset]
    ).fetchall()
    tables = {name for (name,) in found}
    if "_dlt_loads" not in tables:
        return Inventory()
    [(last_load,)] = connection.execute(
        f"select max(inserted_at) from {dataset}._dlt_loads where status = 0"
    ).fetchall()
    rows = 0
    for name in tables & set(source.tables):
        [(number,)] = connection.execute(f'select count(*) from {dataset}."{name}"').fetchall()
        rows += number
    reasons: dict[str, int] = {}
    examples: list[str] = []
    if "quarantine" in tables:
        found = connection.execute(
            "select reason, count(*), arg_max(origin || ', row ' || position || ': ' || detail, _dlt_load_id)"
            f" from {dataset}.quarantine group by reason order by 2 desc, 1"
        ).fetchall()
        reasons = {reason: number for reason, number, _ in found}
        examples = [f"{reason}, such as {source.name} {example}" for reason, _, example in found]
    return Inventory(last_load, rows, reasons, examples)


@contextmanager
def working_file() -> Iterator[tuple[duckdb.DuckDBPyConnection | None, str]]:
    """The working file, read-only, and a note if it cannot be read now."""
    path = warehouse.working_file()
    if not path.exists():
        yield None, "Nothing has been loaded yet; `nps refresh` loads the configured sources."
        return
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.IOException as error:
        if not warehouse.is_open_elsewhere(error):
            raise ConfigurationError(warehouse.unusable(error)) from error
        yield None, "A refresh is writing right now; try again when it has finished."
        return
    with connection:
        yield connection, ""


def _cells(held: Inventory | None) -> Iterator[str]:
    if held is None:
        yield from ("", "", "")
        return
    yield f"{held.last_load.astimezone(UTC):%Y-%m-%d %H:%M}" if held.last_load else "never"
    yield count(held.rows)
    yield ", ".join(f"{count(number)} {reason}" for reason, number in held.quarantined.items()) or "none"
