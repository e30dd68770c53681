{#- The furthest step an invitation reached, whatever its vendor calls it: the times decide, and the status text
    only where there are none. -#}
{% macro invitation_status() -%}
    case
            when finished_at is not null then 'finished'
            when started_at is not null then 'started'
            when opened_at is not null then 'opened'
            when lower(status) like '%bounce%' then 'bounced'
            when lower(status) like '%finished%' then 'finished'
            when lower(status) like '%started%' then 'started'
            when lower(status) like '%opened%' then 'opened'
            else 'sent'
        end
{%- endmacro %}
