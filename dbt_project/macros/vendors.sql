{#- What belongs here: which vendor supplies which entity, and how a run knows which are on. A vendor that
    is not configured has no raw tables, so its staging is disabled and the unions leave it out. -#}

{% macro vendor_entities() %}
    {% do return({
        'files': ['responses', 'invitations', 'accounts', 'contacts', 'branches', 'revenue_documents'],
        'qualtrics': ['responses', 'invitations', 'questions'],
        'salesforce': ['accounts', 'account_history', 'contacts', 'branches', 'users'],
        'stripe': ['revenue_documents'],
    }) %}
{% endmacro %}

{% macro vendor_tables() %}
    {% do return({
        'qualtrics': ['surveys', 'questions', 'responses', 'invitations'],
        'salesforce': ['accounts', 'account_history', 'contacts', 'users', 'branches'],
        'stripe': ['customers', 'subscriptions', 'invoices', 'credit_notes', 'refunds'],
    }) %}
{% endmacro %}

{% macro vendor_is_on(vendor) %}
    {% set vendors_on = env_var('NPS_VENDORS', 'files').replace(' ', '').lower().split(',') %}
    {% do return(vendor == 'files' or vendor in vendors_on) %}
{% endmacro %}

{% macro vendors_with(entity) %}
    {% set found = [] %}
    {% for vendor, entities in vendor_entities().items() if vendor_is_on(vendor) %}
        {% if entity in entities or entity == 'quarantined_records' %}
            {% do found.append(vendor) %}
        {% endif %}
    {% endfor %}
    {% do return(found) %}
{% endmacro %}
