{#- The furthest step an invitation reached, whatever its vendor calls it: the times decide, and the status text
    only tells a bounce. -#}
{% macro invitation_status(invitation) -%}
    case
            when {{ invitation }}.finished_at is not null then 'finished'
            when {{ invitation }}.started_at is not null then 'started'
            when {{ invitation }}.opened_at is not null then 'opened'
            when lower({{ invitation }}.status) like '%bounce%' then 'bounced'
            when lower({{ invitation }}.status) like '%finished%' then 'finished'
            when lower({{ invitation }}.status) like '%started%' then 'started'
            when lower({{ invitation }}.status) like '%opened%' then 'opened'
            else 'sent'
        end
{%- endmacro %}
