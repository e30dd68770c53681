-- What each cell contributes to a change of the company's score, and its parts. Shares are of the cells that
-- have answers in both periods; what came or went is measured against those. Terms are fixed to 12 decimals
-- (squared errors to 18) before they are added, so that the order of adding cannot change the last digits.
{% set change = explained_change() -%}
{% set per_change = 'partition by ' ~ change | join(', ') -%}
{% set parts = explained_influences() -%}
{% set sides = ['previous_', ''] -%}
{% set of_all = ['is_told_apart'] -%}
{% for side in sides -%}
    {% do of_all.extend([
        side ~ 'company_nps', side ~ 'stayed_nps', side ~ 'company_responses', side ~ 'stayed_responses',
        side ~ 'invitations'
    ]) -%}
{% endfor -%}

with cells as (
    select
        *,
        {% for side in sides %}
            case
                when {{ side }}responses > 0
                    then {{ nps_score(side ~ 'promoters', side ~ 'detractors', side ~ 'responses') }}
            end as {{ side }}nps,
            case
                when {{ side }}responses > 0
                    then
                        10000
                        * {{ nps_variance(side ~ 'promoters', side ~ 'detractors', side ~ 'responses') }}
            end as {{ side }}variance,
        {% endfor %}
        case when responses > 0 and previous_responses > 0 then 1 else 0 end as stayed,
        case
            when
                responses > 0 and previous_responses > 0
                and delivered_invitations > 0 and previous_delivered_invitations > 0
                then 1
            else 0
        end as was_invited
    from {{ ref('fct_nps_change_cells') }}
),

totals as (
    select
        {{ change | join(',\n        ') }},
        {% for side in sides %}
            {{ nps_score(
                'sum(' ~ side ~ 'promoters)', 'sum(' ~ side ~ 'detractors)', 'sum(' ~ side ~ 'responses)'
            ) }} as {{ side }}company_nps,
            {{ nps_score(
                'sum(stayed * ' ~ side ~ 'promoters)',
                'sum(stayed * ' ~ side ~ 'detractors)',
                'sum(stayed * ' ~ side ~ 'responses)'
            ) }} as {{ side }}stayed_nps,
            cast(sum({{ side }}promoters) as bigint) as {{ side }}company_promoters,
            cast(sum({{ side }}detractors) as bigint) as {{ side }}company_detractors,
            cast(sum({{ side }}responses) as bigint) as {{ side }}company_responses,
            cast(sum(stayed * {{ side }}responses) as bigint) as {{ side }}stayed_responses,
            cast(sum(was_invited * {{ side }}delivered_invitations) as bigint) as {{ side }}invitations,
        {% endfor %}
        max(was_invited) as is_told_apart
    from cells
    group by
        {{ change | join(',\n        ') }}
),

beside as (
    select
        cells.*,
        {{ qualified('totals', of_all) }}
    from cells
    inner join totals on {{ same('cells', 'totals', change) }}
),

-- how much a cell's share of the invited grew: not at all where nobody of it was invited in either period
shared as (
    select
        *,
        {% for side in sides %}
            cast({{ side }}stayed_responses as {{ double() }}) / {{ side }}company_responses
                as {{ side }}stayed_share,
            case when stayed = 1 then cast({{ side }}responses as {{ double() }}) end
            / {{ side }}stayed_responses
                as {{ side }}portion,
            cast({{ side }}responses as {{ double() }})
            / {{ side }}company_responses as {{ side }}company_share,
        {% endfor %}
        (stayed_nps + previous_stayed_nps) / 2 as midpoint,
        nps - previous_nps as moved,
        (nps + previous_nps) / 2 as middle,
        previous_variance / nullif(previous_responses, 0) + variance / nullif(responses, 0) as noise,
        case
            when was_invited = 1
                then
                    (cast(delivered_invitations as {{ double() }}) / invitations)
                    / (cast(previous_delivered_invitations as {{ double() }}) / previous_invitations)
            when stayed = 1 and is_told_apart = 1 then 1
        end as growth
    from beside
),

-- the scores there would be if the cells had the shares of the other period, or of its invitations
averages as (
    select
        {{ change | join(',\n        ') }},
        {{ exactly('previous_portion * moved', 12) }} as moved_before,
        {{ exactly('portion * moved', 12) }} as moved_after,
        {{ exactly('previous_portion * middle', 12) }} as middle_before,
        {{ exactly('portion * middle', 12) }} as middle_after,
        {{ exactly('previous_portion * growth', 12) }} as growth_before,
        {{ exactly('portion / growth', 12) }} as shrinkage_after,
        {{ exactly('previous_portion * growth * middle', 12) }}
        / {{ exactly('previous_portion * growth', 12) }} as middle_before_invited_after,
        {{ exactly('portion / growth * middle', 12) }}
        / {{ exactly('portion / growth', 12) }} as middle_after_invited_before
    from shared
    group by
        {{ change | join(',\n        ') }}
),

-- of a share's shift, what comes of the invited: the mean of it before and after who answers has shifted
shifted as (
    select
        shared.*,
        {% for average in [
            'moved_before', 'moved_after', 'middle_before', 'middle_after', 'growth_before', 'shrinkage_after',
            'middle_before_invited_after', 'middle_after_invited_before'
        ] %}
            averages.{{ average }},
        {% endfor %}
        (
            shared.previous_portion * shared.growth / averages.growth_before - shared.previous_portion
            + shared.portion - shared.portion / shared.growth / averages.shrinkage_after
        ) / 2 as invited_shift
    from shared
    inner join averages on {{ same('shared', 'averages', change) }}
),

parted as (
    select
        *,
        -- what a cell is measured against in either period
        {% for side in sides %}
            case when stayed = 1 then {{ side }}portion else {{ side }}company_share end as {{ side }}weight,
            case when stayed = 1 then {{ side }}stayed_responses else {{ side }}company_responses end
                as {{ side }}weighed_responses,
            {{ side }}nps - case when stayed = 1 then midpoint else {{ side }}stayed_nps end
                as {{ side }}distance,
        {% endfor %}
        case when stayed = 1 then (previous_portion + portion) / 2 * moved else 0 end as movement,
        case when stayed = 1 then (portion - previous_portion) * (middle - midpoint) else 0 end as mix,
        case
            when stayed = 1 then invited_shift * (middle - midpoint)
            when is_told_apart = 1 then 0
        end as invited_mix,
        case
            when stayed = 0 and responses > 0 then company_share * (nps - stayed_nps)
            else 0
        end as arrivals,
        case
            when stayed = 0 and previous_responses > 0
                then previous_company_share * (previous_stayed_nps - previous_nps)
            else 0
        end as departures
    from shifted
),

-- squared errors of one cell, and of how far the company's score is from that of the cells that stayed
contributions as (
    select
        *,
        {% for side in sides %}
            coalesce(
                (
                    {{ side }}weight * ({{ side }}variance + power({{ side }}distance, 2))
                    - power({{ side }}weight * {{ side }}distance, 2)
                ) / {{ side }}weighed_responses, 0
            ) as {{ side }}squared_error,
            coalesce(
                {{ side }}company_share / {{ side }}company_responses * (
                    {{ side }}variance * power(1 - stayed / {{ side }}stayed_share, 2)
                    + power(
                        {{ side }}nps - {{ side }}company_nps
                        - stayed / {{ side }}stayed_share * ({{ side }}nps - {{ side }}stayed_nps), 2
                    )
                ), 0
            ) as {{ side }}squared_gap,
        {% endfor %}
        mix - invited_mix as answered_mix,
        movement + mix + arrivals + departures as contribution
    from parted
),

added as (
    select
        {{ change | join(',\n        ') }},
        cast(sum(cell_members) as bigint) as cell_members,
        {% for part, influences in parts.items() %}
            {{ exactly(part, 12) }} as {{ part }},
            sqrt({{ exactly(
                'previous_portion * power(' ~ influences[0] ~ ', 2) / previous_stayed_responses + portion * power('
                ~ influences[1] ~ ', 2) / stayed_responses + power(' ~ influences[2] ~ ', 2) * noise', 18
            ) }}) as {{ part }}_error,
        {% endfor %}
        {{ exactly('arrivals', 12) }} as arrivals,
        sqrt({{ exactly('squared_gap', 18) }}) as arrivals_error,
        {{ exactly('departures', 12) }} as departures,
        sqrt({{ exactly('previous_squared_gap', 18) }}) as departures_error
    from contributions
    group by
        {{ change | join(',\n        ') }}
),

adjusted as (
    select
        {{ qualified('added', change) }},
        added.cell_members,
        {% for part in (parts | list) + ['arrivals', 'departures'] %}
            added.{{ part }},
            added.{{ part }}_error,
        {% endfor %}
        totals.previous_company_responses as previous_responses,
        totals.company_responses as responses,
        totals.previous_company_nps as previous_nps,
        totals.company_nps as nps,
        {% set before = nps_adjusted(
            'totals.previous_company_promoters', 'totals.previous_company_detractors',
            'totals.previous_company_responses'
        ) %}
        {% set after = nps_adjusted(
            'totals.company_promoters', 'totals.company_detractors', 'totals.company_responses'
        ) %}
        {{ nps_score(*after) }} - {{ nps_score(*before) }} as difference,
        100 * sqrt(
            {{ nps_variance(*before) }} / {{ before[2] }}
            + {{ nps_variance(*after) }} / {{ after[2] }}
        ) as difference_error
    from added
    inner join totals on {{ same('added', 'totals', change) }}
)

select
    {{ change | join(',\n    ') }},
    'company' as segment,
    '(all)' as member,
    cell_members,
    previous_responses,
    responses,
    cast(null as bigint) as previous_delivered_invitations,
    cast(null as bigint) as delivered_invitations,
    previous_nps,
    nps,
    nps - previous_nps as contribution,
    difference - {{ nps_z() }} * difference_error as contribution_low,
    difference + {{ nps_z() }} * difference_error as contribution_high,
    {% for part in (parts | list) + ['arrivals', 'departures'] %}
        {{ part }},
        {{ part }} - {{ nps_z() }} * {{ part }}_error as {{ part }}_low,
        {{ part }} + {{ nps_z() }} * {{ part }}_error as {{ part }}_high,
    {% endfor %}
    cast(null as bigint) as contribution_rank
from adjusted
union all
select
    {{ change | join(',\n    ') }},
    split_by as segment,
    member,
    cell_members,
    previous_responses,
    responses,
    previous_delivered_invitations,
    delivered_invitations,
    previous_nps,
    nps,
    contribution,
    contribution - {{ nps_z() }} * sqrt(previous_squared_error + squared_error) as contribution_low,
    contribution + {{ nps_z() }} * sqrt(previous_squared_error + squared_error) as contribution_high,
    {% for part in (parts | list) + ['arrivals', 'departures'] %}
        case when {{ part }} = 0 then 0 else {{ part }} end as {{ part }}, -- zero has one sign
        cast(null as {{ double() }}) as {{ part }}_low,
        cast(null as {{ double() }}) as {{ part }}_high,
    {% endfor %}
    cast(
        row_number() over (
            {{ per_change }}
            order by cast(abs(contribution) as decimal(38, 9)) desc, member
        ) as bigint
    ) as contribution_rank
from contributions
