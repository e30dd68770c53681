with employees as (

    select * from {{ ref('int_employees__current') }}

),

final as (

    select
        employee_key,
        employee_id,
        source,
        employee_name,
        branch_key,
        is_active
    from employees
    where is_staff

)

select * from final
