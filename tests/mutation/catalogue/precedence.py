"""Which answers are left out, for which of several reasons, and which of a person's answers wins."""

from typing import Final

from tests.mutation.mutations import Edit, Mutation, change, drop_line

WINDOWS: Final = "demo/verdant/definition/nps_quarantine_windows.csv"
DISPOSITIONED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__dispositioned.sql"
IDENTIFIED: Final = "dbt_project/models/intermediate/surveys/int_survey_answers__identified.sql"
ERASURES: Final = "dbt_project/models/intermediate/surveys/int_erasures__resolved.sql"
DISPOSITIONS: Final = "dbt_project/seeds/answer_dispositions.csv"
BEFORE: Final = (
    "            when {{{{ is_before('answers.{}', 'answers.sent_at') }}}} then 'before_invitation'"
)
TIMES: Final = "dbt_project/macros/times.sql"
PLACEHOLDERS: Final = "dbt_project/macros/placeholders.sql"
STATUS: Final = "dbt_project/macros/invitation_status.sql"
WHOLE_DAY: Final = " and {{ first }} <> cast(cast({{ second }} as date) as timestamp)"
FOLLOWER: Final = "next_responded_at < {{ dbt.dateadd('day', 'window_days', 'responded_at') }}"


def _never(name: str, careless: str, reason: str) -> Mutation:
    return drop_line(name, careless, DISPOSITIONED, f"            when {reason}")


MUTATIONS: Final[tuple[Mutation, ...]] = (
    change("half_a_window", "halves the relationship window", WINDOWS, "relationship,180", "relationship,90"),
    change("shorter_window", "shortens the other window", WINDOWS, "transactional,90", "transactional,30"),
    change(
        "window_with_grace",
        "lets every window end a fortnight early",
        DISPOSITIONED,
        FOLLOWER,
        FOLLOWER.replace("'window_days'", "'window_days - 14'"),
    ),
    change(
        "first_answer_wins",
        "keeps the first answer of a window, not the last",
        DISPOSITIONED,
        "            order by responded_at, answer_key\n        ) as next_responded_at",
        "            order by responded_at desc, answer_key desc\n        ) as next_responded_at",
    ),
    change(
        "window_over_all_touchpoints",
        "lets a renewal answer push out a support answer",
        DISPOSITIONED,
        "partition by person_key, survey_type, touchpoint",
        "partition by person_key, survey_type",
    ),
    change(
        "window_over_survey_types",
        "lets an answer about a visit push out one about the relationship",
        DISPOSITIONED,
        "partition by person_key, survey_type, touchpoint",
        "partition by person_key",
    ),
    change(
        "no_window",
        "counts every answer of a person",
        DISPOSITIONED,
        FOLLOWER,
        "next_responded_at < responded_at",
    ),
    change(
        "first_reply_to_the_invitation",
        "keeps the first reply to an invitation, not the corrected one",
        DISPOSITIONED,
        "            order by responded_at desc, answer_key desc\n",
        "            order by responded_at, answer_key\n",
    ),
    change(
        "every_reply_to_the_invitation",
        "counts every reply to an invitation",
        DISPOSITIONED,
        "partition by source, lower(survey_id), lower(question_id), invitation_key",
        "partition by source, lower(survey_id), lower(question_id), answer_key",
    ),
    change(
        "invalid_answers_push_out",
        "lets a test or an unanswered question replace a valid answer",
        DISPOSITIONED,
        "    where own_reason is null\n",
        "",
    ),
    _never("tests_count", "counts previews, tests and spam", "answers.is_test then 'preview_or_test'"),
    _never("staff_count", "counts employees", "answers.is_staff then 'staff_or_own_domain'"),
    _never(
        "answers_from_the_future_count",
        "counts answers dated after the end",
        "answers.responded_at >= {{ as_of() }} then 'in_future'",
    ),
    _never(
        "answers_before_their_event_count",
        "counts answers given before the event",
        "{{ is_before('answers.responded_at', 'answers.event_at') }} then 'before_event'",
    ),
    change(
        "a_date_is_its_midnight", "takes a date without a time for its first moment", TIMES, WHOLE_DAY, ""
    ),
    change(
        "zero_is_an_invitation",
        "takes `0` for an invitation that many people answered",
        PLACEHOLDERS,
        "'0{{ punctuation }}', '') = ''",
        "'0{{ punctuation }}', '') = '-'",
    ),
    change(
        "anonymous_is_somebody",
        "takes everybody without an address for one person",
        PLACEHOLDERS,
        "coalesce({{ dbt.position(\"'@'\", email) }}, 0) < 2",
        "coalesce({{ dbt.position(\"'@'\", email) }}, 0) = 1",
    ),
    change(
        "what_failed_was_delivered",
        "takes only what bounced for undelivered",
        STATUS,
        "not in ('bounced', 'undelivered', 'unknown')",
        "<> 'bounced'",
    ),
    Mutation(
        "answers_before_their_invitation_count",
        "counts answers given before their invitation was sent",
        (
            Edit(DISPOSITIONED, f"{BEFORE.format('responded_at')}\n", ""),
            Edit(DISPOSITIONED, f"{BEFORE.format('started_at')}\n", ""),
        ),
    ),
    _never(
        "unanswered_is_off_scale",
        "gives no answer the reason of a wrong one",
        "answers.score is null then 'unanswered'",
    ),
    _never(
        "erased_answers_stay", "ignores that a person had an answer erased", "answers.is_erased then 'erased'"
    ),
    Mutation(
        "staff_before_everything",
        "asks for staff before anything else",
        (
            Edit(DISPOSITIONED, "            when answers.is_staff then 'staff_or_own_domain'\n", ""),
            Edit(
                DISPOSITIONED,
                "            when answers.is_test then 'preview_or_test'\n",
                "            when answers.is_staff then 'staff_or_own_domain'\n"
                "            when answers.is_test then 'preview_or_test'\n",
            ),
        ),
    ),
    change(
        "own_domain_by_name",
        "compares the company's domain with the name before the @",
        IDENTIFIED,
        "\"'@'\", -1)",
        "\"'@'\", 1)",
    ),
    change(
        "erasure_by_address_only",
        "erases what carries the address, not what carries the contact",
        ERASURES,
        "    where in_view.contact_key is not null\n",
        "    where false\n",
    ),
    change(
        "erasure_reaches_forward",
        "erases what a person says after the request, too",
        IDENTIFIED,
        "coalesce(with_contact.responded_at < by_invited_contact.erased_before, false)",
        "by_invited_contact.erased_before is not null",
    ),
    change(
        "quarantine_counts",
        "marks answers within the window as counted in the list of dispositions",
        DISPOSITIONS,
        "quarantine_window,12,false",
        "quarantine_window,12,true",
    ),
)
