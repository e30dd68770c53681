"""How long personal data is kept: `definition/retention.toml`, approved.

    [days]
    texts = 1095        comments, other free text, records that were rejected
    addresses = 730     e-mail addresses
    others = 365        names, phone numbers, devices, IP addresses

What is not named is kept. Belongs here: what the file says. Does not belong here: its rules
(`company/retention.py`), who has approved it, or destroying (`orchestration/retaining.py`).
"""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from ingestion import folders
from vault.store import Held

FILE: Final = "definition/retention.toml"
SECTION: Final = "days"
KINDS: Final[tuple[Held, ...]] = ("texts", "addresses", "others")


def kept_since(today: date) -> Mapping[Held, date]:
    """Kind → the first day that is kept, of kinds with a period. What no column reads may be of any kind: it
    is kept for the shortest."""
    company = folders.company()
    file = company / FILE if company else None
    said: dict[str, Any] = tomllib.loads(file.read_text("utf-8-sig")) if file and file.is_file() else {}
    found: dict[Held, date] = {
        kind: today - timedelta(days=said[SECTION][kind]) for kind in KINDS if kind in said.get(SECTION, {})
    }
    return {**found, "rest": max(found.values())} if found else found
