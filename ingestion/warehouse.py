"""Where the warehouse is and how a source's settings are found: the only reader of the environment here.

Knows the state folder, the working file, dlt's pipelines and dlt's configuration; knows no vendor.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from dlt.common.runtime.anon_tracker import disable_anon_tracker
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from ingestion.errors import ConfigurationError

# dlt reads this one when its runtime starts, which may be before any function here is called.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

# To look for what repeats in ids, hashes and payloads, of which hardly any comes twice, takes more than half
# of an insert (docs/decisions/0017-raw-texts-are-not-compressed.md).
_TEXTS_AS_THEY_ARE: Final[dict[str, Any]] = {"disabled_compression_methods": "dictionary,dict_fsst,fsst"}

_CHECKOUT = Path(__file__).resolve().parents[1]


def home() -> Path:
    """The folder of all state: `NPS_HOME`, else `data/` in the checkout. It may not exist yet."""
    return Path(os.environ.get("NPS_HOME") or _CHECKOUT / "data").resolve()


def working_file() -> Path:
    """The DuckDB file that the pipelines write and dbt builds in."""
    return home() / "warehouse.duckdb"


def check_working_file() -> None:
    """Raises `ConfigurationError` where the working file is there and cannot be written."""
    if not working_file().exists():
        return
    try:
        duckdb.connect(str(working_file()), config=_TEXTS_AS_THEY_ARE).close()
    except duckdb.IOException as error:
        raise ConfigurationError(unusable(error)) from error


def unusable(error: duckdb.IOException) -> str:
    """Why the engine does not open the working file, and the remedy, in one line."""
    if is_open_elsewhere(error):
        who = str(error).rpartition(": ")[2].partition(". ")[0]
        return f"{working_file()} is open in another program ({who}); close it there, then run again"
    return (
        f"{working_file()} is damaged ({error}); restore it from a backup, or move it away: the next refresh "
        "loads everything again"
    )


def is_open_elsewhere(error: duckdb.IOException) -> bool:
    """Whether the engine does not open a file because another process has it."""
    return "Could not set lock" in str(error)


def inbox() -> Path:
    """The folder in which a company drops its files: `<family>/<table>/*`."""
    return home() / "inbox"


def dataset(source_name: str) -> str:
    """The schema of a source's raw tables."""
    return f"raw_{source_name}"


def pipeline(source_name: str) -> dlt.Pipeline:
    """The dlt pipeline `nps_<source>` into the working file's schema `raw_<source>`.

    dlt's process-wide settings are made here, because a pipeline resolves them when it is made:
    no telemetry, the load's id on every Arrow row, no compression of files that are read once and deleted.
    """
    home().mkdir(parents=True, exist_ok=True)
    disable_anon_tracker()
    dlt.config["normalize.parquet_normalizer.add_dlt_load_id"] = True
    dlt.config["data_writer.compression"] = "none"
    # Where a release has added a column, dlt writes the load's id in two forms that do not go into one file.
    dlt.config["data_writer.arrow_concat_promote_options"] = "default"
    return dlt.pipeline(
        pipeline_name=f"nps_{source_name}",
        pipelines_dir=str(home() / "dlt"),
        destination=dlt.destinations.duckdb(
            DuckDbCredentials(str(working_file()), global_config=_TEXTS_AS_THEY_ARE)
        ),
        dataset_name=dataset(source_name),
    )


def setting(source_name: str, key: str, default: Any = None) -> Any:
    """`sources.<source>.<key>` from the environment, `.dlt/config.toml` or `.dlt/secrets.toml`.

    A table, as `default` tells, is JSON in the environment; `ConfigurationError` if it is anything else.
    """
    path = f"sources.{source_name}.{key}"
    for provider in (dlt.config, dlt.secrets):
        value: Any = provider.get(path)
        if value is not None and value != "":
            return _table(path, value) if isinstance(default, dict) else value
    return default


def _table(path: str, value: Any) -> dict[str, Any]:
    try:
        table = json.loads(value) if isinstance(value, str) else value
        return dict(table)
    except (ValueError, TypeError):
        raise ConfigurationError(
            f"the setting `{path}` should be a table; write it as [{path}] in .dlt/config.toml or as a JSON "
            f"object in the environment, and not as {value!r}"
        ) from None


def required_setting(source_name: str, key: str) -> str:
    """The same for a setting that must be there; `ConfigurationError` names the key and where to put it."""
    value = setting(source_name, key)
    if value is None:
        path = f"sources.{source_name}.{key}"
        raise ConfigurationError(
            f"{source_name}: the setting `{path}` is missing; put `{key}` under [sources.{source_name}] in "
            f".dlt/secrets.toml or set the environment variable {path.upper().replace('.', '__')}"
        )
    return str(value)
