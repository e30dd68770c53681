"""Which questions are NPS, under which survey type, and who said so."""

from typing import Final

from tests.mutation.mutations import Mutation, add_line, change

QUESTIONS: Final = "demo/verdant/definition/nps_questions.csv"
DEFINITIONS: Final = "demo/verdant/definition/nps_definitions.csv"
REGISTERED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__registered.sql"
RENEWAL: Final = (
    "qualtrics,SV_Renewal0000001,QID1,0,10,1,transactional,renewal,renewal,2000-01-01,,"
    "Customer Insights Council,Asked after each renewal"
)
RELATIONSHIP: Final = "qualtrics,SV_Relationship001,QID1,0,10,1,relationship,,company,2000-01-01,,"
SUPPORT: Final = "qualtrics,SV_Support0000001,QID1,0,10,1,transactional,support,support"
PRODUCT: Final = (
    "qualtrics,SV_Product0000001,QID1,0,10,1,relationship,,company,2000-01-01,,Product team,It is 0 to 10 too"
)
EASE: Final = (
    "qualtrics,SV_Support0000001,QID3,0,10,1,transactional,support,support,2000-01-01,,Service desk,More data"
)

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "scale_from_one",
        "registers a scale of 1 to 10",
        QUESTIONS,
        "SV_Relationship001,QID1,0,10",
        "SV_Relationship001,QID1,1,10",
    ),
    add_line("question_twice", "pastes a registration twice", QUESTIONS, RENEWAL, RENEWAL),
    change(
        "nobody_approved",
        "registers a question that nobody approved",
        QUESTIONS,
        f"{RELATIONSHIP}Customer Insights Council",
        RELATIONSHIP,
    ),
    change(
        "definition_without_reason",
        "writes down a definition without a reason",
        DEFINITIONS,
        "The first governed definition; it also applies to every answer given before it was written down",
        "",
    ),
    change(
        "definition_begins_late",
        "lets the definition begin in the middle of the history",
        DEFINITIONS,
        "2023.1,2000-01-01",
        "2023.1,2024-07-01",
    ),
    add_line("ease_is_nps", "registers the ease question, also 0 to 10", QUESTIONS, RENEWAL, EASE),
    add_line("product_is_nps", "registers a product rating as relationship NPS", QUESTIONS, RENEWAL, PRODUCT),
    change(
        "support_is_relationship",
        "registers support answers as relationship answers, to have more of them",
        QUESTIONS,
        SUPPORT,
        "qualtrics,SV_Support0000001,QID1,0,10,1,relationship,,company",
    ),
    change(
        "every_question_of_the_survey",
        "forgets the question in the join with the registry",
        REGISTERED,
        "            and defined.question_key = questions.question_key\n",
        "",
    ),
    change(
        "every_survey_of_the_vendor",
        "forgets the survey in the join with the registry",
        REGISTERED,
        "            and defined.survey_key = questions.survey_key\n",
        "",
    ),
    change(
        "identifiers_as_written",
        "compares survey ids as they are written",
        REGISTERED,
        "lower(trim(answers.survey_id)) as survey_key",
        "answers.survey_id as survey_key",
    ),
    change(
        "survey_types_blended",
        "calls every answer a relationship answer",
        REGISTERED,
        "        questions.survey_type,\n        questions.touchpoint,",
        "        case when questions.survey_type is not null then 'relationship' end as survey_type,\n"
        "        questions.touchpoint,",
    ),
)
