"""The tables of a definition: their columns, and what a cell may hold.

Declares; reads nothing. Belongs here: what can be said of a cell, a row and a key. Does not belong here: what
the rows of a version must be together (`wholeness`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

Value = str | int | Decimal | date | None


@dataclass(frozen=True)
class Column:
    """`kind` is text, whole, number or date; an optional one may be empty; `one_of` are all it may say."""

    name: str
    kind: str = "text"
    optional: bool = False
    one_of: tuple[str, ...] = ()

    def value(self, text: str) -> Value:
        """What a cell says. Raises ValueError, with what is wrong and the remedy, where it cannot be."""
        text = text.strip()
        if not text:
            if self.optional:
                return None
            raise ValueError(f"{self.name} is empty", "fill it")
        if self.one_of and text not in self.one_of:
            raise ValueError(f'{self.name} is "{text}"', f"write one of {', '.join(self.one_of)}")
        try:
            if self.kind == "date":
                return date.fromisoformat(text)
            if self.kind == "whole":
                return int(text)
            return Decimal(text) if self.kind == "number" else text
        except (ValueError, InvalidOperation):
            example = {"date": "a date such as 2026-01-31", "whole": "a whole number"}.get(
                self.kind, "a number"
            )
            raise ValueError(f'{self.name} is "{text}"', f"write {example}") from None


@dataclass(frozen=True)
class Table:
    """`key` are the columns that identify a row; `may_be_empty` where a company may have none of it,
    `may_be_absent` where not even a file."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    may_be_empty: bool = False
    may_be_absent: bool = False


#: The TOML files of the definition, each key as a row: sealed like a table, and read by others.
PAGES = tuple(
    Table(name, (Column("key"), Column("value")), ("key",), may_be_empty=True)
    for name in ("dimensions", "topics", "left_out", "retention", "signing_keys")
)

BANDS = {"promoter": 100, "passive": 0, "detractor": -100}
FLOORS = ("suppressed", "interval_only", "indicative", "reportable")
SURVEY_TYPES = ("relationship", "transactional", "competitive_benchmark")
LIMITS = (
    *("quarantine/file", "quarantine/source", "quarantine/load", "unknown_ids/kind"),
    *("nothing_counted/source", "nothing_counted/company", "vanished_dimension/dimension"),
    *("stale_source/api", "stale_source/files"),
)
_VERSION = Column("definition_version")
_PERIOD = (Column("valid_from", "date"), Column("valid_to", "date", optional=True))
_DECIDED = (Column("approved_by"), Column("reason"))
ANOTHER, ONLY = "another_person", "only_person"
#: Stands for every branch, tier, stage or topic.
ANY = "*"
CASE_TYPES = ("rescue", "engage", "thank", "ask_for_referral")
#: Of a release calendar: the company together and all that is split; units from the shortest on.
FIGURES, UNITS = ("company", "members"), ("month", "quarter", "year")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

#: Who follows up which answers by when: a company without these opens no cases.
FOLLOW_UP = tuple(
    Table(name, columns, key, may_be_empty=True, may_be_absent=True)
    for name, columns, key in (
        (
            "follow_up_rules",
            (
                *(Column("rule_name"), Column("precedence", "whole"), Column("nps_band", one_of=(*BANDS,))),
                *(Column("customer_value_tier"), Column("journey_stage"), Column("topic")),
                Column("case_type", one_of=CASE_TYPES),
                *(Column("hours_to_answer", "whole"), Column("escalate_after_hours", "whole"), *_PERIOD),
            ),
            ("rule_name",),
        ),
        (
            "branch_calendars",
            (
                *(Column("branch"), Column("time_zone"), Column("weekday", one_of=WEEKDAYS)),
                *(Column("opens"), Column("closes")),
            ),
            ("branch", "weekday", "opens"),
        ),
        ("branch_owners", (Column("branch"), Column("owner_id"), *_PERIOD), ("branch", "valid_from")),
        ("holidays", (Column("branch"), Column("holiday", "date")), ("branch", "holiday")),
        (
            "follow_up_holdouts",
            (
                *(Column("holdout_name"), Column("customer_value_tier"), Column("held_out_percent", "whole")),
                *(Column("salt"), *_PERIOD),
            ),
            ("holdout_name",),
        ),
    )
)

#: What a branch and stage is to reach in a year, and whose it is: a company without targets goes without.
TARGETS = Table(
    "nps_targets",
    (
        *(Column("survey_type", one_of=SURVEY_TYPES), Column("branch"), Column("journey_stage")),
        *(Column("target_year", "whole"), Column("target_nps", "number"), Column("target_owner")),
    ),
    ("survey_type", "branch", "journey_stage", "target_year"),
    may_be_empty=True,
    may_be_absent=True,
)
#: When bonuses are settled, and which days before are looked at: a company without these has no such signal.
BONUSES = Table(
    "bonus_dates",
    (Column("branch"), Column("bonus_date", "date"), Column("days_before", "whole")),
    ("branch", "bonus_date"),
    may_be_empty=True,
    may_be_absent=True,
)
#: From which days on answers are told, so that two publications do not tell of few: without it, at once.
RELEASES = Table(
    "release_calendar",
    (Column("figures", one_of=FIGURES), Column("release_unit", one_of=UNITS)),
    ("figures",),
    may_be_empty=True,
    may_be_absent=True,
)
#: What a company may go without.
OPTIONAL = (*FOLLOW_UP, TARGETS, BONUSES, RELEASES)

#: Who proposed and who approved which content: one row for each part of an approval, written by `approving`.
APPROVALS = Table(
    "approvals",
    (
        *(Column("approval", "whole"), Column("definition_version", optional=True), Column("table_name")),
        *(Column("content_hash"), Column("author"), Column("proposed_on", "date")),
        *(Column("approved_by", optional=True), Column("approved_on", "date", optional=True)),
        *(Column("approved_as", optional=True, one_of=(ANOTHER, ONLY)), Column("reason", optional=True)),
    ),
    ("approval", "definition_version", "table_name"),
    may_be_empty=True,
    may_be_absent=True,
)

TABLES = (
    Table("nps_definitions", (_VERSION, *_PERIOD, Column("reason")), ("definition_version",)),
    Table(
        "nps_questions",
        (
            *(Column("source"), Column("survey_id"), Column("question_id")),
            *(Column("scale_min", "whole"), Column("scale_max", "whole"), Column("wording_version", "whole")),
            Column("survey_type", one_of=SURVEY_TYPES),
            *(Column("journey_stage", optional=True), Column("touchpoint"), *_PERIOD, *_DECIDED),
        ),
        ("source", "survey_id", "question_id", "valid_from"),
    ),
    Table(
        "nps_score_bands",
        (
            *(_VERSION, Column("score", "whole"), Column("nps_band", one_of=(*BANDS,))),
            Column("nps_weight", "whole"),
        ),
        ("definition_version", "score"),
    ),
    Table(
        "nps_quarantine_windows",
        (_VERSION, Column("survey_type", one_of=SURVEY_TYPES), Column("window_days", "whole")),
        ("definition_version", "survey_type"),
    ),
    Table(
        "customer_value_tiers",
        (
            *(_VERSION, Column("customer_value_tier"), Column("tier_order", "whole")),
            Column("minimum_amount", "number"),
        ),
        ("definition_version", "customer_value_tier"),
    ),
    Table(
        "reportability_floors",
        (_VERSION, Column("reportability", one_of=FLOORS), Column("minimum_responses", "whole")),
        ("definition_version", "reportability"),
    ),
    Table(
        "publication_limits",
        (
            *(_VERSION, Column("limit_name"), Column("applies_to"), Column("maximum", "number")),
            *(Column("unit"), Column("minimum_count", "whole"), Column("remedy")),
        ),
        ("definition_version", "limit_name", "applies_to"),
    ),
    Table(
        "journey_stages",
        (_VERSION, Column("journey_stage"), Column("journey_order", "whole"), Column("description")),
        ("definition_version", "journey_stage"),
    ),
    Table(
        "exchange_rates",
        (
            *(Column("currency"), Column("valid_from", "date"), Column("rate_to_reporting", "number")),
            Column("minor_units", "whole"),
        ),
        ("currency", "valid_from"),
    ),
    Table("own_email_domains", (Column("email_domain"),), ("email_domain",), may_be_empty=True),
    *OPTIONAL,
    APPROVALS,
)
