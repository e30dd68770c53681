with contacts as (
    select
        email,
        survivor_key
    from {{ ref('int_contacts__identified') }}
    where email is not null
)

select
    email,
    min(survivor_key) as contact_key
from contacts
group by email
