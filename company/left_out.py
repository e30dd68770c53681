"""The surveys that a company leaves out in `definition/left_out.toml`: each mistake with its line.

A section is a source, a key in it a survey, its value the reason. Belongs here: the file. Does not belong
here: leaving out (`ingestion/surveys`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from company.folder import DEFINITION
from company.mistakes import Mistake, listed, read
from ingestion.registry import SOURCES

FILE = f"{DEFINITION}/left_out.toml"
_REASON = 'write `"survey" = "why it cannot be read, and what is missing without it"`'


def judge(folder: Path) -> Iterator[Mistake]:
    """Every mistake in the file; none if there is none."""
    if not (folder / FILE).exists():
        return
    page = read(folder, FILE)
    if page.mistake:
        yield page.mistake
    known = [each.name for each in SOURCES if each.required_keys and "surveys" in each.families]
    for source, surveys in (page.content or {}).items():
        if source not in known or not isinstance(surveys, dict):
            remedy = f"name one of {listed(known)} in brackets, and surveys under it"
            line = page.line(source) or page.line("", source)
            yield Mistake(FILE, line, f"`{source}` is no survey vendor with an API", remedy)
            continue
        for survey, reason in surveys.items():
            if not isinstance(reason, str) or not reason.strip():
                yield Mistake(
                    FILE, page.line(source, survey), f"{survey} is left out without a reason", _REASON
                )
