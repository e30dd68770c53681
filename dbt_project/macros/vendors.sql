{#- What belongs here: which source supplies which entity, and how a run knows which are on. The registry of
    vendors is the variable `vendors` (vars.yml is a link to ingestion/vendors.yml). A vendor that is not
    configured has no raw tables, so its staging is disabled and the unions leave it out. -#}

{% macro vendor_tables() %}
    {% set found = {} %}
    {% for vendor, registered in var('vendors').items() %}
        {% do found.update({vendor: registered.tables}) %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}

{% macro vendor_entities() %}
    {% set found = {
        'files': ['responses', 'invitations', 'accounts', 'contacts', 'branches', 'revenue_documents'],
    } %}
    {% for vendor, registered in var('vendors').items() %}
        {% set supplied = registered.tables | select('in', entities()) | list %}
        {% do found.update({
            vendor: supplied + (['revenue_documents'] if registered.family == 'billing' else [])
        }) %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}

{% macro vendor_is_on(vendor) %}
    {% set vendors_on = env_var('NPS_VENDORS', 'files').replace(' ', '').lower().split(',') %}
    {% do return(vendor == 'files' or vendor in vendors_on) %}
{% endmacro %}

{% macro vendors_with(entity) %}
    {% set found = [] %}
    {% for vendor, supplied in vendor_entities().items() if vendor_is_on(vendor) and entity in supplied %}
        {% do found.append(vendor) %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}
