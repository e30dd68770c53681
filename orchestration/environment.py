"""Where a run keeps its state, whose definition holds, and the environment its steps inherit.

The only module in this room that reads or writes environment variables for a run. A step calls `prepare`
before it calls another room. docs/data-contracts.md documents the variables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from orchestration import linked, privacy
from vault import keys
from vault.keys import VaultKeyError

CHECKOUT = Path(__file__).resolve().parent.parent
SIMULATED = CHECKOUT / "demo" / "verdant"
STARTER = CHECKOUT / "company" / "starter"

STATE_FILE = "state.json"

#: In the project of a state folder: a link to the definition it is made of.
OF_THE_COMPANY = "of_the_company"

#: What a project of dbt consists of, beside the company's definition.
MODELS = ("dbt_project.yml", "profiles.yml", "vars.yml", "docs", "macros", "models", "seeds", "tests")

TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "RUNTIME__DLTHUB_TELEMETRY": "false",
}


class ConfigurationError(Exception):
    """The environment or the configuration is unusable; the message says what to change."""


@dataclass(frozen=True)
class Home:
    """The folders under `NPS_HOME` (absolute)."""

    path: Path

    @property
    def inbox(self) -> Path:
        return self.path / "inbox"

    @property
    def received(self) -> Path:
        return self.path / "received"

    @property
    def warehouse(self) -> Path:
        return self.path / "warehouse.duckdb"

    @property
    def dagster(self) -> Path:
        return self.path / "dagster"

    @property
    def project(self) -> Path:
        return self.path / "dbt_project"

    @property
    def dbt_target(self) -> Path:
        return self.path / "dbt_target"

    @property
    def reports(self) -> Path:
        return self.path / "reports"

    @property
    def published(self) -> Path:
        return self.path / "published"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger"

    @property
    def heads(self) -> Path:
        return self.path / "heads"

    @property
    def cases(self) -> Path:
        return self.path / "cases"

    @property
    def outbox(self) -> Path:
        return self.path / "outbox"

    @property
    def origins(self) -> Path:
        return self.path / "origins"

    @property
    def demo(self) -> Path:
        return self.path / "demo"

    @property
    def is_simulated(self) -> bool:
        """Whether a simulated company lives here."""
        return (self.demo / STATE_FILE).exists()

    @property
    def read_again(self) -> Path:
        return self.path / "read_again.json"

    @property
    def logs(self) -> Path:
        return self.path / "logs"


def home() -> Home:
    """The state folder: `NPS_HOME`, else `data/` in the checkout."""
    configured = os.environ.get("NPS_HOME")
    return Home(Path(configured).expanduser().resolve() if configured else CHECKOUT / "data")


def company() -> Path:
    """The folder of the company whose definition applies: `NPS_COMPANY`, else a default.

    The default is the simulated company's folder in its own state folder, and the starter that `nps init`
    copies anywhere else, so that an analyst with one file gets a number at once.

    Raises:
        ConfigurationError: there is no such folder, or the state folder is the simulated company's.
    """
    folder, state = named_company(), home()
    if folder is None:
        return SIMULATED if state.is_simulated else STARTER
    if state.is_simulated and not folder.samefile(SIMULATED):
        raise ConfigurationError(
            f"{state.path} holds the simulated company and NPS_COMPANY names {folder};"
            " set NPS_HOME to a separate folder"
        )
    return folder


def named_company() -> Path | None:
    """The folder that `NPS_COMPANY` names, if it names one.

    Raises:
        ConfigurationError: there is no such folder.
    """
    named = os.environ.get("NPS_COMPANY")
    folder = Path(named or "").expanduser().resolve()
    if named and not folder.is_dir():
        raise ConfigurationError(
            f"NPS_COMPANY names {folder}, which is not a folder; `nps init DIR` writes one"
        )
    return folder if named else None


def company_alone() -> Path:
    """The company's folder for a command that needs no state: whose state there is does not matter then.

    Raises:
        ConfigurationError: there is no such folder.
    """
    return named_company() or company()


def assemble(project: Path, definition: Path) -> None:
    """The dbt project of a state folder, made of links: the product's models and one company's definition.

    Where the company declares dimensions, the files that name each of them are written (`dimensions.py`).

    Raises:
        ConfigurationError: the state belongs to another company, whose folder still exists.
    """
    project.mkdir(exist_ok=True)
    parts = {name: CHECKOUT / "dbt_project" / name for name in MODELS}
    there = project / "definition"
    there = there if there.is_symlink() else project / OF_THE_COMPANY
    if there.exists() and there.resolve() not in (definition, STARTER / "definition"):
        raise ConfigurationError(
            f"{project.parent} is the state of {there.resolve().parent} and not of {definition.parent};"
            f" set NPS_HOME to a separate folder, or remove {there} if it is the same company"
        )
    if linked.undecided(project / "undecided", definition):
        # dbt parses what has changed; the description of a table that has only moved it would not read again.
        (Home(project.parent).dbt_target / "partial_parse.msgpack").unlink(missing_ok=True)
    declares = (definition / "dimensions.toml").exists()
    written = ("vars.yml", "models") if declares else ()
    for name, source in (parts | {OF_THE_COMPANY: definition}).items():
        link = project / name
        if name not in written and not (link.is_symlink() and link.readlink() == source):
            if link.is_dir() and not link.is_symlink():
                shutil.rmtree(link)
            link.unlink(missing_ok=True)
            link.symlink_to(source)
    try:
        linked.definition(project / "definition", definition, keys.writing(project.parent).tokens)
    except VaultKeyError as error:
        raise ConfigurationError(str(error)) from error
    if declares:
        from orchestration import dimensions  # which takes time, and few companies declare any

        dimensions.write(CHECKOUT / "dbt_project", project, definition.parent)


def as_of() -> date:
    """The exclusive end of the run's data (UTC): `NPS_AS_OF`, else tomorrow.

    Raises:
        ConfigurationError: `NPS_AS_OF` is not an ISO date.
    """
    configured = os.environ.get("NPS_AS_OF")
    if not configured:
        return datetime.now(UTC).date() + timedelta(days=1)
    try:
        return date.fromisoformat(configured)
    except ValueError:
        raise ConfigurationError(
            f"NPS_AS_OF is {configured!r}; give an ISO date such as 2026-11-21, or unset it"
        ) from None


def pin_as_of() -> date:
    """Fix `as_of` for the rest of this process, so that a run across midnight has only one."""
    day = as_of()
    os.environ["NPS_AS_OF"] = day.isoformat()
    return day


def user() -> str:
    """Who accepts a limit: `NPS_USER`; empty if it is not set."""
    return os.environ.get("NPS_USER", "").strip()


def pages_are_wanted() -> bool:
    """Whether each publication gets its pages: yes, unless `NPS_PAGES` is `off`."""
    return os.environ.get("NPS_PAGES", "") != "off"


def withheld() -> int:
    """What the published copy withholds from others: `NPS_READERS` says who may read it, else only its owner.

    Raises:
        ConfigurationError: it names somebody unknown.
    """
    readers = os.environ.get("NPS_READERS") or "owner"
    if readers not in privacy.READERS:
        raise ConfigurationError(f"NPS_READERS is {readers!r}; use {', '.join(privacy.READERS)}")
    return privacy.READERS[readers]


def accept(text: str) -> None:
    """Pass the accepted limits (JSON) to the steps of this run."""
    os.environ["NPS_ACCEPTED"] = text


def accepted() -> str:
    """The limits accepted in this run (JSON)."""
    return os.environ.get("NPS_ACCEPTED") or "[]"


@contextmanager
def restored() -> Iterator[None]:
    """Undo the block's changes to the environment: a run pins values that the next must choose again."""
    before, mask = dict(os.environ), os.umask(privacy.PRIVATE)
    os.umask(mask)
    try:
        yield
    finally:
        os.umask(mask)
        os.environ.clear()
        os.environ.update(before)


def prepare() -> Home:
    """Create the state folders, for their owner alone, and complete the environment for every step and child
    process.

    Paths become absolute because dbt works in its own folder. Existing values stay, except telemetry, which
    is switched off, and those that a command sets only for its own run: NPS_DEFINITION (`nps restate`) and
    NPS_ACCEPTED (`nps refresh --accept`).
    """
    state = home()
    try:
        state.path.mkdir(parents=True, exist_ok=True)
        privacy.close(state.path, withheld())
        for folder in (state.path, state.dagster, state.dbt_target, state.logs):
            folder.mkdir(parents=True, exist_ok=True)
        _copy_if_changed(CHECKOUT / "dagster.yaml", state.dagster / "dagster.yaml")
    except OSError as error:
        raise ConfigurationError(
            f"NPS_HOME {state.path} cannot be used ({error.strerror}); point NPS_HOME at a writable folder"
        ) from error
    os.environ.update(TELEMETRY_OFF)
    for set_by_one_command in ("NPS_DEFINITION", "NPS_ACCEPTED"):
        os.environ.pop(set_by_one_command, None)
    os.environ["NPS_HOME"] = str(state.path)
    folder = company()
    assemble(state.project, (folder / "definition").resolve())
    os.environ["NPS_COMPANY"] = str(folder)
    os.environ["DAGSTER_HOME"] = str(state.dagster)
    os.environ.setdefault("DBT_TARGET_PATH", str(state.dbt_target))
    os.environ.setdefault("DBT_LOG_PATH", str(state.logs))
    os.environ["DLT_PROJECT_DIR"] = str(state.path)  # dlt must not read a .dlt in the working folder
    return state


def _copy_if_changed(source: Path, target: Path) -> None:
    if not target.exists() or target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)
