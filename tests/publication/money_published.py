"""The tables of money as a small publication has them, by hand.

Belongs here: the rows. Does not belong here: any expectation.
"""

from __future__ import annotations

from pathlib import Path

import duckdb


def published(folder: Path) -> Path:
    """A folder of publications whose current version has only tables of money; returns it."""
    version = folder / "versions" / "1"
    version.mkdir(parents=True)
    (folder / "current").symlink_to(version)
    with duckdb.connect(version / "nps.duckdb") as connection:
        connection.execute(_TABLES)
    return folder


_TABLES = """
    create table revenue_coverage as
    select
        'relationship' as survey_type, segment, '(all)' as customer_value_tier, tenure, '(all)' as region,
        band, accounts, accounts / 100 as accounts_share, cast(mrr as decimal(18, 6)) as mrr,
        case when tenure <> 'over 3 years' then cast(mrr / 10000.0 as double) end as mrr_share,
        if(mrr is null, 'suppressed', 'none') as suppression
    from (values
        ('company', '(all)', 'silent', 20, 2500.5), ('company', '(all)', 'promoter', 60, 6000),
        ('company', '(all)', 'detractor', 20, 1499.5), ('tenure', 'over 3 years', 'detractor', 3, null),
        ('tenure', 'over 3 years', 'promoter', 30, 3000), ('tenure', 'under 1 year', 'promoter', 30, 3000)
    ) as given (segment, tenure, band, accounts, mrr);

    create table weighted_scores as
    select
        'relationship' as survey_type, weighting, date '2025-01-01' as period_start, period_end,
        'company' as segment, '(all)' as customer_value_tier, '(all)' as region, '1' as definition_version,
        80::bigint as accounts, 90::bigint as responses, nps, nps - 9 as nps_low, nps + 9 as nps_high,
        'indicative' as reportability, 0.75::double as coverage
    from (values
        ('revenue', date '2026-01-01', 60.25::double), ('respondent', date '2026-01-01', 12.5),
        ('respondent', date '2025-01-01', 99)
    ) as given (weighting, period_end, nps);

    create table revenue_association as
    select
        'relationship' as survey_type, 365 as horizon_days, segment, '(all)' as customer_value_tier, tenure,
        '(all)' as region, band, 40::bigint as accounts, churn as churn_rate, churn / 2 as churn_low,
        churn * 1.5 as churn_high, 0.9::double as net_retention, 0.8::double as net_retention_low,
        1.0::double as net_retention_high, ratio as risk_ratio, ratio / 2 as risk_ratio_low,
        ratio * 2 as risk_ratio_high, ratio as stratified_risk_ratio, ratio / 2 as stratified_risk_ratio_low,
        ratio * 2 as stratified_risk_ratio_high, confounded as is_confounded, verdict
    from (values
        ('company', '(all)', 'detractor', 0.4::double, 4.0::double, true, 'associated'),
        ('company', '(all)', 'promoter', 0.1, null, null, 'reference'),
        ('company', '(all)', 'passive', 0.1, 1.25, false, 'not distinguishable'),
        ('tenure', 'over 3 years', 'silent', null, null, null, 'too few')
    ) as given (segment, tenure, band, churn, ratio, confounded, verdict);

    create table revenue_at_risk as
    select
        'relationship' as survey_type, 365 as horizon_days, band, 20::bigint as accounts,
        cast(1499.5 as decimal(18, 6)) as mrr, risk as excess_churn, risk / 2 as excess_churn_low,
        risk * 2 as excess_churn_high, 1499.5 * risk as mrr_at_risk, 1499.5 * risk / 2 as mrr_at_risk_low,
        1499.5 * risk * 2 as mrr_at_risk_high, verdict
    from (values
        ('passive', null, 'not distinguishable'), ('detractor', 0.25::double, 'associated')
    ) as given (band, risk, verdict);

    create table churn_curves as
    select
        'relationship' as survey_type, 'detractor' as band, days, 40::bigint as at_risk, 4::bigint as churned,
        0::bigint as censored, 0.9::double as survival, 0.8::double as survival_low,
        0.95::double as survival_high
    from (values (90), (180), (270), (360)) as given (days);

    create table band_transitions as
    select
        'relationship' as survey_type, 365 as horizon_days, window_end, from_band, to_band,
        accounts, cast(paid as decimal(18, 6)) as mrr_before, cast(0 as decimal(18, 6)) as mrr_after
    from (values
        (date '2026-01-01', 'promoter', 'left', 6, 700), (date '2026-01-01', 'promoter', 'promoter', 9, 1),
        (date '2025-01-01', 'promoter', 'left', 8, 1), (date '2026-01-01', 'promoter', 'detractor', 2, null)
    ) as given (window_end, from_band, to_band, accounts, paid);

    create table association_placebo as
    select
        placebo, 'relationship' as survey_type, 365 as horizon_days, band, 40::bigint as accounts,
        ratio as stratified_risk_ratio, ratio / 2 as stratified_risk_ratio_low,
        ratio * 2 as stratified_risk_ratio_high, verdict
    from (values
        ('permuted', 'detractor', 3.0::double, 'warns'), ('permuted', 'passive', 1.5, 'does not warn'),
        ('earlier', 'promoter', null, 'reference'), ('earlier', 'passive', 1.5, 'does not warn')
    ) as given (placebo, band, ratio, verdict);

    create table non_response as
    select
        'relationship' as survey_type, period_end - interval 1 year as period_start, period_end,
        '1' as definition_version, answers as responses, 150::bigint as silent, nps,
        nps - 6.5 as nps_if_alike,
        nps * 0.4 + 60 as nps_if_promoters, nps * 0.4 - 60 as nps_if_detractors,
        nps * 0 + 0.75 as alike_share,
        reportability
    from (values
        (date '2025-01-01', 7::bigint, null, 'interval_only'),
        (date '2026-01-01', 100, 22.5::double, 'reportable')
    ) as given (period_end, answers, nps, reportability);

    create table earned_growth as
    select
        period_end - interval 1 year as period_start, period_end, 40::bigint as accounts_before,
        1::bigint as earned_accounts, 1::bigint as bought_accounts, 0::bigint as unknown_accounts,
        0::bigint as returned_accounts, cast(before as decimal(18, 6)) as mrr_before,
        cast(after as decimal(18, 6)) as mrr_after, before as retained_mrr, 0 as earned_mrr, 0 as other_mrr,
        earned as earned_growth, at_most as earned_growth_at_most,
        after / before - 1 as total_growth, ratio as earned_ratio, known as referral_coverage
    from (values
        (date '2024-10-01', 1::double, 2::double, 1::double, 1::double, 1::double, 1::double),
        (date '2025-01-01', 1000, 1300, 0.1, 0.15, 0.375, 0.625),
        (date '2025-04-01', 1000, 900, -0.125, null, null, 0.5),
        (date '2025-07-01', null, null, null, null, null, 1),
        (date '2025-10-01', 900, 1800, 0.5, 0.5, 0.5, null)
    ) as given (period_end, before, after, earned, at_most, ratio, known);
"""
