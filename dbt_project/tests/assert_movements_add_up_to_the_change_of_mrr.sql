-- Fails with each account and month whose movements are not the change of what it pays, or that has several.
select
    account_key,
    month_start
from {{ ref('fct_account_months') }}
where
    mrr - opening_mrr <> new_mrr + reactivation_mrr + expansion_mrr + contraction_mrr + churned_mrr
    or (
        case when new_mrr <> 0 then 1 else 0 end
        + case when reactivation_mrr <> 0 then 1 else 0 end
        + case when expansion_mrr <> 0 then 1 else 0 end
        + case when contraction_mrr <> 0 then 1 else 0 end
        + case when churned_mrr <> 0 then 1 else 0 end
    ) > 1
