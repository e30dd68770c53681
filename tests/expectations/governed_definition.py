"""The governed seeds of the small working file, written by hand as the first version has them."""

from __future__ import annotations

SEEDS = (
    "create schema definition",
    """
    create table definition.nps_definitions as
    select '2023.1' as definition_version, date '2000-01-01' as valid_from, cast(null as date) as valid_to,
        'Council' as approved_by, 'The first' as reason
    """,
    """
    create table definition.nps_score_bands as
    select '2023.1' as definition_version, score,
        case when score >= 9 then 'promoter' when score >= 7 then 'passive' else 'detractor' end as nps_band,
        case when score >= 9 then 100 when score >= 7 then 0 else -100 end as nps_weight
    from range(11) as scores(score)
    """,
    """
    create table definition.nps_quarantine_windows as
    select * from (values ('2023.1', 'relationship', 180), ('2023.1', 'transactional', 90))
        as windows(definition_version, survey_type, window_days)
    """,
    """
    create table definition.customer_value_tiers as
    select '2023.1' as definition_version, * from (
        values ('strategic', 100000), ('key', 25000), ('core', 5000), ('starter', 0)
    ) as tiers(customer_value_tier, minimum_amount)
    """,
    """
    create table definition.reportability_floors as
    select '2023.1' as definition_version, * from (
        values ('suppressed', 0), ('interval_only', 5), ('indicative', 30), ('reportable', 100)
    ) as floors(reportability, minimum_responses)
    """,
    """
    create table definition.publication_limits as
    select '2023.1' as definition_version, *, 'In words' as remedy from (
        values
            ('quarantine', 'file', 2, 'percent', 3), ('quarantine', 'source', 2, 'percent', 3),
            ('quarantine', 'load', 2, 'percent', 10), ('unknown_ids', 'kind', 5, 'percent', 5),
            ('nothing_counted', 'source', 0, 'sources', 10), ('nothing_counted', 'company', 0, 'sources', 0),
            ('vanished_dimension', 'dimension', 0, 'dimensions', 1),
            ('stale_source', 'api', 45, 'days', 1), ('stale_source', 'files', 400, 'days', 1)
    ) as limits(limit_name, applies_to, maximum, unit, minimum_count)
    """,
    """
    create table definition.journey_stages as
    select '2023.1' as definition_version,
        unnest(['onboarding', 'adoption', 'support', 'branch_visit', 'renewal']) as journey_stage
    """,
    """
    create table definition.answer_dispositions as
    select disposition, precedence, disposition = 'counted' as is_counted
    from (
        select unnest([
            'quarantined', 'erased', 'preview_or_test', 'unregistered_question', 'unanswered', 'non_integer',
            'off_scale', 'in_future', 'before_invitation', 'before_event', 'staff_or_own_domain',
            'superseded', 'quarantine_window', 'counted'
        ]) as disposition, unnest(range(14)) as precedence
    )
    """,
    """
    create table definition.exchange_rates as
    select 'EUR' as currency, date '2000-01-01' as valid_from, 1.0 as rate_to_reporting, 2 as minor_units
    """,
    "create table definition.own_email_domains as select 'verdant.example' as email_domain",
    """
    create table definition.nps_questions as
    select *, 0 as scale_min, 10 as scale_max, date '2000-01-01' as valid_from,
        cast(null as date) as valid_to, 'Council' as approved_by, 'Asked since the beginning' as reason
    from (
        values
            ('files', 'relationship', 'nps', 'relationship', 'company', null),
            ('qualtrics', 'SV_Relationship001', 'QID1', 'relationship', 'company', null),
            ('qualtrics', 'SV_Onboarding0001', 'QID1', 'transactional', 'onboarding', 'onboarding'),
            ('qualtrics', 'SV_Adoption000001', 'QID1', 'transactional', 'adoption', 'adoption'),
            ('qualtrics', 'SV_Support0000001', 'QID1', 'transactional', 'support', 'support'),
            ('qualtrics', 'SV_BranchVisit001', 'QID1', 'transactional', 'branch_visit', 'branch_visit'),
            ('qualtrics', 'SV_Renewal0000001', 'QID1', 'transactional', 'renewal', 'renewal')
    ) as questions(source, survey_id, question_id, survey_type, touchpoint, journey_stage)
    """,
)
