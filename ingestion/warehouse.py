"""Where the warehouse is and how a source's settings are found: the only reader of the environment here.

Knows the working file, the settings in the company folder and dlt's pipelines; knows no vendor.
"""

import json
import os
import tomllib
from functools import reduce
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
from dlt.common.runtime.anon_tracker import disable_anon_tracker
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from ingestion import masking
from ingestion.errors import ConfigurationError
from ingestion.folders import company, home

# dlt reads these when its runtime starts, which may be before any function here is called. Ctrl-C and SIGTERM
# belong to the run that loads; dlt would keep them until it finds a convenient moment.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__INTERCEPT_SIGNALS"] = "false"
os.environ.setdefault("RUNTIME__LOG_LEVEL", "WARNING")

# To look for what repeats in ids, hashes and payloads, of which hardly any comes twice, takes more than half
# of an insert (docs/decisions/0017-raw-texts-are-not-compressed.md).
_TEXTS_AS_THEY_ARE: Final[dict[str, Any]] = {"disabled_compression_methods": "dictionary,dict_fsst,fsst"}
#: What the engine may take while it inserts. Without a limit it keeps what it has written, up to most of the
#: machine's memory (docs/decisions/0083-memory-does-not-grow-with-a-load.md).
MEMORY: Final = "400MB"

#: Files of the company folder that hold settings, the first that has one decides.
SETTINGS: Final = ("secrets.toml", "config.toml")


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


def scratch() -> Path:
    """The folder that holds the rows of a load while it runs."""
    return home() / "scratch"


def dataset(source_name: str) -> str:
    """The schema of a source's raw tables."""
    return f"raw_{source_name}"


def pipeline(source_name: str, memory: str | None = MEMORY) -> dlt.Pipeline:
    """The dlt pipeline `nps_<source>` into the working file's schema `raw_<source>`, whose engine takes no
    more than `memory`; None: all that it wants.

    dlt's process-wide settings are made here, because a pipeline resolves them when it is made:
    no telemetry, the load's id on every Arrow row, no compression of files that are read once and deleted.
    Nothing reads a file again once it is loaded: the guard reads the vendor's own text, which is in raw.
    """
    home().mkdir(parents=True, exist_ok=True)
    disable_anon_tracker()
    dlt.config["normalize.parquet_normalizer.add_dlt_load_id"] = True
    dlt.config["data_writer.compression"] = "none"
    dlt.config["load.delete_completed_jobs"] = True
    # Where a release has added a column, dlt writes the load's id in two forms that do not go into one file.
    dlt.config["data_writer.arrow_concat_promote_options"] = "default"
    engine = _TEXTS_AS_THEY_ARE | ({"memory_limit": memory} if memory else {})
    return dlt.pipeline(
        pipeline_name=f"nps_{source_name}",
        pipelines_dir=str(home() / "dlt"),
        destination=dlt.destinations.duckdb(DuckDbCredentials(str(working_file()), global_config=engine)),
        dataset_name=dataset(source_name),
    )


def mappings() -> Path | None:
    """The company's mappings: `<family>/<table>/*.toml`; None where no company is named."""
    folder = company()
    return folder / "mappings" if folder else None


def setting(source_name: str, key: str, default: Any = None) -> Any:
    """`sources.<source>.<key>` from the environment, else from the company's `secrets.toml` or `config.toml`.

    A table, as `default` tells, is JSON in the environment; `ConfigurationError` if it is anything else.
    """
    path = f"sources.{source_name}.{key}"
    for value in (os.environ.get(_variable(path)), *(_stated(name, path) for name in SETTINGS)):
        if value is not None and value != "":
            masking.remember(key, value)
            return _table(path, value) if isinstance(default, dict) else value
    return default


def _variable(path: str) -> str:
    return path.upper().replace(".", "__")


def _stated(name: str, path: str) -> Any:
    """What a file of the company folder says of a setting; None where it says nothing."""
    company = os.environ.get("NPS_COMPANY")
    file = Path(company or "") / name
    if not company or not file.is_file():
        return None
    try:
        content: Any = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is not TOML ({error}); correct that line") from None
    return reduce(lambda at, part: at.get(part) if isinstance(at, dict) else None, path.split("."), content)


def _table(path: str, value: Any) -> dict[str, Any]:
    try:
        table = json.loads(value) if isinstance(value, str) else value
        return dict(table)
    except (ValueError, TypeError):
        raise ConfigurationError(
            f"the setting `{path}` should be a table; write it as [{path}] in config.toml of the company "
            f"folder or as a JSON object in the environment, and not as {value!r}"
        ) from None


def case_key_field(source_name: str, default: str) -> str | None:
    """The field of a task that holds the key of its case; None where no tasks are written to this CRM.

    `[outbox.<source>]` of the company's config.toml says `mode = "on"`, and may name the field.
    """
    said = _stated("config.toml", f"outbox.{source_name}")
    if not isinstance(said, dict) or said.get("mode") != "on":
        return None
    return str(said.get("key_field") or said.get("key_property") or default)


def required_setting(source_name: str, key: str) -> str:
    """The same for a setting that must be there; `ConfigurationError` names the key and where to put it."""
    value = setting(source_name, key)
    if value is None:
        path = f"sources.{source_name}.{key}"
        raise ConfigurationError(
            f"{source_name}: the setting `{path}` is missing; put `{key}` under [sources.{source_name}] in "
            f"secrets.toml of the company folder or set the environment variable {_variable(path)}"
        )
    return str(value)
