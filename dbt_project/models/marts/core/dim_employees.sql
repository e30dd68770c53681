select
    employee_key,
    employee_id,
    source,
    employee_name,
    branch_key,
    is_active
from {{ ref('int_employees__current') }}
where is_staff
