{#- What belongs here: arithmetic of moments, to the microsecond on every engine. -#}

{% macro microseconds_between(first, second) -%}
    {{ adapter.dispatch('microseconds_between')(first, second) }}
{%- endmacro %}

{% macro default__microseconds_between(first, second) -%}
    {{ dbt.datediff(first, second, 'microsecond') }}
{%- endmacro %}

{#- dbt-spark reads the fraction off the moment's text, and finds none where it is zero. -#}
{% macro spark__microseconds_between(first, second) -%}
    timestampdiff(microsecond, {{ first }}, {{ second }})
{%- endmacro %}

{#- What dbt.dateadd is on Spark: dbt-spark's own drops the fraction of the second, and fails on a null. -#}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, {{ interval }}, {{ from_date_or_timestamp }})
{%- endmacro %}

{#- What dbt.datediff is on Databricks: dbt-databricks asks the cluster for its version before it says the same. -#}
{% macro databricks__datediff(first_date, second_date, datepart) -%}
    timestampdiff(
        {{ datepart }}, {{ dbt.date_trunc(datepart, first_date) }}, {{ dbt.date_trunc(datepart, second_date) }}
    )
{%- endmacro %}

{% macro is_before(first, second) -%}
    {{ first }} < {{ second }} and {{ first }} <> cast(cast({{ second }} as date) as timestamp)
{%- endmacro %}

{#- The moment, in UTC, at which clocks of a time zone show this. Where they show it twice, the second time (on
    Spark the first); where they skip it, as if they had not been changed yet. -#}
{% macro utc_moment(local, time_zone) -%}
    {{ adapter.dispatch('utc_moment')(local, time_zone) }}
{%- endmacro %}

{% macro default__utc_moment(local, time_zone) -%}
    timezone('UTC', timezone({{ time_zone }}, {{ local }}))
{%- endmacro %}

{% macro snowflake__utc_moment(local, time_zone) -%}
    convert_timezone({{ time_zone }}, 'UTC', {{ local }})
{%- endmacro %}

{% macro bigquery__utc_moment(local, time_zone) -%}
    timestamp(datetime({{ local }}, 'UTC'), {{ time_zone }})
{%- endmacro %}

{% macro spark__utc_moment(local, time_zone) -%}
    to_utc_timestamp({{ local }}, {{ time_zone }})
{%- endmacro %}

{% macro minutes_of_clock(time) -%}
    cast(substring({{ time }}, 1, 2) as integer) * 60 + cast(substring({{ time }}, 4, 2) as integer)
{%- endmacro %}
