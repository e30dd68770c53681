"""Which score is in which band, and what it weighs."""

from typing import Final

from tests.mutation.mutations import Edit, Mutation, add_line, change, drop_line

SEED: Final = "demo/verdant/definition/nps_score_bands.csv"
DAILY: Final = "dbt_project/models/marts/nps/fct_nps_daily.sql"
REGISTERED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__registered.sql"
DISPOSITIONED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__dispositioned.sql"
TEN: Final = "2023.1,10,promoter,100"
FIVE: Final = "2023.1,5,detractor,-100"
JOIN: Final = "registered.score = bands.score"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "six_is_passive",
        "is generous: a 6 is a passive",
        SEED,
        "2023.1,6,detractor,-100",
        "2023.1,6,passive,0",
    ),
    change(
        "seven_is_a_promoter",
        "is generous: a 7 promotes",
        SEED,
        "2023.1,7,passive,0",
        "2023.1,7,promoter,100",
    ),
    change(
        "eight_is_a_promoter",
        "is generous: an 8 promotes",
        SEED,
        "2023.1,8,passive,0",
        "2023.1,8,promoter,100",
    ),
    change(
        "nine_is_passive", "is strict: a 9 is a passive", SEED, "2023.1,9,promoter,100", "2023.1,9,passive,0"
    ),
    change(
        "zero_is_passive", "takes a 0 for no answer", SEED, "2023.1,0,detractor,-100", "2023.1,0,passive,0"
    ),
    drop_line("ten_is_missing", "loses the last line of the bands", SEED, TEN),
    add_line("eleven_scores", "adds a score of 11", SEED, TEN, "2023.1,11,promoter,100"),
    add_line("five_twice", "pastes a score twice", SEED, FIVE, FIVE),
    change(
        "promoters_weigh_one",
        "weighs a 10 as 1, not 100",
        SEED,
        "2023.1,10,promoter,100",
        "2023.1,10,promoter,1",
    ),
    change(
        "passives_weigh_half",
        "weighs a 7 as half a promoter",
        SEED,
        "2023.1,7,passive,0",
        "2023.1,7,passive,50",
    ),
    change(
        "nine_does_not_promote_in_the_mart",
        "writes > 9 for >= 9 where the mart counts promoters",
        DAILY,
        "nps_band = 'promoter'",
        "likelihood_score > 9",
    ),
    change(
        "six_does_not_detract_in_the_mart",
        "writes < 6 for <= 6 where the mart counts detractors",
        DAILY,
        "nps_band = 'detractor'",
        "likelihood_score < 6",
    ),
    change(
        "passives_leave_the_denominator",
        "divides by promoters and detractors only",
        DAILY,
        "cast(count(*) as bigint) as responses",
        "cast(sum(case when nps_band <> 'passive' then 1 else 0 end) as bigint) as responses",
    ),
    Mutation(
        "halves_are_rounded",
        "rounds 6.5 to 7",
        (
            Edit(DISPOSITIONED, "answers.score <> floor(answers.score)", "false"),
            Edit(REGISTERED, JOIN, "round(registered.score) = bands.score"),
        ),
    ),
    Mutation(
        "off_scale_is_clipped",
        "takes whatever is above 10 for a 10",
        (
            Edit(DISPOSITIONED, " or answers.score > registered.scale_max", ""),
            Edit(REGISTERED, JOIN, "least(registered.score, 10) = bands.score"),
        ),
    ),
    change(
        "bands_are_thresholds",
        "joins every band from the score on, not the score's own",
        REGISTERED,
        JOIN,
        "registered.score >= bands.score",
    ),
)
