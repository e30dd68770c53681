"""Which vendors are enabled, decided in one place so that loads, models and the command line agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import duckdb

from ingestion import errors, registry
from orchestration.environment import ConfigurationError, Home

_replayed: ContextVar[tuple[str, ...] | None] = ContextVar("replayed", default=None)
_absent: ContextVar[tuple[str, ...]] = ContextVar("absent", default=())


def enabled() -> list[str]:
    """Names of the vendors that are configured, in the registry's order; `files` is always among them.

    During a replay: the vendors that it rebuilds. A run that goes on without some does not have them.

    Raises:
        ConfigurationError: a vendor is only partly configured; the message names the missing key.
    """
    if (replayed := _replayed.get()) is not None:
        return list(replayed)
    try:
        on = [source.name for source in registry.enabled_sources()]
    except errors.ConfigurationError as error:
        raise ConfigurationError(str(error)) from error
    return [name for name in on if name not in _absent.get()]


def absent() -> tuple[str, ...]:
    """The vendors that are configured and that this run goes on without."""
    return _absent.get()


@contextmanager
def without(names: tuple[str, ...]) -> Iterator[None]:
    """Within the block, these vendors are not enabled."""
    token = _absent.set(names)
    try:
        yield
    finally:
        _absent.reset(token)


def is_replay() -> bool:
    """Whether this run rebuilds from raw alone: then no vendor is asked and none needs credentials."""
    return _replayed.get() is not None


@contextmanager
def replayed(home: Home) -> Iterator[list[str]]:
    """Within the block, the enabled vendors are those of the last build, whether configured now or not, and
    those that are configured now and have been loaded.

    Raises:
        ConfigurationError: nothing has been loaded here, or the working file cannot be opened.
    """
    built, loaded = _in_working_file(home)
    wanted = built | loaded & _on()
    with exactly([each.name for each in registry.SOURCES if each.name in wanted]) as names:
        yield names


@contextmanager
def exactly(names: Sequence[str]) -> Iterator[list[str]]:
    """Within the block, these vendors are enabled and no other; none is asked."""
    token = _replayed.set(tuple(names))
    try:
        yield list(names)
    finally:
        _replayed.reset(token)


def _on() -> set[str]:
    """The configured vendors. One that lacks a setting is not asked here, so that is no mistake."""
    found = set()
    for source in registry.SOURCES:
        try:
            found |= {source.name} if registry.is_configured(source.name) else set()
        except errors.ConfigurationError:
            continue
    return found


def _in_working_file(home: Home) -> tuple[set[str], set[str]]:
    """The sources that the last build united, and those that have been loaded."""
    nothing = f"{home.warehouse} holds nothing to rebuild from: run `nps refresh` first"
    if not home.warehouse.exists():
        raise ConfigurationError(nothing)
    try:
        with duckdb.connect(str(home.warehouse), read_only=True) as connection:
            schemas = connection.execute(
                "select schema_name from duckdb_tables() where table_name = '_dlt_loads'"
            ).fetchall()
            loaded = {schema.removeprefix("raw_") for (schema,) in schemas}
            try:
                united = "select distinct source from intermediate.int_deliveries__counted"
                built = {source for (source,) in connection.execute(united).fetchall()}
            except duckdb.CatalogException:  # nothing was built yet
                built = set()
    except duckdb.IOException as error:
        raise ConfigurationError(f"{home.warehouse} cannot be opened: {error}") from error
    if "files" not in loaded:  # which every refresh loads
        raise ConfigurationError(nothing)
    return built & loaded | {"files"}, loaded
