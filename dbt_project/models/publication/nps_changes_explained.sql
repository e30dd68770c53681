-- Branch and region stand in columns of their own: who may read only theirs is told by these.
{% set key = explained_change() | reject('equalto', 'definition_version') | list -%}

with members as (
    select
        *,
        case when segment = 'branch' then member else '(all)' end as branch,
        case when segment = 'region' then member else '(all)' end as region
    from {{ ref('fct_nps_changes_explained') }}
)

select
    {{ qualified('members', key) }},
    members.segment,
    members.member,
    members.branch,
    members.region,
    members.definition_version,
    members.cell_members,
    {% for column in ['responses', 'delivered_invitations', 'nps'] %}
        members.previous_{{ column }},
        members.{{ column }},
    {% endfor %}
    {% for part in ['contribution'] + (explained_influences() | list) + ['arrivals', 'departures'] %}
        members.{{ part }},
        members.{{ part }}_low,
        members.{{ part }}_high,
    {% endfor %}
    members.contribution_rank,
    coalesce(branches.branch_name, members.branch) as branch_name
from members
left join {{ ref('dim_branches') }} as branches on lower(trim(members.branch)) = branches.branch_key
