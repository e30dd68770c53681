"""The bridge of the made-up answers, counted naively in SQL: every answer is looked at once for every line.

Does not belong here: the other published tables (`publication`).
"""

#: Whether two figures (lists of bands) differ, but by fewer than five answers or in one band only.
_OF_FEW = """
    create macro of_few(one, other) as
        list_sum(list_transform(list_zip(one, other), lambda pair: abs(pair[1] - pair[2]))) > 0 and (
            list_sum(list_transform(list_zip(one, other), lambda pair: abs(pair[1] - pair[2]))) < 5
            or list_sum(list_transform(list_zip(one, other), lambda pair: (pair[1] <> pair[2])::int)) = 1
        )
"""
STATEMENTS = (
    _OF_FEW,
    """
    create table bridged as
    with answers as (
        select survey_type, source, survey_id, definition_version, precedence, score,
            cast(date_trunc('month', response_date) as date) as period_start,
            unnest([true, false]) as is_total
        from marts.fct_survey_responses inner join definition.answer_dispositions using (disposition)
    ),
    lines as (
        select precedence as line_number, disposition as line_name, 'excluded' as kind
        from definition.answer_dispositions where not is_counted and disposition <> 'quarantined'
        union all values (0, 'received', 'received'), (13, 'counted', 'published'), (14, 'rounded', 'shown')
    ),
    counts as (
        select survey_type, if(is_total, '(all)', source) as source,
            if(is_total, '(all)', survey_id) as survey_id, period_start,
            cast(period_start + interval 1 month as date) as period_end, definition_version,
            line_number, line_name, kind,
            count(*) filter (is_left) as answers,
            count(*) filter (is_left and score in (9, 10)) as promoters,
            count(*) filter (is_left and score in (7, 8)) as passives,
            count(*) filter (is_left and score in (0, 1, 2, 3, 4, 5, 6)) as detractors
        from (select *, precedence > least(line_number, 12) as is_left from answers cross join lines)
        group by all
    ),
    scored as (
        select *, 100.0 * (promoters - detractors) / nullif(promoters + passives + detractors, 0) as exact,
            min(answers) over (partition by survey_type, source, survey_id, period_start) as fewest
        from counts
    )
    select * exclude (exact),
        if(kind = 'shown', cast(round(exact::decimal(28, 12), 1) as double), exact) as nps
    from scored
    """,
    # beside them: each person's last answer, accounts alike, accounts by their revenue
    """
    insert into bridged by name
    with months as (
        select survey_type, definition_version,
            cast(date_trunc('month', response_date) as date) as period_start,
            cast(date_trunc('month', response_date) + interval 1 month as date) as period_end,
            answer_key, person_key, account_key, responded_at, nps_weight
        from marts.fct_survey_responses where is_counted
    ),
    paying as (
        select months.*, trailing_revenue_amount as paid from months
        left join marts.fct_account_standings as standings on standings.account_key = months.account_key
            and standing_date = least(
                period_end, (select max(standing_date) from marts.fct_account_standings)
            )
    ),
    voices as (
        select * exclude (answer_key, person_key, account_key, responded_at, paid),
            1 as weight, answer_key as voice, 15 as line_number, 'latest_per_person' as line_name
        from paying
        qualify row_number() over (
            partition by survey_type, person_key, period_start order by responded_at desc, answer_key desc
        ) = 1
        union all by name
        select survey_type, definition_version, period_start, period_end, nps_weight, account_key as voice,
            unnest([16, 17]) as line_number, unnest(['account_weighted', 'revenue_weighted']) as line_name,
            unnest([1, paid]) / count(*) over (
                partition by survey_type, period_start, account_key
            ) as weight
        from paying where account_key is not null
    ),
    scored as (
        select survey_type, '(all)' as source, '(all)' as survey_id, period_start, period_end,
            definition_version, line_number, line_name, 'beside' as kind,
            count(*) as answers, count(distinct voice) as fewest,
            count(*) filter (nps_weight = 100) as promoters, count(*) filter (nps_weight = 0) as passives,
            count(*) filter (nps_weight = -100) as detractors, sum(nps_weight * weight) / sum(weight) as exact
        from voices where weight > 0 group by all
    )
    select * exclude (exact), exact as nps from scored
    """,
    # what few people said is between no two lines, and in no survey of several
    """
    create table publication.nps_bridge as
    with lines as (
        select *, [promoters, passives, detractors] as bands,
            concat_ws('|', survey_type, period_start) as cell,
            concat_ws('|', survey_type, period_start, source, survey_id) as bridge
        from bridged
    ),
    ends as (select bridge, bands from lines where kind = 'published'),
    entered as (
        select lines.*, ends.bands as published,
            coalesce(of_few((
                select arg_max(above.bands, above.line_number) from lines as above
                where above.bridge = lines.bridge and above.kind <> 'beside'
                    and above.line_number < lines.line_number and above.bands <> lines.bands
            ), lines.bands), false) as is_of_few
        from lines inner join ends using (bridge)
    ),
    judged as (
        select *, case
            when fewest < 5 then 'suppressed'
            when exists (
                from publication.nps_scores as score
                where score.segment = 'company' and score.measure = 'in_period' and period_grain = 'month'
                    and score.survey_type = entered.survey_type and score.period_start = entered.period_start
                    and score.reportability = 'suppressed_for_others'
            ) then 'suppressed_for_others'
            when source <> '(all)' and (
                select count(distinct survey_id) from lines as survey
                where survey.cell = entered.cell and survey.source <> '(all)'
            ) > 1 then 'suppressed_for_others'
            when kind = 'beside' and exists (
                from lines as above where above.bridge = entered.bridge
                    and above.line_number < entered.line_number
                    and above.kind in ('published', 'beside') and of_few(above.bands, entered.bands)
            ) then 'suppressed_for_others'
            when kind <> 'beside' and bands <> published and (
                is_of_few or of_few(bands, published) and not exists (
                    from entered as lower where lower.bridge = entered.bridge
                        and lower.line_number > entered.line_number and not lower.is_of_few
                        and lower.kind <> 'beside' and lower.bands not in (entered.bands, published)
                )
            ) then 'suppressed_for_others'
            when fewest >= 100 then 'reportable' when fewest >= 30 then 'indicative' else 'interval_only'
        end as reportability
        from entered
    )
    select survey_type, source, survey_id, period_start, period_end, definition_version,
        line_number, line_name, kind, answers, reportability,
        if(reportability like 'suppressed%', null, promoters) as promoters,
        if(reportability like 'suppressed%', null, passives) as passives,
        if(reportability like 'suppressed%', null, detractors) as detractors,
        if(reportability like 'suppressed%' or reportability = 'interval_only', null, nps) as nps
    from judged
    """,
    "drop table bridged",
)
