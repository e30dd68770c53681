-- The customers of a day: who pays, how much, and under which attributes. One row per version of the
-- definition that any answer is judged by, since tiers are part of the definition.
with versions as (
    select distinct definition_version from {{ ref('fct_nps_daily') }}
),

tiers as (
    {{ nps_ranges(ref('customer_value_tiers'), 'customer_value_tier', 'minimum_amount') | indent(4) }}
)

select
    revenue.account_key,
    revenue.standing_date,
    versions.definition_version,
    revenue.trailing_revenue_amount,
    {{ nps_member('tiers.customer_value_tier') }} as customer_value_tier,
    {{ nps_member('branches.branch_id') }} as branch,
    {{ nps_member('coalesce(branches.region, account_versions.region)') }} as region,
    {{ declared_members('account_versions', {
        'customer_value_tier': 'tiers.customer_value_tier',
        'branch': 'branches.branch_id',
        'region': 'coalesce(branches.region, account_versions.region)',
    }, nps_account_dimensions()) }}
    {{ nps_member('account_versions.plan') }} as plan
from {{ ref('int_account_revenue__at_standings') }} as revenue
cross join versions
left join tiers
    on
        versions.definition_version = tiers.definition_version
        and {{ nps_in_range('revenue.trailing_revenue_amount', 'tiers') }}
left join {{ ref('dim_account_versions') }} as account_versions
    on
        revenue.account_key = account_versions.account_key
        and revenue.standing_date >= account_versions.valid_from
        and revenue.standing_date < account_versions.valid_to
left join {{ ref('dim_branches') }} as branches on account_versions.branch_key = branches.branch_key
