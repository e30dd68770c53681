"""Which vendors are enabled, decided in one place so that loads, models and the command line agree."""

from __future__ import annotations

from ingestion import errors, registry
from orchestration.environment import ConfigurationError


def enabled() -> list[str]:
    """Names of the vendors that are configured, in the registry's order; `files` is always among them.

    Raises:
        ConfigurationError: a vendor is only partly configured; the message names the missing key.
    """
    try:
        return [source.name for source in registry.enabled_sources()]
    except errors.ConfigurationError as error:
        raise ConfigurationError(str(error)) from error
