-- What became of an account from its answer on. Beside those that answered stand those that had not: each
-- draws an answer of the survey type by its hash and is looked at from that moment on. So all bands begin at
-- the same times, and a new answer moves only the draws that fall to it.
{% set key = ['answer_key', 'account_key', 'horizon_days'] -%}

with answers as (
    select
        survey_type,
        answer_key,
        account_key,
        responded_at,
        nps_band,
        md5(answer_key) as place
    from {{ ref('fct_survey_responses') }}
    where is_counted
),

told as (
    select
        survey_type,
        account_key,
        responded_at as happened_at,
        1 as is_answer
    from answers
    union all
    select
        survey_type,
        account_key,
        sent_at as happened_at,
        0 as is_answer
    from {{ ref('fct_survey_invitations') }}
    where is_delivered
),

payers as (
    select distinct account_key
    from {{ ref('int_revenue__recurring') }}
    where is_known_account
),

survey_types as (
    select distinct survey_type
    from answers
),

-- answers and accounts around one circle of hashes
places as (
    select
        survey_type,
        place,
        place as answer_place,
        cast(null as {{ dbt.type_string() }}) as account_key
    from answers
    union all
    select
        survey_types.survey_type,
        md5(payers.account_key) as place,
        cast(null as {{ dbt.type_string() }}) as answer_place,
        payers.account_key
    from payers
    cross join survey_types
),

-- the next answer; after the last one, the first. Backwards: PostgreSQL adds to a frame that grows, but
-- starts one that shrinks anew at each row.
drawn as (
    select
        survey_type,
        account_key,
        coalesce(
            min(answer_place) over (
                partition by survey_type order by place desc rows between unbounded preceding and current row
            ),
            min(answer_place) over (partition by survey_type)
        ) as answer_place
    from places
),

starts as (
    select
        survey_type,
        answer_key,
        account_key,
        responded_at as index_at,
        nps_band as band
    from answers
    union all
    select
        answers.survey_type,
        answers.answer_key,
        drawn.account_key,
        answers.responded_at as index_at,
        case when count(told.happened_at) > 0 then 'silent' else 'not_invited' end as band
    from drawn
    inner join answers
        on drawn.survey_type = answers.survey_type and drawn.answer_place = answers.place
    left join told
        on
            drawn.survey_type = told.survey_type
            and drawn.account_key = told.account_key
            and answers.responded_at >= told.happened_at
            and {{ dbt.dateadd('day', '-' ~ outcome_look_back(), 'answers.responded_at') }} < told.happened_at
    where drawn.account_key is not null
    group by answers.survey_type, answers.answer_key, drawn.account_key, answers.responded_at
    having coalesce(max(told.is_answer), 0) = 0
),

horizons as (
    {% for days in [0] + outcome_horizons() %}
        select {{ days }} as horizon_days
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

moments as (
    select
        starts.*,
        horizons.horizon_days,
        {{ dbt.dateadd('day', 'horizons.horizon_days', 'starts.index_at') }} as measured_at
    from starts
    cross join horizons
),

-- more credited than billed is nothing
recurring as (
    select
        moments.answer_key,
        moments.account_key,
        moments.horizon_days,
        greatest(cast(sum(recurring.monthly_amount) as decimal(18, 6)), 0) as mrr
    from moments
    inner join {{ ref('int_revenue__recurring') }} as recurring
        on
            moments.account_key = recurring.account_key
            and moments.measured_at > recurring.recurring_from
            and moments.measured_at <= recurring.recurring_to
    group by moments.answer_key, moments.account_key, moments.horizon_days
),

measured as (
    select
        moments.*,
        coalesce(recurring.mrr, 0) as mrr,
        max(case when moments.horizon_days = 0 then coalesce(recurring.mrr, 0) end) over (
            partition by moments.answer_key, moments.account_key
        ) as mrr_before
    from moments
    left join recurring on {{ same('moments', 'recurring', key) }}
),

windows as (
    select
        *,
        measured_at <= {{ as_of() }} as is_complete,
        mrr_before > 0 as is_active
    from measured
    where horizon_days > 0
)

select
    survey_type,
    answer_key,
    coalesce(account_key, 'Unassigned') as account_key,
    horizon_days,
    band,
    index_at,
    measured_at as window_end,
    is_complete,
    is_active,
    cast(mrr_before as decimal(18, 6)) as mrr_before,
    cast(case when is_complete and is_active then mrr end as decimal(18, 6)) as mrr_after,
    cast(case when is_complete and is_active then greatest(mrr - mrr_before, 0) end as decimal(18, 6))
        as expansion_mrr,
    case when is_complete and is_active then mrr = 0 end as is_churned
from windows
where is_active or band not in ('silent', 'not_invited')
