"""Whose definition tests judge by: the simulated company's, whatever company the shell has named.

No pages are made but where a test asks for them: they cost seconds, and few tests read any.

Belongs here: where that folder is, and what test processes inherit. Does not belong here: folders that tests
write themselves.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VERDANT = ROOT / "demo" / "verdant"


def speak_for_verdant() -> None:
    """Make this process and its children the simulated company's.

    The project in the checkout is completed by its definition, as `make lint` does: a link that git ignores.
    """
    os.environ["NPS_COMPANY"] = str(VERDANT)
    os.environ["NPS_PAGES"] = "off"
    link = ROOT / "dbt_project" / "definition"
    with contextlib.suppress(FileExistsError):
        link.symlink_to(Path("..", "demo", "verdant", "definition"))
