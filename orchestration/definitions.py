"""The entry point: loads every module in `defs/` and applies the policy. Nothing else belongs here."""

from __future__ import annotations

import importlib
import pkgutil

import dagster as dg

from orchestration import defs as folder
from orchestration import environment, policy, preflight


@dg.definitions
def defs() -> dg.Definitions:
    """All definitions for the vendors that are currently configured. The company folder must be in order."""
    preflight.refuse(environment.prepare())
    names = [f"{folder.__name__}.{module.name}" for module in pkgutil.iter_modules(folder.__path__)]
    return policy.apply(dg.Definitions.merge(*(importlib.import_module(name).defs() for name in names)))


def loads() -> dg.Definitions:
    """Only what loads, as it is among all: neither dbt nor the guard is imported for it."""
    from orchestration.defs import loads, schedule

    preflight.refuse(environment.prepare())
    return policy.apply(dg.Definitions.merge(loads.defs(), schedule.load_alone()))
