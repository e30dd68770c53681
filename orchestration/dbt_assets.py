"""dbt's models and tests as Dagster assets and checks: their specs, a run's selection, their results.

Belongs here: the translation between the two. Does not belong here: how dbt runs (`dbt.py`), or what is built
when (`defs/models.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, build_dbt_asset_specs
from dagster_dbt.asset_utils import get_updated_cli_invocation_params_for_context
from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage
from dbt_common.events.functions import msg_to_dict

if TYPE_CHECKING:
    from dbt_common.events.base_types import EventMsg

# By name, not by path: dbt resolves a path against the current folder, which is not the project here.
PUBLICATION = "fqn:nps_warehouse.publication"
RESULTS = {"LogModelResult", "LogSeedResult", "LogTestResult"}


class Translator(DagsterDbtTranslator):
    """Groups follow the layers: seeds form the definition, a model belongs to its first folder."""

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


def selection(context: dg.AssetExecutionContext) -> list[str]:
    """dbt's selection options for this step: all of its assets, or the chosen ones."""
    chosen = get_updated_cli_invocation_params_for_context(
        context=context, manifest={}, dagster_dbt_translator=Translator()
    )
    indirect = ["--indirect-selection", chosen.indirect_selection] if chosen.indirect_selection else []
    return [*chosen.selection_args, *indirect]


def is_result(message: EventMsg) -> bool:
    """Whether the message reports a finished model, seed or data test."""
    return message.info.name in RESULTS


def events(
    messages: Iterable[EventMsg], context: dg.AssetExecutionContext, manifest: Mapping[str, Any]
) -> Iterator[Any]:
    """Dagster's events for dbt's results: an output for each model, a check result for each test."""
    translator = Translator()
    for message in messages:
        result = DbtCoreCliEventMessage(raw_event=msg_to_dict(message), event_history_metadata={})
        yield from result.to_default_asset_events(manifest, translator, context)
