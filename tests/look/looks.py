"""A look at a file that a test has made, and what of it tests compare."""

from datetime import date
from pathlib import Path

from look.looking import Look, look_at
from look.proposing import Said

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (ROOT / "demo" / "verdant" / "definition", ROOT / "dbt_project" / "seeds")
AS_OF = date(2026, 1, 1)


def look_into(
    folder: Path, content: bytes | str, name: str = "answers.csv", said: Said | None = None
) -> Look:
    """What is found in a file of that content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return look_at(path, SEEDS, AS_OF, said or Said())


def counts(look: Look) -> tuple[int, int, int]:
    """Promoters, passives and detractors; there has to be one figure."""
    assert look.judgement is not None, look.findings.all
    [figure] = look.judgement.figures
    return figure.promoters, figure.passives, figure.detractors


def sure(look: Look, about: str) -> bool:
    """Whether all that was found out about something is sure."""
    found = [finding for finding in look.findings.all if finding.about == about]
    assert found, f"nothing was said of {about}"
    return all(finding.is_sure for finding in found)


def said_of(look: Look, about: str) -> str:
    """All that was said about something."""
    return "; ".join(finding.text for finding in look.findings.all if finding.about == about)
