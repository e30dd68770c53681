{{ config(enabled=vendor_is_on('salesforce')) }}

with source as (
    {{ loaded_records('raw_salesforce', 'account_history') }}
)

select
    {{ provenance() }},
    account_id,
    -- The loader says which attribute a field is; what it read before it did has the usual names.
    coalesce(attribute_name, case lower(field)
        when 'branch__c' then 'branch_id'
        when 'region__c' then 'region'
        when 'owner' then 'owner_id'
        when 'plan__c' then 'plan'
        when 'lifecycle_stage__c' then 'lifecycle_stage'
        when 'status__c' then 'status'
        {{ when_declared('account', 'salesforce') }}
    end) as attribute_name,
    old_value,
    new_value,
    cast(changed_at as timestamp) as changed_at
from source
