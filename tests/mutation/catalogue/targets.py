"""What is said of targets, and when a score has shifted."""

from typing import Final

from tests.mutation.mutations import Mutation, change

TARGETS: Final = "dbt_project/models/publication/target_attainment.sql"
CHART: Final = "dbt_project/models/publication/nps_control_chart.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "each_target_by_itself",
        "tells every target at the level of one, however many there are",
        TARGETS,
        "/ (4 * targets_compared))) - 1.6",
        "/ 4)) - 1.6",
    ),
    change(
        "targets_told_at_any_time",
        "judges a year that has hardly begun by the bound of its end",
        TARGETS,
        "least(1.0, cast(days_so_far as {{ double() }})",
        "greatest(1.0, cast(days_so_far as {{ double() }})",
    ),
    change(
        "targets_of_everybody",
        "compares targets with each person's latest answer",
        TARGETS,
        "where measure = 'in_period' and period_grain = 'year'",
        "where measure = 'in_period' and period_grain = 'all_time'",
    ),
    change(
        "a_shift_against_itself",
        "compares each period with all up to it, itself among them",
        CHART,
        "rows between unbounded preceding and 1 preceding)",
        "rows between unbounded preceding and current row)",
    ),
    change(
        "every_wobble_added_up",
        "adds up each period in full, so that noise becomes a signal",
        "dbt_project/macros/control_charts.sql",
        "    0.5\n",
        "    0.0\n",
    ),
)
