"""The company's tables as relations of an SQL statement, each cell in the form that its column has.

Belongs here: literals, and the guard's own bands in place of the company's. Does not belong here: the
sentences about them (`governed_seeds`, `nps_definition`).
"""

from __future__ import annotations

from decimal import Decimal

from expectations.definition import BANDS, WEIGHTS
from expectations.governed_tables import VERSION, VERSIONS, Row, Table, tables
from expectations.hidden import own_domain

#: Columns that are not texts.
DAYS = ("valid_from", "valid_to", "proposed_on", "approved_on", "holiday")
NUMBERS = (
    *("score", "nps_weight", "scale_min", "scale_max", "wording_version", "window_days", "tier_order"),
    *("minimum_amount", "minimum_responses", "maximum", "minimum_count", "journey_order", "approval"),
    *("rate_to_reporting", "minor_units", "precedence", "hours_to_answer", "escalate_after_hours"),
    *("target_year", "target_nps", "held_out_percent"),
)


def held(name: str) -> Table:
    """What a table must hold: what the folder says, and of bands what NPS is everywhere."""
    if name != "nps_score_bands":
        return tables()[name]
    columns = (VERSION, "score", "nps_band", "nps_weight")
    rows = [
        dict(zip(columns, (version[VERSION], str(score), band, str(WEIGHTS[band])), strict=True))
        for version in tables()[VERSIONS].rows
        for score, band in BANDS.items()
    ]
    return Table(columns, rows)


def stated(name: str, alias: str) -> str:
    """The rows a table must hold, as a relation; an empty cell is null, and `''` where it is a text."""
    table = held(name)
    if name == "own_email_domains":  # dbt gets them as addresses have them
        hidden = [{column: own_domain(cell) for column, cell in row.items()} for row in table.rows]
        table = table._replace(rows=hidden)
    columns = ", ".join(table.columns)
    if not table.rows:  # a company without domains of its own
        nothing = ", ".join(f"{_literal(name, '')} as {name}" for name in table.columns)
        return f"(select {nothing} where false) as {alias}"
    return f"(values {', '.join(_row(row) for row in table.rows)}) as {alias} ({columns})"


def _row(row: Row) -> str:
    return f"({', '.join(_literal(column, cell) for column, cell in row.items())})"


def _literal(column: str, cell: str) -> str:
    if column in DAYS:
        return f"date '{cell}'" if cell else "cast(null as date)"
    if column in NUMBERS:
        return f"{Decimal(cell):f}" if cell else "cast(null as decimal(18, 8))"
    return text(cell)


def text(cell: str) -> str:
    """A text within a sentence, to which Great Expectations' braces mean something."""
    return "'{}'".format(cell.replace("'", "''").replace("{", "{{").replace("}", "}}"))
