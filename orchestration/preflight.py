"""What stops a refresh before it loads anything: a company folder with mistakes, or one that does not fit.

Belongs here: the refusals. Does not belong here: what makes a folder one that is in order (`company`).
"""

from __future__ import annotations

import csv

from company import checking
from orchestration import environment, signing
from orchestration.environment import ConfigurationError, Home
from publication import reader

LEFT_BEHIND = environment.CHECKOUT / ".dlt" / "secrets.toml"


def refuse(home: Home) -> None:
    """Raise an error if a refresh must not start.

    Raises:
        ConfigurationError: the folder has mistakes, it lacks the version of what is published here, its key
            cannot sign, or there are credentials in a file that only earlier releases read.
    """
    folder = environment.company()
    if mistakes := checking.judge(folder):
        more = f" (and {len(mistakes) - 1} more, which `nps check` lists)" if len(mistakes) > 1 else ""
        raise ConfigurationError(f"the company folder {folder} is not in order: {mistakes[0]}{more}")
    signing.signer(home, folder)
    if LEFT_BEHIND.exists():
        raise ConfigurationError(
            f"{LEFT_BEHIND} is no longer read: move it to secrets.toml in the company folder"
            " (docs/how-to/upgrade.md)"
        )
    definitions = folder / "definition" / "nps_definitions.csv"
    with definitions.open(encoding="utf-8-sig", newline="") as lines:
        versions = {row["definition_version"] for row in csv.DictReader(lines)}
    published = _published(home)
    if published and published not in versions:
        raise ConfigurationError(
            f"{home.published} has figures under version {published} of the definition, which {folder} lacks:"
            " set NPS_COMPANY to the company's folder, or NPS_HOME to another state folder"
        )


def _published(home: Home) -> str:
    try:
        return reader.manifest(home.published).definition_version or ""
    except reader.NothingPublishedError:
        return ""
