"""What a controller reads of one publication: the tables of money, in order, by survey type.

Nothing here lets a suppressed amount be worked out from those beside it. The amounts behind growth are left
out, and what accounts paid at the end of a move, which add up to what bands pay at as-of.

Belongs here: which rows belong together. Does not belong here: how they are shown (the command line, pages).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import duckdb

from publication.figure import ALL
from publication.rows import Record, records

Row: TypeAlias = Mapping[str, Any]
BANDS = ("promoter", "passive", "detractor", "silent", "not_invited")
LEFT = "left"
PLACEBOS = ("earlier", "permuted")
WEIGHTINGS = ("respondent", "account", "revenue")
SEGMENTS = ("company", "customer_value_tier", "tenure", "region")
#: Years of growth that are read: one for each quarter of the newest.
YEARS = 4
_MEMBERS = SEGMENTS[1:]


class Finance:
    """The tables of money of one publication. `connection` reads them, in its default schema."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def survey_types(self) -> list[str]:
        """Those of which anything is published, by name."""
        found = self._rows(
            "select distinct survey_type from revenue_coverage"
            " union select distinct survey_type from weighted_scores order by 1"
        )
        return [row["survey_type"] for row in found]

    def horizons(self) -> list[int]:
        """The lengths of windows, in days, the shortest first."""
        return [
            row["horizon_days"]
            for row in self._rows("select distinct horizon_days from revenue_at_risk order by 1")
        ]

    def coverage(self, survey_type: str, segment: str = "company") -> list[Row]:
        """What each band pays at as-of, by member."""
        return _by_band(
            self._rows(
                "select * from revenue_coverage where survey_type = ? and segment = ?", survey_type, segment
            )
        )

    def weighted(self, survey_type: str) -> list[Row]:
        """The company's score by each weighting, of the newest period."""
        found = self._rows(
            "select * from weighted_scores where survey_type = ? and segment = 'company'"
            " and period_end = (select max(period_end) from weighted_scores) order by definition_version",
            survey_type,
        )
        return sorted(found, key=lambda row: WEIGHTINGS.index(row["weighting"]))

    def association(self, survey_type: str, horizon: int, segment: str = "company") -> list[Row]:
        """Churn, retention and risk by band, over the windows of a horizon, by member."""
        return _by_band(
            self._rows(
                "select * from revenue_association"
                " where survey_type = ? and horizon_days = ? and segment = ?",
                survey_type,
                horizon,
                segment,
            )
        )

    def placebos(self, survey_type: str, horizon: int) -> dict[str, list[Row]]:
        """The bands of each placebo of the company's association, by placebo."""
        found = self._rows(
            "select * from association_placebo where survey_type = ? and horizon_days = ?",
            survey_type,
            horizon,
        )
        return {
            name: rows for name in PLACEBOS if (rows := _by_band(r for r in found if r["placebo"] == name))
        }

    def at_risk(self, survey_type: str) -> list[Row]:
        """What is at risk, or why there is no figure, by horizon."""
        found = self._rows("select * from revenue_at_risk where survey_type = ?", survey_type)
        return sorted(found, key=lambda row: (row["horizon_days"], -BANDS.index(row["band"])))

    def non_response(self, survey_type: str) -> list[Row]:
        """The score of each year beside what it would be if the silent had answered, the newest first."""
        return [
            *self._rows(
                "select * from non_response where survey_type = ?"
                " order by period_end desc, definition_version",
                survey_type,
            )
        ]

    def growth(self) -> list[Row]:
        """The growth of the newest years that end with a quarter, and how much of it customers earned."""
        return [
            *self._rows(
                "select * exclude (mrr_before, mrr_after, retained_mrr, earned_mrr, other_mrr)"
                " from earned_growth order by period_end desc limit ?",
                YEARS,
            )
        ]

    def curves(self, survey_type: str) -> list[Row]:
        """Which share of those once in a band still pays, step by step."""
        return _by_band(
            self._rows("select * from churn_curves where survey_type = ? order by days", survey_type)
        )

    def transitions(self, survey_type: str, horizon: int) -> list[Row]:
        """Who moved from one band to another, or left, within the newest window."""
        found = self._rows(
            "select * exclude (mrr_after) from band_transitions"
            " where survey_type = ? and horizon_days = ? and from_band <> to_band and window_end = ("
            "select max(window_end) from band_transitions where survey_type = ? and horizon_days = ?)",
            *(survey_type, horizon) * 2,
        )
        places = (*BANDS, LEFT)
        return sorted(found, key=lambda row: (places.index(row["from_band"]), places.index(row["to_band"])))

    def _rows(self, query: str, *values: object) -> list[Record]:
        return records(self._connection, query, values)


def member(row: Row) -> str:
    """The member that a row is about; empty for the company."""
    return ", ".join(row[name] for name in _MEMBERS if row.get(name, ALL) != ALL)


def _by_band(rows: Any) -> list[Row]:
    return sorted(rows, key=lambda row: (row.get("segment", ""), member(row), BANDS.index(row["band"])))
