with recursive records as (
    select
        account_key,
        merged_into_key
    from {{ ref('int_accounts__current') }}
),

{{ merge_survivors('account_key') }}

select
    account_key,
    survivor_key
from survivors
