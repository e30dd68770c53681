-- Fails with each account, or the company, whose billed amount is not what is recognised and deferred.
select
    'billed is ' || cast(billed_amount as {{ dbt.type_string() }}) || ', recognised and deferred are '
    || cast(recognised_amount + deferred_amount as {{ dbt.type_string() }})
    || ' (account ' || account_key || ')' as problem
from {{ ref('audit_revenue_reconciliation') }}
where not is_tied
