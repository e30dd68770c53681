-- What each cell contributes to a change of the company's score, and its parts. Shares are of the cells that have
-- answers in both periods; what came or went is measured against those. Terms are fixed to 12 decimals (squared
-- errors to 18) before they are added, so that the order of adding cannot change the last digits.
{% set change = explained_change() -%}
{% set per_change = 'partition by ' ~ change | join(', ') -%}
{% set parts = explained_influences() -%}
{% set sides = ['previous_', ''] -%}

with cells as (
    select
        *,
        case when responses > 0 and previous_responses > 0 then 1 else 0 end as stayed,
        case
            when
                responses > 0 and previous_responses > 0
                and delivered_invitations > 0 and previous_delivered_invitations > 0
                then 1
            else 0
        end as was_invited,
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
            end as {{ side }}variance{{ ',' if not loop.last }}
        {% endfor %}
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

-- how much a cell's share of the invited grew: not at all where nobody of it was invited in one of the periods
shared as (
    select
        cells.*,
        {% for side in sides %}
            totals.{{ side }}company_nps,
            totals.{{ side }}stayed_nps,
            totals.{{ side }}company_responses,
            totals.{{ side }}stayed_responses,
            cast(totals.{{ side }}stayed_responses as double) / totals.{{ side }}company_responses
                as {{ side }}stayed_share,
            case when cells.stayed = 1 then cast(cells.{{ side }}responses as double) end
            / totals.{{ side }}stayed_responses as {{ side }}share,
            cast(cells.{{ side }}responses as double) / totals.{{ side }}company_responses
                as {{ side }}company_share,
        {% endfor %}
        (totals.stayed_nps + totals.previous_stayed_nps) / 2 as reference,
        cells.nps - cells.previous_nps as moved,
        (cells.nps + cells.previous_nps) / 2 as middle,
        cells.previous_variance / nullif(cells.previous_responses, 0)
        + cells.variance / nullif(cells.responses, 0) as noise,
        case
            when cells.was_invited = 1
                then
                    (cast(cells.delivered_invitations as double) / totals.invitations)
                    / (cast(cells.previous_delivered_invitations as double) / totals.previous_invitations)
            when cells.stayed = 1 and totals.is_told_apart = 1 then 1
        end as growth
    from cells
    inner join totals on {{ same('cells', 'totals', change) }}
),

-- the scores there would be if the cells had the shares of the other period, or of the other period's invitations
averages as (
    select
        {{ change | join(',\n        ') }},
        {{ exactly('previous_share * moved', 12) }} as moved_before,
        {{ exactly('share * moved', 12) }} as moved_after,
        {{ exactly('previous_share * middle', 12) }} as middle_before,
        {{ exactly('share * middle', 12) }} as middle_after,
        {{ exactly('previous_share * growth', 12) }} as growth_before,
        {{ exactly('share / growth', 12) }} as shrinkage_after,
        {{ exactly('previous_share * growth * middle', 12) }}
        / {{ exactly('previous_share * growth', 12) }} as middle_before_invited_after,
        {{ exactly('share / growth * middle', 12) }}
        / {{ exactly('share / growth', 12) }} as middle_after_invited_before
    from shared
    group by
        {{ change | join(',\n        ') }}
),

-- of a share's shift, what comes of the invited: the mean of what it is before and after the others have shifted
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
            shared.previous_share * shared.growth / averages.growth_before - shared.previous_share
            + shared.share - shared.share / shared.growth / averages.shrinkage_after
        ) / 2 as invited_shift
    from shared
    inner join averages on {{ same('shared', 'averages', change) }}
),

parted as (
    select
        *,
        case when stayed = 1 then (previous_share + share) / 2 * moved else 0 end as movement,
        case when stayed = 1 then (share - previous_share) * (middle - reference) else 0 end as mix,
        invited_shift * (middle - reference) as invited_mix,
        (share - previous_share) * (middle - reference) - invited_shift * (middle - reference) as answered_mix,
        case
            when stayed = 0 and responses > 0 then company_share * (nps - stayed_nps)
            else 0
        end as arrivals,
        case
            when stayed = 0 and previous_responses > 0
                then previous_company_share * (previous_stayed_nps - previous_nps)
            else 0
        end as departures,
        -- of what is measured against the reference in either period, the squared standard error
        {% for side in sides %}
            case
                when {{ side }}responses = 0 then 0
                when stayed = 1
                    then {{ squared_error_of_share(side ~ 'share', side ~ 'variance', side ~ 'nps - reference') }}
                        / {{ side }}stayed_responses
                else
                    {{ squared_error_of_share(
                        side ~ 'company_share', side ~ 'variance', side ~ 'nps - ' ~ side ~ 'stayed_nps'
                    ) }} / {{ side }}company_responses
            end as {{ side }}squared_error{{ ',' if not loop.last }}
        {% endfor %}
    from shifted
),

contributions as (
    select
        *,
        movement + mix + arrivals + departures as contribution,
        sqrt(previous_squared_error + squared_error) as contribution_error
    from parted
),

added as (
    select
        {{ change | join(',\n        ') }},
        cast(sum(cell_members) as bigint) as cell_members,
        {% for part, influences in parts.items() %}
            {{ exactly(part, 12) }} as {{ part }},
            sqrt({{ exactly(
                'previous_share * power(' ~ influences[0] ~ ', 2) / previous_stayed_responses + share * power('
                ~ influences[1] ~ ', 2) / stayed_responses + power(' ~ influences[2] ~ ', 2) * noise', 18
            ) }}) as {{ part }}_error,
        {% endfor %}
        {{ exactly('arrivals', 12) }} as arrivals,
        {{ exactly('departures', 12) }} as departures,
        {% for part, side in {'arrivals': '', 'departures': 'previous_'}.items() %}
            sqrt({{ exactly(squared_error_of_difference(side), 18) }}) as {{ part }}_error{{ ',' if not loop.last }}
        {% endfor %}
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
    contribution - {{ nps_z() }} * contribution_error as contribution_low,
    contribution + {{ nps_z() }} * contribution_error as contribution_high,
    {% for part in (parts | list) + ['arrivals', 'departures'] %}
        {{ part }},
        cast(null as double) as {{ part }}_low,
        cast(null as double) as {{ part }}_high,
    {% endfor %}
    cast(
        row_number() over (
            {{ per_change }}
            order by cast(abs(contribution) as decimal(38, 9)) desc, member
        ) as bigint
    ) as contribution_rank
from contributions
