select
    tickets.ticket_key,
    tickets.source,
    tickets.ticket_id,
    tickets.account_key,
    tickets.contact_key,
    account_versions.branch_key,
    account_versions.plan,
    account_versions.lifecycle_stage,
    tickets.priority,
    tickets.channel,
    tickets.status,
    tickets.opened_at,
    tickets.first_replied_at,
    tickets.solved_at,
    tickets.reopen_count,
    tickets.is_deleted
from {{ ref('int_tickets__identified') }} as tickets
left join {{ ref('int_account_versions__built') }} as account_versions
    on
        tickets.account_key = account_versions.account_key
        and tickets.opened_at >= account_versions.valid_from
        and tickets.opened_at < account_versions.valid_to
