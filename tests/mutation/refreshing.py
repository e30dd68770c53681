"""A refresh in this process, stage by stage in the order of the real one, until something objects.

The stages are those of `orchestration/defs`; test_harness.py compares the two lists. Dagster and its
bookkeeping are left out, because a hundred companies are refreshed here. dbt runs in this process: `project`
and `NPS_HOME` must stay the same between calls, or it parses everything again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from company import labels, taxonomy
from expectations import limits, recount, rereading, runner, suites
from expectations.recount import cases, finance
from orchestration import clear_texts, linked, mentions
from orchestration.environment import Home
from publication import publish, reader
from publication.hashing import LedgerError
from semantics import agreement, osi
from tests.mutation.compiled import Compiled
from tests.mutation.objections import Objection, one_line
from vault import keys

VENDORS = ("qualtrics", "salesforce", "stripe", "files")
PUBLICATION = "fqn:nps_warehouse.publication"
#: Nobody reads dbt's log here.
QUIET = ("--log-level", "none", "--log-level-file", "none")


@dataclass(frozen=True)
class Refresh:
    """A home, the dbt project that is built in it, and the exclusive end of what is looked at.

    Where `sound` is given (a folder with dbt's manifest of a project that passed on the very data that is
    here), only what differs from it and what depends on that is built and tested again: models are built
    whole from their inputs, so all others would come out as they are. Raw is not judged again either.
    Where `statements` are given too (model name → statement), they take the place of the models' own, and the
    engine runs what dbt has compiled.
    """

    home: Path
    project: Path
    as_of: date
    sound: Path | None = None
    statements: Mapping[str, str] = field(default_factory=dict)

    @property
    def warehouse(self) -> Path:
        return self.home / "warehouse.duckdb"

    def settle(self) -> None:
        """Make the environment of this process that of this refresh, and its definition what dbt reads."""
        os.environ.update(environment(self.home, self.project, self.as_of))
        company = Path(os.environ["NPS_COMPANY"]) / "definition"
        linked.definition(self.project / "definition", company, keys.writing(self.home).tokens)

    def run(self) -> Objection | None:
        """Everything after the loads; None when it was published."""
        self.settle()
        return next((objection for stage in self.stages() for objection in stage()), None)

    def stages(self) -> list[Callable[[], Iterator[Objection]]]:
        """Second reading, guard, models, comments, guard, publication models, guard, recount, recount of
        money and of cases, limits, semantic layer, publication."""
        dbt = self._builder()
        return [
            lambda: self._read_again() if self.sound is None else iter(()),
            lambda: self._guard("raw") if self.sound is None else iter(()),
            lambda: dbt.build_marts(),
            self._read_comments,
            lambda: self._guard("marts"),
            lambda: dbt.build_publication(),
            lambda: self._guard("publication"),
            self._recount,
            self._recount_money,
            self._recount_cases,
            self._limits,
            self._agree,
            self._publish,
        ]

    def _builder(self) -> Dbt | Compiled:
        if self.sound is None or not self.statements:
            return Dbt(self.project, self.sound)
        return Compiled(self.sound / "manifest.json", self.warehouse, self.statements)

    @property
    def _artifacts(self) -> Path:
        """Where dbt has written what the semantic layer reads."""
        return self.sound if self.sound and self.statements else Path(os.environ["DBT_TARGET_PATH"])

    def _guard(self, stage: suites.Stage) -> Iterator[Objection]:
        verdict = runner.run(stage, self.warehouse, VENDORS)
        for check in verdict.failed[:1]:
            finding = f"{check.table}: {check.sentence} ({check.observed})"
            yield Objection(f"guard {stage}", check.name, one_line(finding), len(verdict.failed) - 1)

    def _read_comments(self) -> Iterator[Objection]:
        company = Path(os.environ["NPS_COMPANY"])
        by = mentions.reader(company)
        clear = clear_texts.of(Home(Path(os.environ["NPS_HOME"])))
        mentions.keep(self.warehouse, taxonomy.declared(company), by, clear, labels.read(company))
        yield from ()

    def _recount(self) -> Iterator[Objection]:
        of_raw = _recounted if self.statements else recount.recount
        differences = recount.compare(of_raw(self.warehouse, self.as_of), self.warehouse)
        for difference in differences[:1]:
            yield Objection("recount", "recount", one_line(str(difference)), len(differences) - 1)

    def _recount_money(self) -> Iterator[Objection]:
        of_raw = _recounted_money if self.statements else finance.recount
        differences = finance.compare(of_raw(self.warehouse, self.as_of), self.warehouse)
        for difference in differences[:1]:
            yield Objection("recount of money", "recount", one_line(str(difference)), len(differences) - 1)

    def _recount_cases(self) -> Iterator[Objection]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            differences = [*cases.differences(connection)]
        for difference in differences[:1]:
            yield Objection("recount of cases", "recount", one_line(difference), len(differences) - 1)

    def _read_again(self) -> Iterator[Objection]:
        found = rereading.reread(self.warehouse, self.home / "inbox", {})
        differences = [each for of_table in found.differences.values() for each in of_table]
        for difference in differences[:1]:
            yield Objection("second reading", "read_again", one_line(str(difference)), len(differences) - 1)

    def _limits(self) -> Iterator[Objection]:
        earlier = reader.members(self.home / "published")
        applied = limits.apply(self.warehouse, self.as_of, VENDORS, earlier)
        found = [
            *limits.differences(applied, self.warehouse),
            *(each.sentence for each in applied if each.is_exceeded),
        ]
        for finding in found[:1]:
            yield Objection("limits", "limits", one_line(finding), len(found) - 1)

    def _agree(self) -> Iterator[Objection]:
        found = agreement.compare(self.warehouse, self._artifacts)
        for difference in found.differences[:1]:
            yield Objection("semantic layer", "agreement", one_line(str(difference)), found.differing - 1)

    def _publish(self) -> Iterator[Objection]:
        try:
            documents = {osi.NAME: osi.document(self._artifacts)}
            publish.publish(self.warehouse, self.home / "published", self.as_of, documents=documents)
        except (publish.PublicationError, LedgerError) as error:
            yield Objection("publish", type(error).__name__, one_line(str(error)))


@lru_cache(maxsize=1)
def _recounted(warehouse: Path, as_of: date) -> recount.Recount:
    """The recount of the raw tables, which are the same under every changed statement."""
    return recount.recount(warehouse, as_of)


@lru_cache(maxsize=1)
def _recounted_money(warehouse: Path, as_of: date) -> finance.Money:
    return finance.recount(warehouse, as_of)


class Dbt:
    """dbt in this process: one manifest for the builds of a refresh, which it parses itself."""

    def __init__(self, project: Path, sound: Path | None = None) -> None:
        self._project = ["--project-dir", str(project), "--profiles-dir", str(project)]
        self._state = ["--state", str(sound)] if sound else []
        self._manifest: Manifest | None = None

    def build_marts(self) -> Iterator[Objection]:
        """Everything up to the marts, with its tests."""
        yield from self._parse()
        if self._manifest is not None:
            changed = ["--select", "state:modified+"] if self._state else []
            yield from self._build("marts", *changed, "--exclude", PUBLICATION)

    def build_publication(self) -> Iterator[Objection]:
        """The publication models, with their tests."""
        changed = ",state:modified+" if self._state else ""
        yield from self._build("publication models", "--select", PUBLICATION + changed)

    def _parse(self) -> Iterator[Objection]:
        parsed = dbtRunner().invoke([*QUIET, "parse", *self._project])
        if parsed.success:
            assert isinstance(parsed.result, Manifest)
            self._manifest = parsed.result
        else:
            yield Objection("dbt parse", "dbt parse", one_line(str(parsed.exception)))

    def _build(self, stage: str, *selection: str) -> Iterator[Objection]:
        command = ["build", "--exclude-resource-type", "unit_test", *selection, *self._state, *self._project]
        built = dbtRunner(manifest=self._manifest).invoke([*QUIET, "--no-write-json", *command])
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        if built.success:
            return
        failed = [r for r in getattr(built.result, "results", []) if r.status in {"error", "fail"}]
        if not failed:
            yield Objection(stage, "dbt", one_line(str(built.exception)))
        for result in failed[:1]:
            name = result.node.unique_id.split(".")[2]
            yield Objection(stage, name, one_line(str(result.message)), len(failed) - 1)


def write_manifest(project: Path, folder: Path) -> None:
    """dbt's manifest of a project, with its compiled models: the state that others are compared with."""
    options = ["--project-dir", str(project), "--profiles-dir", str(project), "--target-path", str(folder)]
    dbtRunner().invoke(["--log-level", "none", "compile", "--no-partial-parse", *options])
    DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def environment(home: Path, project: Path, as_of: date) -> dict[str, str]:
    """What a refresh's steps inherit, with telemetry off; the company is that of the project's checkout.

    All workers share the vault's keys: what one has loaded another goes on from.
    """
    return {
        keys.SETTING: str(home.parent.parent / "vault.keys"),
        "NPS_HOME": str(home),
        "NPS_COMPANY": str(project.parent / "demo" / "verdant"),
        "NPS_AS_OF": as_of.isoformat(),
        "NPS_VENDORS": ",".join(sorted(VENDORS)),
        "DBT_TARGET_PATH": str(home.parent / "dbt_target"),
        "DBT_LOG_PATH": str(home.parent / "dbt_logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }


def published_content(warehouse: Path) -> dict[str, str]:
    """Table of the publication schema → a digest of its rows, whatever their order."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'publication'"
        ).fetchall()
        return {
            table: str(
                connection.execute(
                    f"select md5(coalesce(string_agg(row, '' order by row), '')) from"
                    f' (select md5(t::varchar) as row from publication."{table}" as t)'
                ).fetchall()[0][0]
            )
            for (table,) in tables
        }
