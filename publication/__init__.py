"""What leaves the warehouse: versioned, read-only copies of the published tables, and reading them.

Belongs here: publishing and reading the published copy. Does not belong here: deciding whether it may
be published (`expectations`), when (`orchestration`), or any calculation of a figure (`dbt_project`).
"""
