{#- None of these columns is ever null: one scan for all of them. -#}
{% test complete(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null

{% endtest %}
