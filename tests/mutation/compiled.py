"""dbt's compiled statements, run by the engine itself: what dbt builds and tests, without dbt's own seconds.

The statements and the tests are dbt's, so what objects here objects there. Only dbt keeps contracts: what
nothing stops here is tried once more with dbt (`worker`).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import duckdb

from tests.mutation.objections import Objection, one_line

_PUBLICATION: Final = "publication"
#: A sound statement takes a second; one that takes so long has no end.
_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Compiled:
    """The models of a manifest that changed statements (name of a model or seed → statement) reach, in a
    warehouse in which all of them are built. Builds and tests them in two stages, as a refresh does."""

    manifest: Path
    warehouse: Path
    statements: Mapping[str, str]

    def build_marts(self) -> Iterator[Objection]:
        """Everything up to the marts, with its tests."""
        yield from self._build("marts", is_published=False)

    def build_publication(self) -> Iterator[Objection]:
        """The publication models, with their tests."""
        yield from self._build("publication models", is_published=True)

    def _build(self, stage: str, *, is_published: bool) -> Iterator[Objection]:
        nodes = _nodes(self.manifest)
        with duckdb.connect(str(self.warehouse)) as engine:
            engine.execute("set TimeZone = 'UTC'; set memory_limit = '4GB'")
            for node in self._reached(nodes):
                if is_published == _touches(node, nodes, _PUBLICATION):
                    objection = self._run(engine, stage, node)
                    if objection is not None:
                        yield objection
                        return

    def _reached(self, nodes: Mapping[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The changed models and all that depends on them, each after what it reads."""
        reached: set[str] = set()
        for unique_id in _in_order(self.manifest):
            node = nodes[unique_id]
            if node["name"] in self.statements or reached & node["parents"]:
                reached.add(unique_id)
                yield node

    def _run(
        self, engine: duckdb.DuckDBPyConnection, stage: str, node: Mapping[str, Any]
    ) -> Objection | None:
        statement = self.statements.get(node["name"]) or node["compiled_code"]
        timer = threading.Timer(_SECONDS, engine.interrupt)
        timer.start()
        try:
            if node["resource_type"] != "test":
                kind = "view" if node["config"]["materialized"] == "view" else "table"
                engine.execute(f"create or replace {kind} {node['relation_name']} as {statement}")
                return None
            [(found,)] = engine.execute(
                f"select count(*) from (select * from ({statement}\n) as rows limit 1) as found"
            ).fetchall()
        except duckdb.Error as error:
            return Objection(stage, node["name"], one_line(str(error)))
        finally:
            timer.cancel()
        return Objection(stage, node["name"], "finds rows") if found else None


def _touches(node: Mapping[str, Any], nodes: Mapping[str, dict[str, Any]], folder: str) -> bool:
    """Whether a model lies in this folder, or a test looks at one that does."""
    looked_at = node["parents"] if node["resource_type"] == "test" else set()
    return any(folder in each["fqn"][:-1] for each in [node, *(nodes[k] for k in looked_at if k in nodes)])


@lru_cache(maxsize=1)
def _nodes(manifest: Path) -> dict[str, dict[str, Any]]:
    found = json.loads(manifest.read_text("utf-8"))["nodes"]
    return {key: node | {"parents": set(node["depends_on"].get("nodes", []))} for key, node in found.items()}


@lru_cache(maxsize=1)
def _in_order(manifest: Path) -> tuple[str, ...]:
    nodes = _nodes(manifest)
    sorter = TopologicalSorter({key: nodes.keys() & node["parents"] for key, node in nodes.items()})
    return tuple(sorter.static_order())
