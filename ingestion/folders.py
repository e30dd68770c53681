"""The two folders of a company: of its state, and of what it decides.

Belongs here: where they are. Does not belong here: what is in them, or anything that takes long to import.
"""

import os
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[1]


def home() -> Path:
    """The folder of all state: `NPS_HOME`, else `data/` in the checkout. It may not exist yet."""
    return Path(os.environ.get("NPS_HOME") or _CHECKOUT / "data").resolve()


def company() -> Path | None:
    """The company's folder; None where none is named."""
    named = os.environ.get("NPS_COMPANY")
    return Path(named) if named else None
