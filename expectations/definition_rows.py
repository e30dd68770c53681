"""The guard's own definition as rows, for sentences in SQL.

Belongs here: `definition` turned into relations under the columns of the governed seeds. Does not belong
here: the sentences about them (`governed_seeds`, `nps_definition`, `published_figures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from expectations.definition import page, versions

_END = date(9999, 12, 31)
_QUESTION = (
    *("source", "survey_id", "question_id", "survey_type", "touchpoint", "journey_stage"),
    *("valid_from", "valid_to"),
)

SEEDS = (
    *("nps_definitions", "nps_score_bands", "nps_quarantine_windows", "customer_value_tiers"),
    *("reportability_floors", "publication_limits", "journey_stages", "nps_questions", "own_email_domains"),
)
Rows = tuple[tuple[str, ...], list[tuple[object, ...]]]


def rows() -> dict[str, Rows]:
    """Seed → its columns and the rows it must hold."""
    known = versions()
    return {
        "nps_definitions": (
            ("definition_version", "valid_from", "valid_to"),
            [(each.version, each.valid_from, each.valid_to or _END) for each in known],
        ),
        "nps_score_bands": (
            ("definition_version", "score", "nps_band", "nps_weight"),
            [
                (each.version, score, band, each.weights[band])
                for each in known
                for score, band in each.bands.items()
            ],
        ),
        "nps_quarantine_windows": (
            ("definition_version", "survey_type", "window_days"),
            [(each.version, kind, days) for each in known for kind, days in each.window_days.items()],
        ),
        "customer_value_tiers": (
            ("definition_version", "customer_value_tier", "minimum_amount"),
            [(each.version, tier, minimum) for each in known for tier, minimum in each.tiers],
        ),
        "reportability_floors": (
            ("definition_version", "reportability", "minimum_responses"),
            [(each.version, floor, minimum) for each in known for floor, minimum in each.floors],
        ),
        "publication_limits": (
            ("definition_version", "limit_name", "applies_to", "maximum", "unit", "minimum_count"),
            [
                (each.version, limit.name, limit.applies_to, limit.maximum, limit.unit, limit.minimum_count)
                for each in known
                for limit in each.limits
            ],
        ),
        "journey_stages": (
            ("definition_version", "journey_stage"),
            [(each.version, stage) for each in known for stage in each.journey_stages],
        ),
        "nps_questions": (
            _QUESTION,
            [
                (*(question.get(name, "") for name in _QUESTION[:-1]), question.get("valid_to", _END))
                for question in page()["questions"]
            ],
        ),
        "own_email_domains": (("email_domain",), [(domain,) for domain in page()["own_email_domains"]]),
    }


def stated(seed: str, alias: str) -> str:
    """The rows a seed must hold, as a relation of an SQL statement."""
    columns, held = rows()[seed]
    if not held:  # a company without domains of its own
        nothing = ", ".join(f"cast(null as varchar) as {name}" for name in columns)
        return f"(select {nothing} where false) as {alias}"
    return f"(values {', '.join(map(_row, held))}) as {alias} ({', '.join(columns)})"


def highest(seed: str, alias: str) -> str:
    """A seed of minimums as ranges: `at_least` and `below` instead of its minimum, which none may overlap."""
    columns, _ = rows()[seed]
    version, name, minimum = columns
    return (
        f"(select {version}, {name}, {minimum} as at_least,"
        f" lead({minimum}) over (partition by {version} order by {minimum}) as below"
        f" from {stated(seed, 'minimums')}) as {alias}"
    )


def _row(values: Sequence[object]) -> str:
    return f"({', '.join(map(_literal, values))})"


def _literal(value: object) -> str:
    if isinstance(value, date):
        return f"date '{value}'"
    return f"'{value}'" if isinstance(value, str) else str(value)
