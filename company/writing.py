"""A first folder for a company: `company/starter` with its name, and with secrets that only its owner reads.

Belongs here: writing it whole or not at all. Does not belong here: what stands in it (`starter/`).
"""

from __future__ import annotations

import shutil
from pathlib import Path

from company.folder import CONFIG, IGNORED, SECRETS

STARTER = Path(__file__).with_name("starter")
_OWNERS = 0o600
_SECRETS = """\
# Credentials, such as api_token under [sources.VENDOR]. Only you can read this file; git leaves it out.
# Instead of a line here, a variable such as SOURCES__VENDOR__API_TOKEN may be set.
"""


class FolderInUseError(Exception):
    """There is something already; the message says what to do."""


def write(folder: Path) -> list[Path]:
    """Write the folder and return its files.

    Raises:
        FolderInUseError: something lies there, or the folder cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(path.name != ".git" for path in folder.iterdir())):
        raise FolderInUseError(f"{folder} is not empty; give another name, or move away what is there")
    try:
        shutil.copytree(STARTER, folder, dirs_exist_ok=True)
        secrets = folder / SECRETS
        secrets.touch(_OWNERS)
        secrets.write_text(_SECRETS, "utf-8")
        (folder / IGNORED).write_text(f"{SECRETS}\n", "utf-8")
        config = folder / CONFIG
        config.write_text(config.read_text("utf-8").replace('"Starter"', f'"{_name(folder)}"'), "utf-8")
    except OSError as error:
        raise FolderInUseError(
            f"{folder} cannot be written ({error.strerror}); give another folder"
        ) from error
    return sorted(path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)


def _name(folder: Path) -> str:
    return folder.name.replace("\\", "").replace('"', "") or "Company"
