{#- What belongs here: the words in which survey tools and files say what became of an invitation. -#}

{% macro invitation_words() %}
    {% do return({
        'sent': [
            'sent', 'success', 'successful', 'succeeded', 'delivered', 'accepted', 'emailed', 'invited', 'ok',
            'complaint', 'unopened', 'notopened', 'notstarted', 'notresponded', 'noresponse', 'unanswered',
        ],
        'opened': ['opened', 'open', 'read', 'viewed', 'clicked'],
        'started': [
            'started', 'surveystarted', 'partial', 'partiallycompleted', 'surveypartiallyfinished', 'inprogress',
            'sessionexpired', 'surveysessionexpired',
        ],
        'finished': [
            'finished', 'surveyfinished', 'completed', 'complete', 'answered', 'responded', 'submitted',
            'screenedout', 'surveyscreenedout',
        ],
        'undelivered': [
            'failure', 'failed', 'fail', 'error', 'blocked', 'skipped', 'pending', 'scheduled', 'queued', 'duplicate',
            'undelivered', 'undeliverable', 'notdelivered', 'notsent', 'unsent', 'rejected', 'dropped', 'deferred',
            'suppressed', 'invalid', 'canceled', 'cancelled', 'optedout', 'unsubscribed',
        ],
    }) %}
{% endmacro %}

{% macro invitation_status() -%}
    {%- set word = "translate(lower(status), ' -_', '')" -%}
    case
            when finished_at is not null then 'finished'
            when started_at is not null then 'started'
            when opened_at is not null then 'opened'
            when {{ word }} is null or {{ word }} = '' then 'sent'
            when {{ word }} like '%bounce%' then 'bounced'
            {%- for step, words in invitation_words().items() %}
            when {{ word }} in ('{{ words | join("', '") }}') then '{{ step }}'
            {%- endfor %}
            else 'unknown'
        end
{%- endmacro %}

{% macro is_delivered(status) -%}
    {{ status }} not in ('bounced', 'undelivered', 'unknown')
{%- endmacro %}
