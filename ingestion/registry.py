"""The one list of sources: name, families, builder, tables, settings.

A vendor is a module and one line of vendors.yml; files, which are always on, are entered here. Builders are
imported when they are called, so that a company without a vendor never imports its module.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, cast

import yaml
from dlt.extract import DltSource

from ingestion import limits, warehouse
from ingestion.errors import ConfigurationError
from ingestion.windows import Window

_REGISTRY: Final = Path(__file__).with_name("vendors.yml")


@dataclass(frozen=True)
class SourceSpec:
    """A source of raw data. Without required settings it is always on; optional ones it reads too.

    `names` are settings that are tables of the company's own names for fields. `beside` are tables that tell
    of its loads and hold no records of the source.
    """

    name: str
    families: tuple[str, ...]
    builder: Callable[[], DltSource]
    tables: tuple[str, ...]
    required_keys: tuple[str, ...] = ()
    optional_keys: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def defined(self, what: str) -> Callable[..., Any] | None:
        """The function `<source>_<what>` of the vendor's loader, where its API can do that."""
        if not self.required_keys:
            return None
        return vars(import_module(f"ingestion.{self.families[0]}.{self.name}")).get(f"{self.name}_{what}")

    def windowed(self, window: Window) -> DltSource:
        """What of the source a window limits. Raises `ConfigurationError` where its API cannot filter."""
        builder = self.defined("within")
        if builder is None:
            raise ConfigurationError(
                f"{self.name} cannot be asked for a span of time; `nps refresh` loads all that it has"
            )
        return cast(DltSource, builder(window))


def _build(module: str, function: str) -> DltSource:
    return cast(DltSource, getattr(import_module(module), function)())


def _vendors() -> Iterator[SourceSpec]:
    """The vendors of the registry. dbt reads it too, so it has the form of dbt's variables."""
    registered: dict[str, dict[str, Any]] = yaml.safe_load(_REGISTRY.read_text("utf-8"))["vars"]["vendors"]
    for name, said in registered.items():
        yield SourceSpec(
            name,
            (said["family"],),
            partial(_build, f"ingestion.{said['family']}.{name}", f"{name}_source"),
            tuple(said["tables"]),
            tuple(said["required"]),
            (*said.get("optional", ()), *limits.KEYS),
            tuple(said.get("names", ())),
        )


SOURCES: tuple[SourceSpec, ...] = (
    *_vendors(),
    SourceSpec(
        "files",
        ("surveys", "crm", "billing"),
        partial(_build, "ingestion.files.source", "files_source"),
        (
            "surveys_responses",
            "surveys_invitations",
            "surveys_erasures",
            "crm_accounts",
            "crm_contacts",
            "crm_branches",
            "billing_subscriptions",
            "billing_invoices",
            "billing_movements",
        ),
        beside=("intake", "withdrawals", "shared_versions"),
    ),
)


def source_spec(name: str) -> SourceSpec:
    """The registered source of that name; `ConfigurationError` lists the known ones."""
    for spec in SOURCES:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in SOURCES)
    raise ConfigurationError(f"there is no source `{name}`; the registered ones are {known}")


def is_configured(name: str) -> bool:
    """Whether a source is on: files always, a vendor as soon as any of its required settings is there.

    Raises `ConfigurationError` naming the missing setting when only some of them are.
    """
    required = source_spec(name).required_keys
    if not required:
        return True
    if all(warehouse.setting(name, key) is None for key in required):
        return False
    for key in required:
        warehouse.required_setting(name, key)
    return True


def enabled_sources() -> list[SourceSpec]:
    """The sources that are on, in the registry's order."""
    return [spec for spec in SOURCES if is_configured(spec.name)]


def names() -> dict[str, dict[str, Any]]:
    """Vendor → setting → the company's own names for the vendor's fields, where it has any."""
    found: dict[str, dict[str, Any]] = {
        spec.name: {key: warehouse.setting(spec.name, key, {}) for key in spec.names}
        for spec in SOURCES
        if spec.names
    }
    for spec in SOURCES:  # of tasks, the outbox names it, since it writes there
        if "tasks" in spec.tables and (own := warehouse.case_key_field(spec.name, "")):
            fields = found[spec.name]["fields"]
            found[spec.name]["fields"] = {**fields, "tasks": {"case_key": own}}
    return found
