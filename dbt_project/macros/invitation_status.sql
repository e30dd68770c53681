{#- What belongs here: the words in which survey tools and files say what became of an invitation. -#}

{#- Status → the words for it, lower case, without space, hyphen and underscore. Qualtrics' distribution statuses are
    here, and what other tools and people write. -#}
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

{#- The furthest step an invitation reached, whatever its vendor calls it: the times decide, and the status text only
    where there are none. Without either it was sent; a word that nobody has explained is `unknown`, and an invitation
    of which nothing better is known did not arrive. -#}
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

{#- Whether an invitation in that status reached anybody, as far as is known. -#}
{% macro is_delivered(status) -%}
    {{ status }} not in ('bounced', 'undelivered', 'unknown')
{%- endmacro %}
