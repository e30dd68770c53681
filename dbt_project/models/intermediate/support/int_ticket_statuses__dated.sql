with versions as (
    select
        *,
        {{ identity_key('status') }} as status_after
    from {{ ref('int_ticket_events__unioned') }}
),

-- an event that comes again is one event, and one that leaves the status as it was is none
events as (
    {{ current_versions('versions', ['source', 'record_id'], 'status_after is not null') }}
),

told as (
    select
        ticket_key,
        status_after as status,
        changed_at as valid_from,
        lead(changed_at) over (
            partition by ticket_key order by changed_at, load_id, load_position
        ) as valid_to
    from events
),

changed as (
    select distinct ticket_key
    from events
),

-- of a ticket whose changes nobody tells, no more is known than when it was opened and last solved
untold as (
    select tickets.*
    from {{ ref('int_tickets__identified') }} as tickets
    left join changed
        on tickets.ticket_key = changed.ticket_key
    where changed.ticket_key is null
),

periods as (
    select
        ticket_key,
        status,
        valid_from,
        valid_to
    from told
    union all
    select
        ticket_key,
        case when solved_at is null then status else 'open' end as status,
        opened_at as valid_from,
        solved_at as valid_to
    from untold
    union all
    select
        ticket_key,
        status,
        solved_at as valid_from,
        cast(null as timestamp) as valid_to
    from untold
    where solved_at is not null
)

select
    ticket_key,
    status,
    status not in ('solved', 'closed', 'deleted') as is_open,
    valid_from,
    coalesce(valid_to, cast('9999-12-31' as timestamp)) as valid_to
from periods
