"""Which mutants no data can tell from the sound project, each with its reason in one line.

Belongs here: reading `equivalent.toml`. A line is an argument that somebody has made; a run that finds the
mutant to change rows refutes it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_suffix(".toml")


def reasons() -> Mapping[str, str]:
    """Mutant's name → why it is equivalent.

    Raises:
        ValueError: a line gives no reason.
    """
    found = {
        f"{model}:{change}": reason
        for model, lines in tomllib.loads(FILE.read_text("utf-8")).items()
        for change, reason in lines.items()
    }
    if empty := [name for name, reason in found.items() if not reason.strip()]:
        raise ValueError(f"{FILE.name} gives no reason for {', '.join(empty)}")
    return found
