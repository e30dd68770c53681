"""Which figures changed after their period had ended, why, and which answers did it.

A figure is restated if its period had ended at the earlier publication and its counts, or the fingerprint of
its answers, have changed since. The ledger shows which figures; the answers of then and now show
which answers came, left or changed; the working file shows why. Each answer has one cause.

Belongs here: comparing two publications. Does not belong here: the ledger itself (`ledger`), writing the
published copy (`content`), or deciding whether a restatement is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from publication import causes, content, membership
from publication.figure import COUNTS, DIMENSIONS, KEY, dimensions, key
from publication.ledger import FINGERPRINT

FIGURES = "restatements"
ANSWERS = "restated_answers"
_SHOWN = (*COUNTS, "nps")

DESCRIPTIONS = {
    FIGURES: {
        "": "Published figures that changed after their period had ended: one row per restating publication,"
        " figure and cause. Grows with every publication",
        "sequence": "The publication that restated the figure",
        "previous_sequence": "The publication it is compared with",
        **dict.fromkeys(KEY, "Key of the figure, as in nps_scores"),
        "cause": "late_answer, edit, withdrawal, deletion, merge, attribute, definition, erasure, superseded;"
        " undetermined where the earlier answers are gone",
        "answers": "How many answers are responsible through this cause; 0 where people were merged and no"
        " answer changed",
        **{f"previous_{column}": f"{column} as published then; null where not shown" for column in _SHOWN},
        **{column: f"{column} as published now; null where not shown" for column in _SHOWN},
    },
    ANSWERS: {
        "": "The answers responsible for restatements: one row per publication and answer. Grows with"
        " every publication",
        "sequence": "The publication that restated figures because of it",
        "answer_id": "The answer, as in the evidence of a figure of the publication that had it",
        "cause": "What happened to it: late_answer, edit, withdrawal, deletion, merge, attribute, definition,"
        " erasure or superseded",
    },
}


def descriptions(table: str, columns: Sequence[str]) -> Mapping[str, str]:
    """The descriptions of a table's columns, those of declared dimensions too."""
    declared = (each for each in (dimensions(columns) if table == FIGURES else ()) if each not in DIMENSIONS)
    return DESCRIPTIONS[table] | dict.fromkeys(declared, DESCRIPTIONS[FIGURES]["segment"])


@dataclass(frozen=True)
class Earlier:
    """The publication to compare with: its ledger rows, those of money too, and its folder and the file of
    its answers if both are still intact."""

    sequence: int
    as_of: date
    figures: pa.Table
    folder: Path | None
    answers: Path | None
    published_at: datetime | None
    money: pa.Table


def empty(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """Both tables, empty: a first publication restates nothing."""
    counts = ", ".join(
        f"cast(null as {'double' if column == 'nps' else 'bigint'}) as {prefix}{column}"
        for prefix in ("previous_", "")
        for column in _SHOWN
    )
    key = ", ".join(
        f"cast(null as {'date' if column in ('period_start', 'period_end') else 'varchar'}) as {column}"
        for column in KEY
    )
    sequences = "cast(null as bigint) as sequence"
    return {
        FIGURES: connection.execute(
            f"select {sequences}, cast(null as bigint) as previous_sequence, {key},"
            f" cast(null as varchar) as cause, cast(null as bigint) as answers, {counts} where false"
        ).to_arrow_table(),
        ANSWERS: connection.execute(
            f"select {sequences}, cast(null as varchar) as answer_id, cast(null as varchar) as cause"
            " where false"
        ).to_arrow_table(),
    }


def since(
    connection: duckdb.DuckDBPyConnection, earlier: Earlier, later: pa.Table, sequence: int, as_of: date
) -> dict[str, pa.Table]:
    """What publication `sequence` restates, on a connection with the working file attached as `working`.

    `later` are its figures as in the ledger. Raises duckdb.Error if the working file cannot be read.
    """
    common = in_both(earlier.figures.column_names, later.column_names)
    connection.register("earlier_figures", earlier.figures)
    connection.register("later_figures", later)
    _changed_figures(connection, earlier.as_of, as_of, common)
    (changed,) = connection.execute("select count(*) from changed_figures").fetchone() or (0,)
    if not changed:
        return empty(connection)
    if earlier.answers is None:
        causes.none_known(connection, common)
    else:
        causes.of_answers(connection, earlier.answers, earlier.published_at, common)
    _responsible(connection, "undetermined" if earlier.folder is None else "merge", common)
    _shown(connection, "earlier_scores", earlier.folder)
    answers = connection.execute(
        f"select distinct cast({sequence} as bigint) as sequence, answer_id, responsible.cause"
        " from responsible inner join changed_answers using (answer)"
    ).to_arrow_table()
    return {FIGURES: _restated(connection, sequence, earlier.sequence, common), ANSWERS: answers}


def in_both(earlier: Sequence[str], later: Sequence[str]) -> tuple[str, ...]:
    """The dimensions of two tables of figures: where one has another, only segments of its own use it."""
    return tuple(each for each in dimensions(later) if each in dimensions(earlier))


def _key(split_by: Sequence[str]) -> tuple[str, ...]:
    return key(("segment", *split_by, "definition_version"))


def _restated(
    connection: duckdb.DuckDBPyConnection, sequence: int, previous: int, split_by: Sequence[str]
) -> pa.Table:
    """The changed figures by cause, as shown then and now."""
    named = _key(split_by)
    return connection.execute(
        f"""
        with causes as (
            select
                figure,
                cause,
                count(distinct answer) as answers
            from responsible
            group by figure, cause
        ),

        restated as (
            select
                changed_figures.*,
                causes.cause,
                causes.answers
            from causes
            inner join changed_figures using (figure)
        ),

        final as (
            select
                cast({sequence} as bigint) as sequence,
                cast({previous} as bigint) as previous_sequence,
                {", ".join(f"restated.{column}" for column in named)},
                restated.cause,
                cast(restated.answers as bigint) as answers,
                {", ".join(f"earlier_scores.{column} as previous_{column}" for column in _SHOWN)},
                {", ".join(f"later_scores.{column}" for column in _SHOWN)}
            from restated
            left join earlier_scores using ({", ".join(named)})
            left join working.publication.nps_scores as later_scores using ({", ".join(named)})
        )

        select * from final
        """
    ).to_arrow_table()


def _changed_figures(
    connection: duckdb.DuckDBPyConnection, then: date, now: date, split_by: Sequence[str]
) -> None:
    """Figures of segments that both publications have, whose period both cover and had ended at both, with
    different content.

    Calendar periods and windows that end on the first of a month are always covered; a window (or all time)
    that ends at as-of only if both have that as-of.
    """
    measured, named = (*COUNTS, FINGERPRINT), ", ".join(_key(split_by))
    connection.execute(
        f"""
        create or replace temporary table changed_figures as
        with segments as (
            select segment from earlier_figures
            intersect
            select segment from later_figures
        )

        select row_number() over (order by {named}) as figure, {named}
        from (from earlier_figures semi join segments using (segment)) as earlier
        full outer join (from later_figures semi join segments using (segment)) as later using ({named})
        where
            period_end <= least(date '{then}', date '{now}')
            and (
                period_grain in ('month', 'quarter', 'year')
                or (period_grain like 'trailing%' and day(period_end) = 1)
                or (period_end = date '{then}' and period_end = date '{now}')
            )
            and ({" or ".join(f"earlier.{name} is distinct from later.{name}" for name in measured)})
        """
    )


def _responsible(connection: duckdb.DuckDBPyConnection, without_answer: str, split_by: Sequence[str]) -> None:
    """`responsible`: changed figure × answer × cause.

    An answer is responsible for a figure it came to, left, or counts in differently. A `current_state` figure
    can also change through another answer of a person who is in it, or who is not known any more (erased,
    deleted, withdrawn: then every such answer of the window is named). A `current_state` figure for which
    there is none has the cause `without_answer`.
    """
    member = membership.member("figures", "states", split_by)
    found = connection.execute("select distinct segment from changed_figures order by 1").fetchall()
    segments = [segment for (segment,) in found]
    connection.execute(
        f"""
        create or replace temporary table responsible as
        with states as ({membership.by_segment("changed_states", segments, split_by)}),

        direct as (
            select
                figures.figure,
                states.answer,
                any_value(states.cause) as cause
            from changed_figures as figures
            inner join states on {member}
            where
                figures.measure = 'in_period'
                or states.current_until is null
                or states.current_until > figures.period_end
            group by figures.figure, states.answer
            having
                max(states.nps_weight) filter (states.is_later)
                is distinct from max(states.nps_weight) filter (not states.is_later)
                or max(states.likelihood_score) filter (states.is_later)
                is distinct from max(states.likelihood_score) filter (not states.is_later)
        ),

        unexplained as (
            select * from changed_figures
            anti join direct using (figure)
        ),

        -- unchanged answers of people who have another, changed answer
        kindred as ({membership.by_segment("kindred_states", segments, split_by)}),

        indirect as (
            select distinct
                figures.figure,
                states.answer,
                states.cause
            from unexplained as figures
            inner join kindred as states on {member}
            where figures.measure = 'current_state'
            union
            select
                figures.figure,
                states.answer,
                states.cause
            from unexplained as figures
            inner join changed_states as states
                on
                    figures.survey_type = states.survey_type
                    and figures.period_start <= states.response_date
                    and figures.period_end > states.response_date
            where figures.measure = 'current_state' and states.cause in ('erasure', 'deletion', 'withdrawal')
        ),

        left_over as (
            select * from unexplained
            anti join indirect using (figure)
        )

        select * from direct
        union all
        select * from indirect
        union all
        select
            figure,
            cast(null as bigint) as answer,
            if(measure = 'current_state', '{without_answer}', 'undetermined') as cause
        from left_over
        """
    )


def _shown(connection: duckdb.DuckDBPyConnection, name: str, folder: Path | None) -> None:
    """A view of an earlier publication's scores; empty if that is gone."""
    source = "working.publication.nps_scores where false"
    if folder is not None:
        source = f"read_parquet({content.literal(content.parquet_file(folder, 'nps_scores'))})"
    connection.execute(f"create or replace temporary view {name} as select * from {source}")
