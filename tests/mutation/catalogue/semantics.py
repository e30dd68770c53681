"""What a metric means to whoever asks the semantic layer."""

from typing import Final

from tests.mutation.mutations import Mutation, change

MODELS: Final = "dbt_project/models/semantic"
METRICS: Final = f"{MODELS}/metrics_of_a_period.yml"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "metric_of_top_boxes",
        "takes 8 to 10 for promoters in the semantic layer",
        f"{MODELS}/sem_answers.sql",
        "nps_band = 'promoter'",
        "likelihood_score >= 8",
    ),
    change(
        "metric_without_passives",
        "leaves passives out of the metric's denominator",
        f"{MODELS}/sem_answers.sql",
        "    1 as responses,\n",
        "    case when nps_band = 'passive' then 0 else 1 end as responses,\n",
    ),
    change(
        "metric_of_shares",
        "takes a metric for a share",
        METRICS,
        "expr: 100 * cast(promoters - detractors as double precision) / nullif(responses, 0)",
        "expr: cast(promoters - detractors as double precision) / nullif(responses, 0)",
    ),
    change(
        "metric_of_a_day_more",
        "keeps a state current for a day more",
        f"{MODELS}/sem_current_answers.sql",
        "dbt.dateadd('day', -1, 'answers.current_until')",
        "dbt.dateadd('day', 0, 'answers.current_until')",
    ),
    change(
        "metric_of_opened_invitations",
        "takes an opened invitation for an answered one in the semantic layer",
        f"{MODELS}/sem_invitations.sql",
        "is_delivered and is_answered",
        "is_delivered and is_opened",
    ),
    change(
        "metric_of_90_days",
        "makes a trailing quarter of the semantic layer 89 days",
        f"{MODELS}/metrics_trailing.yml",
        "window: 90 days",
        "window: 89 days",
        count=6,
    ),
)
