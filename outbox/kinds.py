"""The kinds of target: a module in `targets/` for each, with a `KIND` that says what it needs.

Belongs here: finding them. Does not belong here: which there are.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from outbox import targets
from outbox.delivering import Writer
from outbox.task import Task


@dataclass(frozen=True)
class Kind:
    """`settings` belong in config.toml, `secrets` in secrets.toml; both are needed, `optional` is not.

    `flaw` says what is wrong with a secret. A target in which people change tasks has `status`, what a task's
    status is there, and `states`: status → state of the case, or "" where it says nothing of it.
    """

    make: Callable[[Mapping[str, str]], Writer]
    secrets: tuple[str, ...]
    settings: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    flaw: Callable[[str], str] = lambda secret: ""
    status: Callable[[Task], str] | None = None
    states: Mapping[str, str] = field(default_factory=dict)


def known() -> dict[str, Kind]:
    """Every kind by name, in alphabetical order."""
    names = sorted(module.name for module in pkgutil.iter_modules(targets.__path__))
    return {name: importlib.import_module(f"{targets.__name__}.{name}").KIND for name in names}
