"""How long a company keeps personal data, in `definition/retention.toml`: each mistake with its line.

Belongs here: the file. Does not belong here: what it means (`ingestion/retention.py`), or destroying.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from company.mistakes import Mistake, listed, read
from ingestion.retention import FILE, KINDS, SECTION


def judge(folder: Path) -> Iterator[Mistake]:
    """Every mistake in the file; none if there is none."""
    if not (folder / FILE).exists():
        return
    page = read(folder, FILE)
    if page.mistake:
        yield page.mistake
    for section, periods in (page.content or {}).items():
        if section != SECTION or not isinstance(periods, dict):
            line = page.line(section) or page.line("", section)
            yield Mistake(
                FILE, line, f"`{section}` is no section of it", f"write [{SECTION}] and periods under it"
            )
            continue
        for kind, days in periods.items():
            line = page.line(section, kind)
            if kind not in KINDS:
                yield Mistake(
                    FILE, line, f"`{kind}` is no kind of personal data", f"name one of {listed(KINDS)}"
                )
            elif not isinstance(days, int) or isinstance(days, bool) or days < 1:
                yield Mistake(FILE, line, f"{kind} = {days!r} is no period", "write whole days, 1 or more")
