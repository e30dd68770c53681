"""Whose definition tests judge by: the simulated company's, whatever company the shell has named.

No pages are made but where a test asks for them: they cost seconds, and few tests read any.

Belongs here: where that folder is, what test processes inherit, and approving a folder of a test.
"""

from __future__ import annotations

import contextlib
import os
from datetime import date
from pathlib import Path

from company import approving

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


def seal(folder: Path, subject: str = "2023.1", author: str = "Ann", approver: str = "The Board") -> None:
    """Approve a test's folder as it is now: a version with all that versions share, or one shared table."""
    today = date(2026, 11, 29)
    approving.propose(folder, subject, author, today)
    approving.approve(folder, subject, approver, "For a test", today)
