"""What one publication says, as the pages ask for it.

Belongs here: queries of the published tables. Does not belong here: how a page shows the rows (`pages`), or
any table that is not published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Any, TypeAlias

import duckdb

from publication import explanations, figure, practice, root_causes, targets, topics
from publication.explanations import Explanation
from publication.figure import split_by
from publication.finance import Finance
from publication.pages import Stand

#: A row of a published table, by column.
Row: TypeAlias = Mapping[str, Any]
YEAR = "trailing_365d"
UNASSIGNED = "Unassigned"


class Published:
    """The tables of a publication. `connection` reads them, in its default schema."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, stand: Stand) -> None:
        self._connection = connection
        self.stand = stand

    def rows(self, query: str, *values: object) -> list[Row]:
        """The rows of a query."""
        found = self._connection.execute(query, list(values))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    @cached_property
    def finance(self) -> Finance:
        """Its tables of money."""
        return Finance(self._connection)

    @cached_property
    def _columns(self) -> list[str]:
        columns = self._connection.execute("select * from nps_scores limit 0").description
        return [column[0] for column in columns]

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The dimensions of its figures."""
        return figure.dimensions(self._columns)

    @property
    def key(self) -> str:
        """The columns that name a figure, for an `order by`."""
        return ", ".join(figure.key(self._columns))

    @cached_property
    def survey_types(self) -> list[str]:
        """The survey types with figures, by name."""
        return [
            row["survey_type"] for row in self.rows("select distinct survey_type from nps_scores order by 1")
        ]

    @cached_property
    def segments(self) -> list[str]:
        """The segments that are published, those that every company has first."""
        found = [row["segment"] for row in self.rows("select distinct segment from nps_scores order by 1")]
        usual = [segment for segment in figure.SEGMENTS if segment in found]
        return list(dict.fromkeys((*usual, *found)))

    def newest(self, segment: str) -> list[Row]:
        """A segment's figures of the year that ends at as-of, by survey type, member and version."""
        return self._in_order(
            segment,
            self.rows(
                f"select * from nps_scores where segment = ? and measure = 'in_period' and period_grain = ?"
                f" and period_end = ? order by {self.key}",
                segment,
                YEAR,
                self.stand.as_of,
            ),
        )

    def history(self, segment: str, grain: str) -> dict[tuple[str, tuple[str, ...]], list[Row]]:
        """A segment's figures of every period of a grain, by survey type and members, oldest first."""
        found: dict[tuple[str, tuple[str, ...]], list[Row]] = {}
        for row in self._named(
            segment,
            self.rows(
                f"select {', '.join((*self.dimensions, *_OF_HISTORY))} from nps_scores"
                " where segment = ? and period_grain = ? and measure = 'in_period'"
                " order by survey_type, period_end, period_start, definition_version",
                segment,
                grain,
            ),
        ):
            found.setdefault((row["survey_type"], row["members"]), []).append(row)
        return found

    def _in_order(self, segment: str, rows: list[Row]) -> list[Row]:
        """Named, and in the order in which people name members: tiers from the top, Unassigned last."""
        found = self._named(segment, rows)
        return sorted(
            found, key=lambda row: [(name == UNASSIGNED, self._rank(name), name) for name in row["names"]]
        )

    def _rank(self, member: str) -> float:
        return -self._tiers.get(member, 0.0)

    @cached_property
    def _tiers(self) -> dict[str, float]:
        """Value tiers and the least revenue of each, by the newest version of the definition."""
        return {
            row["item"]: float(row["value_text"])
            for row in self.rows(
                "select item, value_text from metric_definitions where element = 'customer_value_tier'"
                " order by valid_from"
            )
        }

    def _named(self, segment: str, rows: list[Row]) -> list[Row]:
        """With `members` (as published) and `names` (as people call them) of the segment's dimensions."""
        parts = split_by(segment)
        return [
            {
                **row,
                "members": tuple(row[part] for part in parts),
                "names": tuple(
                    (row["branch_name"] or row[part]) if part == "branch" else row[part] for part in parts
                ),
            }
            for row in rows
        ]

    def explained(self, grain: str, against: str) -> list[Explanation]:
        """Of each survey type the newest change of the company's score, and what it is made of."""
        return explanations.newest(self._connection, grain, against)

    @property
    def first_of_distribution(self) -> date:
        """Answers are published with their year: the first day of the year in which the 365 days began."""
        return date((self.stand.as_of - timedelta(days=365)).year, 1, 1)

    def topics(self, segment: str, survey_type: str) -> Sequence[Row]:
        """What comments of the year that ends at as-of are about, most mentioned first."""
        return topics.topics(self._connection, segment, YEAR, survey_type)

    def practices(self) -> Sequence[Row]:
        """What promoters of the branches above the others mention more, branch by branch."""
        return practice.practices(self._connection)

    @property
    def without_practice(self) -> str:
        """Why there are none, in words."""
        return practice.nothing(self._connection)

    def causes(self) -> Sequence[Row]:
        """Where detractors of the year that ends at as-of are more or fewer, the surest first."""
        return root_causes.root_causes(self._connection)

    def targets(self, survey_type: str) -> Sequence[Row]:
        """Targets of the years that have begun, the newest first."""
        return targets.targets(self._connection, None, survey_type)

    def distribution(self, survey_type: str) -> list[Row]:
        """How often each score was given since then: `score`, `answers`; none where no answer has a year."""
        given = self.rows(
            """
            select scores.score, count(responses.survey_type) as answers
            from range(11) as scores(score)
            left join nps_responses as responses
                on responses.likelihood_score = scores.score
                and responses.survey_type = ?
                and responses.response_year >= ?
            group by scores.score
            order by scores.score
            """,
            survey_type,
            self.first_of_distribution,
        )
        return given if any(row["answers"] for row in given) else []

    @cached_property
    def definitions(self) -> dict[str, list[Row]]:
        """The lines of each version of the definition that any figure is made by."""
        found: dict[str, list[Row]] = {}
        for row in self.rows(
            "select * from metric_definitions where definition_version in"
            " (select definition_version from nps_scores) order by valid_from, element, item"
        ):
            found.setdefault(row["definition_version"], []).append(row)
        return found

    @cached_property
    def changes_of_definition(self) -> list[date]:
        """The days on which another version came into force, without the first."""
        return sorted({rows[0]["valid_from"] for rows in self.definitions.values()})[1:]


_OF_HISTORY = (
    *(
        "survey_type",
        "segment",
        "period_grain",
        "period_start",
        "period_end",
        "definition_version",
        "branch_name",
    ),
    *("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high", "reportability"),
    *("nps_change", "change_q_value", "response_rate", "revenue_coverage"),
)
