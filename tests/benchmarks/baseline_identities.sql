-- The named baseline: what one good analyst would write by hand for DuckDB to get nps_scores from the same
-- data, already lying there as Parquet. No raw history, no quarantine text, no checks, no publication.
-- Seven files, run in one connection: this one, baseline_answers, _members, _counts, _undivided, _hidden, _scores.
-- Parameters: getvariable('world') is the folder, getvariable('as_of') the exclusive end; erfc is the runner's.
--
-- Belongs here: who is who in the CRM, what they are, and what they pay.

create temp macro norm(x) as nullif(lower(trim(x)), '');
-- what systems write where they know nobody
create temp macro somebody(x) as case when norm(x) not in ('0', '-1', 'anonymous', 'n/a', 'unknown') then norm(x) end;
create temp macro world(name) as table
    select * from read_parquet(getvariable('world') || '/' || name || '.parquet')
    where visible_at < getvariable('as_of')::timestamptz;

-- the last visible version of each record
create temp table contacts as
select norm(contact_id) as contact, norm(account_id) as account, norm(email) as email, norm(merged_into_id) as merged_into
from world('contacts') qualify row_number() over (partition by contact_id order by visible_at desc) = 1;

create temp table accounts as
select norm(account_id) as account, norm(merged_into_id) as merged_into
from world('accounts') qualify row_number() over (partition by account_id order by visible_at desc) = 1;

-- a link may carry the 15 characters of Salesforce's own pages instead of the 18 of its API
create temp table long_ids as
select distinct left(contact_id, 15) as short_id, norm(contact_id) as long_id from world('contacts')
union all
select distinct left(account_id, 15), norm(account_id) from world('accounts');
create temp macro long_id(x) as coalesce((select any_value(l.long_id) from long_ids as l where l.short_id = trim(x)), somebody(x));

-- a merge into a record that is not known is not followed
update contacts set merged_into = null where merged_into not in (select contact from contacts);
update accounts set merged_into = null where merged_into not in (select account from accounts);

create temp table account_survivors as
with recursive chain(account, survivor, depth) as (
    select account, coalesce(merged_into, account), 1 from accounts
    union all
    select chain.account, accounts.merged_into, depth + 1
    from chain join accounts on accounts.account = chain.survivor
    where accounts.merged_into is not null and depth < 20
)
select account, arg_max(survivor, depth) as survivor from chain group by 1;

create temp table contact_survivors as
with recursive chain(contact, survivor, depth) as (
    select contact, coalesce(merged_into, contact), 1 from contacts
    union all
    select chain.contact, contacts.merged_into, depth + 1
    from chain join contacts on contacts.contact = chain.survivor
    where contacts.merged_into is not null and depth < 20
)
select contact, arg_max(survivor, depth) as survivor from chain group by 1;

create temp table people as
select cs.contact, cs.survivor as person, acc.survivor as account
from contact_survivors as cs
join contacts as c on c.contact = cs.survivor
left join account_survivors as acc on acc.account = c.account;

create temp table contact_emails as
select c.email, min(p.person) as contact from contacts as c join people as p using (contact)
where c.email is not null group by 1;

create temp table employees as
select norm(email) as email from world('employees') where email is not null and user_type = 'Standard' group by 1;

create temp table branches as
select norm(branch_id) as branch_key, branch_id as branch, region, name from world('branches')
qualify row_number() over (partition by branch_id order by visible_at desc) = 1;

create temp table invitations as
with latest as (
    select * from world('invitations') qualify row_number() over (partition by invitation_id order by visible_at desc) = 1
)
select norm(i.invitation_id) as invitation, coalesce(p.person, e.contact) as contact, i.survey_id, i.sent_at,
    norm(i.channel) as channel, i.status in ('sent', 'opened', 'started', 'finished') as has_arrived
from latest as i
left join people as p on p.contact = norm(i.contact_id)
left join contact_emails as e on e.email = norm(i.email);

-- attribute values as intervals: the old value before the first change, the new value after each
create temp table attribute_periods as
with history as (
    select norm(account_id) as account, field, old_value, new_value, visible_at as moment,
        row_number() over (partition by account_id, field order by visible_at, history_id) as n
    from world('account_history')
),
latest as (
    select * from world('accounts') qualify row_number() over (partition by account_id order by visible_at desc) = 1
),
current_values as (
    unpivot (
        select norm(account_id) as account, coalesce(branch_id, '') as "Branch__c", coalesce(plan, '') as "Plan__c",
            coalesce(region, '') as "Region__c", coalesce(lifecycle_stage, '') as "Lifecycle_Stage__c"
        from latest
    ) on "Branch__c", "Region__c", "Plan__c", "Lifecycle_Stage__c" into name field value v
),
points as (
    select account, field, timestamptz '1900-01-01' as moment, old_value as v from history where n = 1
    union all
    select account, field, moment, new_value from history
    union all
    select c.account, c.field, timestamptz '1900-01-01', c.v from current_values as c
    anti join history as h on h.account = c.account and h.field = c.field
)
select account, field, v, moment as valid_from,
    coalesce(lead(moment) over (partition by account, field order by moment), timestamptz '9999-12-31') as valid_to
from points;

create temp table rates as
select * from (values ('eur', 1.0, 100), ('usd', 0.92, 100), ('gbp', 1.17, 100), ('jpy', 0.0062, 1))
as r(currency, rate, minor);

create temp table customers as
select norm(customer_id) as customer, long_id(account_id) as account from world('customers')
qualify row_number() over (partition by customer_id order by visible_at desc) = 1;

create temp table recognised as
with inv as (
    select * from world('invoices') qualify row_number() over (partition by invoice_id order by visible_at desc) = 1
),
billed as (select * from inv where status not in ('draft', 'void')),
items as (
    select i.customer_id, i.currency, i.issued_at, l.amount_minor - l.discount_minor as own, l.period_start, l.period_end,
        i.subtotal_minor - sum(own) over (partition by invoice_id) as rest, sum(abs(own)) over (partition by invoice_id) as size
    from billed as i join world('invoice_lines') as l using (invoice_id)
),
lines as (
    -- what is on no line is shared by their sizes
    select customer_id, currency, own + rest * abs(own) / nullif(size, 0)::double as minor_amount,
        case when period_end > period_start then period_start else issued_at end as f,
        case when period_end > period_start then period_end else issued_at end as t
    from items
    union all
    select n.customer_id, n.currency, -n.subtotal_minor, n.created_at, n.created_at
    from world('credit_notes') as n semi join billed using (invoice_id) where n.status = 'issued'
    union all
    select r.customer_id, r.currency, -r.amount_minor * coalesce(i.subtotal_minor / nullif(i.total_minor, 0)::double, 1),
        r.created_at, r.created_at
    from world('refunds') as r join billed as i using (invoice_id)
    where r.status = 'succeeded'
        and r.refund_id not in (select refund_id from world('credit_notes') where refund_id is not null and status = 'issued')
)
-- money is fixed to a millionth at every step, so that the order of summing cannot matter
select acc.survivor as account, f, t,
    ((lines.minor_amount / rates.minor)::decimal(18, 6)::double * rates.rate::double)::decimal(18, 6) as amount
from lines
join customers as c on c.customer = norm(lines.customer_id)
join account_survivors as acc on acc.account = c.account
join rates on rates.currency = lower(lines.currency);

create temp macro tier(amount) as
    case when amount >= 100000 then 'strategic' when amount >= 25000 then 'key' when amount >= 5000 then 'core'
        else 'starter' end;
