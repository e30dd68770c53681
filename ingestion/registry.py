"""The one list of sources: name, family, builder, tables, required settings.

Loading another vendor is one module and one line here. Builders are imported when they are called, so that a
company without a vendor never imports its module.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import cast

from dlt.extract import DltSource

from ingestion import warehouse
from ingestion.errors import ConfigurationError


@dataclass(frozen=True)
class SourceSpec:
    """A source of raw data. Without required settings it is always on; optional ones it reads too.

    `beside` are tables that tell of its loads and hold no records of the source.
    """

    name: str
    families: tuple[str, ...]
    builder: Callable[[], DltSource]
    tables: tuple[str, ...]
    required_keys: tuple[str, ...] = ()
    optional_keys: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()


def _build(module: str, function: str) -> DltSource:
    return cast(DltSource, getattr(import_module(module), function)())


SOURCES: tuple[SourceSpec, ...] = (
    SourceSpec(
        "qualtrics",
        ("surveys",),
        partial(_build, "ingestion.surveys.qualtrics", "qualtrics_source"),
        ("surveys", "questions", "responses", "invitations"),
        ("base_url", "api_token"),
        ("embedded_data",),
    ),
    SourceSpec(
        "salesforce",
        ("crm",),
        partial(_build, "ingestion.crm.salesforce", "salesforce_source"),
        ("accounts", "account_history", "contacts", "users", "branches"),
        ("base_url", "client_id", "client_secret"),
        ("fields", "objects", "further_fields"),
    ),
    SourceSpec(
        "stripe",
        ("billing",),
        partial(_build, "ingestion.billing.stripe", "stripe_source"),
        ("customers", "subscriptions", "invoices", "credit_notes", "refunds"),
        ("api_key",),
        ("base_url",),
    ),
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
