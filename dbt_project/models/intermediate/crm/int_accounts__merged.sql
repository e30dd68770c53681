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
{%- if has_several_crms() %}
    union all
    select
        named.named_key,
        survivors.survivor_key
    from (
        {{ named_by_one_crm('survivors', 'account_key') | indent(8) }}
    ) as named
    inner join survivors
        on named.account_key = survivors.account_key
{%- endif %}
