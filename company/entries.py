"""That the definition is entered twice alike: the tables, and the page that the guard judges by.

Belongs here: the comparison, with the line of what only one side says. Does not belong here: what is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from company.folder import GUARD
from company.mistakes import Mistake, Page, listed, read
from company.reading import Definition

Fact = tuple[str, ...]
#: Table → the columns of which the page says the same.
_COMPARED = {
    "nps_definitions": ("definition_version", "valid_from", "valid_to"),
    "nps_quarantine_windows": ("definition_version", "survey_type", "window_days"),
    "customer_value_tiers": ("definition_version", "customer_value_tier", "minimum_amount"),
    "reportability_floors": ("definition_version", "reportability", "minimum_responses"),
    "publication_limits": (
        *("definition_version", "limit_name", "applies_to", "maximum", "unit", "minimum_count"),
    ),
    "journey_stages": ("definition_version", "journey_stage"),
    "nps_questions": (
        *("source", "survey_id", "question_id", "survey_type", "touchpoint", "journey_stage"),
        *("valid_from", "valid_to"),
    ),
    "own_email_domains": ("email_domain",),
}


_OF_A_VERSION = (
    *("version", "valid_from", "valid_to", "window_days", "tiers", "floors", "journey_stages", "limits"),
)


def judge(folder: Path, held: Definition) -> Iterator[Mistake]:
    """What is on one side only, and what nobody reads."""
    page = read(folder, GUARD)
    if page.content is None:
        if page.mistake:
            yield page.mistake
        return
    try:
        entered = {table: set(_entered(table, page.content)) for table in _COMPARED}
    except (KeyError, TypeError, AttributeError) as error:
        said = f"a version or a question lacks {error}" if isinstance(error, KeyError) else str(error)
        yield Mistake(GUARD, 0, said, "write it as the page that `nps init` writes")
        return
    for section, known in (("versions", _OF_A_VERSION), ("questions", _COMPARED["nps_questions"])):
        for key in dict.fromkeys(key for each in page.content[section] for key in each if key not in known):
            line = page.line(f"{section}.{key}") or page.line(section, key)
            yield Mistake(
                GUARD, line, f"nobody reads {key} of {section}", f"remove it, or use {listed(known)}"
            )
    for table, columns in _COMPARED.items():
        stated = {_fact(row[column] for column in columns): row for row in held.rows[table]}
        for fact in stated.keys() - entered[table]:
            yield stated[fact].wrong(
                f"{GUARD} does not say {_said(fact)}", "enter it there too, by another hand"
            )
        for fact in entered[table] - stated.keys():
            problem = f"{table}.csv does not say {_said(fact)}"
            yield Mistake(GUARD, _line(page, fact), problem, "enter it there too, by another hand")


def _entered(table: str, page: dict[str, Any]) -> Iterator[Fact]:
    """What the page says, in the columns of a table."""
    if table == "own_email_domains":
        yield from (_fact([domain]) for domain in page["own_email_domains"])
    elif table == "nps_questions":
        for question in page["questions"]:
            lacking = {"journey_stage": None, "valid_to": None}
            yield _fact((lacking | question)[column] for column in _COMPARED[table])
    else:
        for version in page["versions"]:
            name = version["version"]
            if table == "nps_definitions":
                yield _fact((name, version["valid_from"], version.get("valid_to")))
            elif table == "publication_limits":
                for limit in version["limits"]:
                    parts = (limit[key] for key in ("limit", "of", "maximum", "unit", "from"))
                    yield _fact((name, *parts))
            elif table == "journey_stages":
                yield from (_fact((name, stage)) for stage in version["journey_stages"])
            else:
                key = {"nps_quarantine_windows": "window_days", "customer_value_tiers": "tiers"}.get(
                    table, "floors"
                )
                yield from (_fact((name, *pair)) for pair in version[key].items())


def _fact(values: Any) -> Fact:
    """Values as they are compared: 100_000 is 100000.0000."""
    return tuple(
        f"{Decimal(str(value)).normalize():f}"
        if isinstance(value, int | float | Decimal)
        else str(value or "")
        for value in values
    )


def _said(fact: Fact) -> str:
    return " ".join(part for part in fact if part)


def _line(page: Page, fact: Fact) -> int:
    """A line that names the fact, or the last of its words that stands anywhere."""
    words = [part for part in fact if part]
    return page.holding(*words[1:]) or next(
        (at for word in words[1:] or words if (at := page.holding(word))), 0
    )
