"""dbt as Dagster runs it: the prepared manifest, the names of its assets, the process of a build.

How dbt is started belongs here, what is built does not (`defs/models.py`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, build_dbt_asset_specs
from packaging.version import Version

from orchestration.environment import CHECKOUT, ConfigurationError, home

PROJECT = CHECKOUT / "dbt_project"
# By name, not by path: dbt resolves a path against the current folder, which is not the project here.
PUBLICATION = "fqn:nps_warehouse.publication"
PARSED_SUFFIXES = {".sql", ".yml", ".yaml", ".csv", ".md"}
FINGERPRINT = "manifest.fingerprint"
KEPT_BUILDS = 10


def executable() -> Path:
    """The dbt that belongs to this interpreter's environment."""
    return Path(sys.executable).with_name("dbt")


class Dbt(DbtCliResource):
    """`DbtCliResource` without its two start-up probes, together about ten seconds a build.

    The version comes from the installed package instead of another process, and no adapter is opened
    in this process: it would hold the working file that the build itself has to write.
    """

    @property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> Any:
        return None


class Translator(DagsterDbtTranslator):
    """Groups follow the layers: the seeds are the definition, a model belongs to its first folder."""

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        node = self.get_resource_props(manifest, unique_id)
        spec: dg.AssetSpec = super().get_asset_spec(manifest, unique_id, project)
        if node["resource_type"] == "source":
            return spec
        return spec.replace_attributes(
            group_name="definition" if node["resource_type"] == "seed" else node["fqn"][1]
        )


def asset_keys(manifest: Path, select: str) -> list[dg.AssetKey]:
    """Keys of the models and seeds that a dbt selection names."""
    specs = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=Translator(), select=select)
    return [spec.key for spec in specs]


def resource() -> Dbt:
    """The resource that every dbt step uses."""
    return Dbt(
        project_dir=str(PROJECT),
        profiles_dir=str(PROJECT),
        dbt_executable=str(executable()),
        global_config_flags=["--no-use-colors"],
    )


def forget_old_builds(keep: int = KEPT_BUILDS) -> None:
    """Remove what dbt left of earlier builds (each has a folder of its own), except the newest."""
    folders = [path.parent for path in Path(os.environ["DBT_TARGET_PATH"]).glob("*/dbt.log")]
    for folder in sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)[keep:]:
        shutil.rmtree(folder, ignore_errors=True)


def target() -> Path:
    """The folder of what dbt parsed last: its manifest, the semantic manifest, the OSI document."""
    return Path(os.environ.get("DBT_TARGET_PATH", home().dbt_target))


def prepared_manifest(vendors: Iterable[str], project: Path = PROJECT) -> Path:
    """The manifest for these vendors, parsed anew only when the project or the vendors changed.

    Raises:
        ConfigurationError: dbt cannot parse the project; the message carries dbt's own words.
    """
    os.environ["NPS_VENDORS"] = ",".join(sorted(vendors))
    manifest, stamp = target() / "manifest.json", target() / FINGERPRINT
    expected = fingerprint(project)
    if manifest.exists() and stamp.exists() and stamp.read_text("utf-8") == expected:
        return manifest
    stamp.unlink(missing_ok=True)
    parsed = subprocess.run(
        [str(executable()), "--no-use-colors", "--quiet", "parse", "--profiles-dir", str(project)],
        cwd=project,
        capture_output=True,
        text=True,
    )
    if parsed.returncode != 0:
        raise ConfigurationError(f"dbt cannot parse {project}: {(parsed.stdout + parsed.stderr).strip()}")
    stamp.write_text(expected, "utf-8")
    return manifest


def fingerprint(project: Path = PROJECT) -> str:
    """A digest of everything the manifest depends on: the project's files, the vendors, dbt itself."""
    digest = hashlib.sha256(f"{version('dbt-core')} {os.environ['NPS_VENDORS']}".encode())
    for path in sorted(project.rglob("*")):
        if path.suffix in PARSED_SUFFIXES and path.is_file():
            digest.update(str(path.relative_to(project)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
