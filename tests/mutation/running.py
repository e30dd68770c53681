"""The whole run: the base company made once, then every mutation or every seed in long-lived workers.

Belongs here: processes, and the vendors that serve them. Does not belong here: what a worker does (`worker`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from demo.company import simulate
from demo.server import serve
from demo.vendors.limits import Limits
from tests.companies import speak_for_verdant
from tests.mutation.daughter import definition
from tests.mutation.daughter.vendors import FURTHER_FIELD, with_oddities
from tests.mutation.mutations import DEFINITION, Mutation
from tests.mutation.worker import (
    COMPANY,
    EARLIER,
    TODAY,
    Base,
    Outcome,
    Statements,
    begin_earlier,
    go_on_today,
    midnight,
    run_clean,
    take_a_desk,
    try_mutation,
    try_statements,
)

T = TypeVar("T")
WORKERS = 2
#: So that a loader that stops at the first page of the small company's CRM loses something.
SEVERAL_PAGES = Limits(salesforce_page=200)


def try_all(mutations: Sequence[Mutation], workers: int = WORKERS) -> Iterator[Outcome]:
    """The outcomes as they come. Raises RuntimeError when even the sound project does not publish."""
    with base_company(workers) as company:
        yield from company.tried(mutations)


@dataclass(frozen=True)
class BaseCompany:
    """The base company as it was built soundly, and the workers that try mutations on it."""

    base: Base
    _pool: Executor

    def tried(self, mutations: Sequence[Mutation]) -> Iterator[Outcome]:
        """The outcomes of these mutations as they come."""
        longest_first = sorted(mutations, key=lambda mutation: not mutation.changes_loaders)
        yield from _each(self._pool, partial(try_mutation, self.base), longest_first)

    def tried_statements(self, changed: Sequence[Statements]) -> Iterator[Outcome]:
        """The outcomes of mutations whose statements are known, as they come."""
        yield from _each(self._pool, partial(try_statements, self.base), changed)


@contextmanager
def base_company(workers: int = WORKERS) -> Iterator[BaseCompany]:
    """The base company, its vendors still answering. Raises RuntimeError as above."""
    serving = serve(with_oddities(simulate(COMPANY)), midnight(EARLIER), limits=SEVERAL_PAGES)
    with _workers(workers) as (folder, pool), serving as servers:
        vendors = servers.environment() | {"SOURCES__SALESFORCE__FURTHER_FIELDS": FURTHER_FIELD}
        pool.submit(begin_earlier, folder, vendors).result()
        servers.clock.move_to(midnight(TODAY))
        content = pool.submit(go_on_today, folder, vendors).result()
        yield BaseCompany(Base(folder, vendors, content), pool)


def run_all_clean(seeds: Sequence[int], workers: int = WORKERS) -> Iterator[Outcome]:
    """The outcome of a refresh of each seed's company, as they come."""
    with _workers(workers) as (_, pool):
        yield from _each(pool, run_clean, seeds)


@contextmanager
def _workers(workers: int) -> Iterator[tuple[Path, Executor]]:
    """Processes with a desk each in a folder that is gone afterwards, beside the company's definition."""
    with tempfile.TemporaryDirectory(prefix="nps-mutation-") as name:
        folder = Path(name)
        speak_for_verdant()
        definition.settle((folder / DEFINITION).parent)
        with ProcessPoolExecutor(
            workers, mp_context=get_context("spawn"), initializer=take_a_desk, initargs=(folder,)
        ) as pool:
            yield folder, pool


def _each(pool: Executor, task: Callable[[T], Outcome], items: Sequence[T]) -> Iterator[Outcome]:
    futures = [pool.submit(task, item) for item in items]
    for future in as_completed(futures):
        yield future.result()
