"""Surveys that a company leaves out, because they cannot be read: `definition/left_out.toml`, approved.

Belongs here: which surveys these are. Does not belong here: the rules of the file (`company/left_out.py`),
who has approved it, or what becomes of one that cannot be read and is not among them (`unreadable.py`).
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = "definition/left_out.toml"


def left_out(source: str) -> Mapping[str, str]:
    """Survey → why it is left out, of this source."""
    company = os.environ.get("NPS_COMPANY")
    file = Path(company or "", FILE)
    if not company or not file.is_file():
        return {}
    said: dict[str, Any] = tomllib.loads(file.read_text("utf-8-sig"))
    return {str(survey): str(reason) for survey, reason in said.get(source, {}).items()}
