select
    contact_key,
    contact_id,
    source,
    account_key,
    case when email is not null then {{ dbt.hash('email') }} end as email_hash,
    is_deleted,
    created_at
from {{ ref('int_contacts__identified') }}
where contact_key = survivor_key
